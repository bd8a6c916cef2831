import { randomUUID } from 'node:crypto';
import type { Answer, SeenRequest } from '../fake-service.ts';
import { TencentFailure } from './failure.ts';
import type { Input } from './secrets-manager.ts';
import type { TencentKey } from './signature.ts';

export interface PodRole {
  readonly roleArn: string;
  readonly providerId: string;
  /** The token of the pod that is taken for it. */
  readonly webIdentityToken: string;
}

const METADATA = '/latest/meta-data/cam/security-credentials/';

/** Temporary keys: of a machine's role by its metadata service, of a pod's role by AssumeRoleWithWebIdentity. */
export class FakeRoles {
  /** Name of the role that is bound to the machine. */
  machineRole: string | undefined;
  podRole: PodRole | undefined;
  /** Seconds for which a key is good. */
  lifetime = 7200;
  readonly issued: TencentKey[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  static serves({ method, path }: SeenRequest): boolean {
    return method === 'GET' && path.startsWith('/latest/');
  }

  find(secretId: string): TencentKey | undefined {
    return this.issued.find((key) => key.secretId === secretId);
  }

  /** No key that was issued so far is good any more. */
  revoke(): void {
    this.issued.length = 0;
  }

  metadata({ path }: SeenRequest): Answer {
    const role = this.machineRole;
    if (role !== undefined && path === METADATA) return { status: 200, headers: { 'content-type': 'text/plain' }, body: role };
    if (role === undefined || path !== `${METADATA}${role}`) return { status: 404, body: '<html>404</html>' };
    const { secretId, secretKey, token, expiresAt = 0 } = this.#issue();
    const end = Math.floor(expiresAt / 1000);
    const body = {
      TmpSecretId: secretId,
      TmpSecretKey: secretKey,
      ExpiredTime: end,
      Expiration: dateOf(end),
      Token: token,
      Code: 'Success',
    };
    return { status: 200, body };
  }

  assume(input: Input): object {
    const { podRole: role } = this;
    if (role === undefined || role.roleArn !== input.RoleArn) {
      throw new TencentFailure('ResourceNotFound.RoleNotFound', 'The role does not exist.');
    }
    if (role.providerId !== input.ProviderId || role.webIdentityToken !== input.WebIdentityToken || !input.RoleSessionName) {
      throw new TencentFailure('InvalidParameter.WebIdentityTokenError', 'The web identity token is not valid.');
    }
    const { secretId, secretKey, token, expiresAt = 0 } = this.#issue();
    const end = Math.floor(expiresAt / 1000);
    const keys = { TmpSecretId: secretId, TmpSecretKey: secretKey, Token: token };
    return { Credentials: keys, ExpiredTime: end, Expiration: dateOf(end) };
  }

  #issue(): TencentKey {
    const id = randomUUID();
    const expiresAt = this.#now() + this.lifetime * 1000;
    const key = { secretId: `AKID-${id}`, secretKey: `temporary-${id}`, token: `token-${id}`, expiresAt };
    this.issued.push(key);
    return key;
  }
}

function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}
