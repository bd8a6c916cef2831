import { randomBytes } from 'node:crypto';
import { AwsFailure, denied } from './failure.ts';
import { allows, type Statement } from './policy.ts';

/** Who may call: a user with lasting keys, or a session with a token and an end. */
export interface Identity {
  readonly arn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Milliseconds since the epoch. */
  readonly expires?: number;
  /** What it may do; everything when absent. */
  readonly statements?: readonly Statement[];
}

export interface SessionOptions {
  readonly arn: string;
  readonly seconds: number;
  readonly statements?: readonly Statement[] | undefined;
}

/** The identities of one account, by access key. */
export class Identities {
  readonly account: string;
  readonly #now: () => number;
  readonly #byKey = new Map<string, Identity>();

  constructor(account: string, now: () => number) {
    this.account = account;
    this.#now = now;
  }

  /** A user with these keys; by default may do everything. */
  user(name: string, keys: Pick<Identity, 'accessKeyId' | 'secretAccessKey'>, statements?: readonly Statement[]): Identity {
    const identity = { arn: `arn:aws:iam::${this.account}:user/${name}`, ...keys, ...(statements && { statements }) };
    this.#byKey.set(identity.accessKeyId, identity);
    return identity;
  }

  /** New temporary credentials. */
  session({ arn, seconds, statements }: SessionOptions): Identity & { readonly sessionToken: string; readonly expires: number } {
    const identity = {
      arn,
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(120).toString('base64'),
      expires: this.#now() + seconds * 1000,
      ...(statements && { statements }),
    };
    this.#byKey.set(identity.accessKeyId, identity);
    return identity;
  }

  /** Ends every session: its token is told to have expired. */
  expireSessions(): void {
    for (const [key, identity] of this.#byKey) {
      if (identity.sessionToken !== undefined) this.#byKey.set(key, { ...identity, expires: 0 });
    }
  }

  /** Who has a key, with the token that goes with it. */
  find(accessKeyId: string, sessionToken: string): Identity {
    const identity = this.#byKey.get(accessKeyId);
    if (identity === undefined || (identity.sessionToken ?? '') !== sessionToken) {
      throw new AwsFailure('UnrecognizedClientException', 'The security token included in the request is invalid.');
    }
    if (identity.expires !== undefined && identity.expires <= this.#now()) {
      throw new AwsFailure('ExpiredTokenException', 'The security token included in the request is expired');
    }
    return identity;
  }
}

/** Fails as AWS does when an identity may not do something. */
export function authorise({ arn, statements }: Identity, action: string, resource: string, shown: string = resource): void {
  if (!allows(statements, action, resource)) throw denied(arn, action, shown);
}
