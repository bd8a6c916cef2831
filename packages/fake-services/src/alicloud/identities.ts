import { randomBytes } from 'node:crypto';
import { AlicloudFailure } from './failure.ts';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

/** Temporary credentials, as STS and the metadata service give them out. */
export interface Session extends AccessKey {
  readonly securityToken: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** Who may call: one lasting access key, and sessions. */
export class Identities {
  readonly key: AccessKey;
  readonly sessions: Session[] = [];

  constructor(key: AccessKey) {
    this.key = key;
  }

  issue(milliseconds: number): Session {
    const session = {
      accessKeyId: `STS.${randomBytes(9).toString('base64url')}`,
      accessKeySecret: randomBytes(24).toString('base64'),
      securityToken: `CAIS/${randomBytes(48).toString('base64')}`,
      expiresAt: Date.now() + milliseconds,
    };
    this.sessions.push(session);
    return session;
  }

  secretOf(keyId: string, token: string): string {
    if (keyId === this.key.accessKeyId && token === '') return this.key.accessKeySecret;
    const session = this.sessions.find(({ accessKeyId }) => accessKeyId === keyId);
    if (session === undefined)
      throw new AlicloudFailure(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.');
    if (token === '') throw new AlicloudFailure(400, 'MissingSecurityToken', 'SecurityToken is mandatory for this action.');
    if (token !== session.securityToken) {
      throw new AlicloudFailure(400, 'InvalidSecurityToken.Malformed', 'Specified SecurityToken is malformed.');
    }
    if (session.expiresAt <= Date.now()) {
      throw new AlicloudFailure(400, 'InvalidSecurityToken.Expired', 'Specified SecurityToken is expired.');
    }
    return session.accessKeySecret;
  }
}

/** As both services write a session. */
export function sessionFields({ accessKeyId, accessKeySecret, securityToken, expiresAt }: Session): Record<string, string> {
  const Expiration = new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z');
  return { AccessKeyId: accessKeyId, AccessKeySecret: accessKeySecret, SecurityToken: securityToken, Expiration };
}
