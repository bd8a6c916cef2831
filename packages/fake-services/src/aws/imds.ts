import { randomBytes } from 'node:crypto';
import type { Answer, SeenRequest } from '../fake-service.ts';
import type { Identities } from './identities.ts';
import type { Statement } from './policy.ts';
import { headerOf, textAnswer, timeText } from './wire.ts';

/** The role of an instance profile. */
export interface InstanceRole {
  readonly name: string;
  readonly statements?: readonly Statement[];
  /** How long its credentials hold; six hours when absent. */
  readonly seconds?: number;
}

const ROOT = '/latest/meta-data';
const CREDENTIALS = `${ROOT}/iam/security-credentials/`;

/** The instance metadata service of EC2, version 2 only: every read needs a token that was put before. */
export class FakeInstanceMetadata {
  /** None: the instance has no profile. */
  role: InstanceRole | undefined;
  readonly #identities: Identities;
  readonly #region: string;
  readonly #now: () => number;
  readonly #tokens = new Map<string, number>();

  constructor(identities: Identities, region: string, now: () => number) {
    this.#identities = identities;
    this.#region = region;
    this.#now = now;
  }

  static serves({ path }: SeenRequest): boolean {
    return path.startsWith('/latest/');
  }

  answer(request: SeenRequest): Answer {
    const { method, path } = request;
    if (path === '/latest/api/token') return method === 'PUT' ? this.#token(request) : textAnswer(405, 'Method Not Allowed');
    const expires = this.#tokens.get(headerOf(request, 'x-aws-ec2-metadata-token'));
    if (expires === undefined || expires <= this.#now()) return textAnswer(401, 'Unauthorized');
    if (path === `${ROOT}/placement/region`) return textAnswer(200, this.#region);
    if (this.role !== undefined && path === CREDENTIALS) return textAnswer(200, this.role.name);
    if (this.role !== undefined && path === `${CREDENTIALS}${this.role.name}`) return this.#credentials(this.role);
    return textAnswer(404, 'Not Found');
  }

  /** Tokens handed out so far are no longer accepted. */
  forgetTokens(): void {
    this.#tokens.clear();
  }

  #token(request: SeenRequest): Answer {
    const seconds = Number(headerOf(request, 'x-aws-ec2-metadata-token-ttl-seconds'));
    // Forwarded requests are refused, so that an open proxy on the instance gives no token away.
    if (headerOf(request, 'x-forwarded-for') !== '') return textAnswer(403, 'Forbidden');
    if (!(seconds >= 1 && seconds <= 21_600)) return textAnswer(400, 'Bad Request');
    const token = randomBytes(42).toString('base64');
    this.#tokens.set(token, this.#now() + seconds * 1000);
    return { ...textAnswer(200, token), headers: { 'x-aws-ec2-metadata-token-ttl-seconds': String(seconds) } };
  }

  #credentials({ name, statements, seconds = 21_600 }: InstanceRole): Answer {
    const arn = `arn:aws:sts::${this.#identities.account}:assumed-role/${name}/i-0123456789abcdef0`;
    const session = this.#identities.session({ arn, seconds, statements });
    return {
      status: 200,
      body: {
        Code: 'Success',
        LastUpdated: timeText(this.#now()),
        Type: 'AWS-HMAC',
        AccessKeyId: session.accessKeyId,
        SecretAccessKey: session.secretAccessKey,
        Token: session.sessionToken,
        Expiration: timeText(session.expires),
      },
    };
  }
}
