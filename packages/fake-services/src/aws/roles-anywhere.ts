import { verify, X509Certificate } from 'node:crypto';
import type { Answer, SeenRequest } from '../fake-service.ts';
import { authorizationOf, stringToSign } from './canonical.ts';
import { AwsFailure } from './failure.ts';
import type { Identities } from './identities.ts';
import { inputOf } from './json-protocol.ts';
import type { Statement } from './policy.ts';
import { headerOf, timeText } from './wire.ts';

/** A profile: the roles that it gives, and what remains of what they may do. */
export interface AnywhereProfile {
  readonly roleArns: readonly string[];
  readonly statements?: readonly Statement[];
}

/** The algorithm of a key, by its kind. */
const ALGORITHMS: Readonly<Record<string, string>> = { ec: 'AWS4-X509-ECDSA-SHA256', rsa: 'AWS4-X509-RSA-SHA256' };

/** IAM Roles Anywhere: CreateSession, asked for with a signature by the key of a certificate. */
export class FakeRolesAnywhere {
  /** PEM texts of certificate authorities, by ARN. */
  readonly trustAnchors: Map<string, string> = new Map();
  /** By ARN. */
  readonly profiles: Map<string, AnywhereProfile> = new Map();
  readonly #identities: Identities;
  readonly #region: string;
  readonly #now: () => number;

  constructor(identities: Identities, region: string, now: () => number) {
    this.#identities = identities;
    this.#region = region;
    this.#now = now;
  }

  static serves({ method, path }: SeenRequest): boolean {
    return method === 'POST' && path === '/sessions';
  }

  answer(request: SeenRequest): Answer {
    try {
      return this.#createSession(request);
    } catch (cause) {
      if (!(cause instanceof AwsFailure)) throw cause;
      // Other services refuse with 400 what this one refuses with 403.
      const status = /^(AccessDenied|InvalidSignature|MissingAuthentication|IncompleteSignature)/.test(cause.code)
        ? 403
        : cause.status;
      return { status, headers: { 'x-amzn-errortype': cause.code }, body: { message: cause.message } };
    }
  }

  #createSession(request: SeenRequest): Answer {
    const leaf = this.#signer(request);
    const input = {
      ...inputOf(request.body.length === 0 ? Buffer.from('{}') : request.body),
      ...Object.fromEntries(request.query),
    };
    const { profileArn, roleArn, trustAnchorArn, durationSeconds = 3600, roleSessionName } = input;
    for (const [name, value] of Object.entries({ profileArn, roleArn, trustAnchorArn })) {
      if (typeof value !== 'string' || value === '') throw new AwsFailure('ValidationException', `${name} is required`);
    }
    if (!(Number(durationSeconds) >= 900 && Number(durationSeconds) <= 43_200)) {
      throw new AwsFailure('ValidationException', 'durationSeconds must be between 900 and 43200');
    }
    const anchor = this.trustAnchors.get(String(trustAnchorArn));
    if (anchor === undefined) throw new AwsFailure('ResourceNotFoundException', 'Trust anchor was not found', 404);
    this.#checkTrust(leaf, chainOf(request), new X509Certificate(anchor));
    const profile = this.profiles.get(String(profileArn));
    if (profile === undefined) throw new AwsFailure('ResourceNotFoundException', 'Profile was not found', 404);
    if (!profile.roleArns.includes(String(roleArn))) {
      throw new AwsFailure('AccessDeniedException', `Unable to assume role for ${String(roleArn)}`);
    }
    const serial = leaf.serialNumber.toLowerCase();
    const name = typeof roleSessionName === 'string' ? roleSessionName : serial;
    const arn = `arn:aws:sts::${this.#identities.account}:assumed-role/${String(roleArn).split('/').at(-1)}/${name}`;
    const session = this.#identities.session({ arn, seconds: Number(durationSeconds), statements: profile.statements });
    const { accessKeyId, secretAccessKey, sessionToken, expires } = session;
    const credentials = { accessKeyId, secretAccessKey, sessionToken, expiration: timeText(expires) };
    const assumedRoleUser = { arn, assumedRoleId: `AROATEST:${name}` };
    const credentialSet = [{ assumedRoleUser, credentials, packedPolicySize: 0, roleArn, sourceIdentity: `CN=${leaf.subject}` }];
    return {
      status: 201,
      body: { credentialSet, subjectArn: `arn:aws:rolesanywhere:${this.#region}:${this.#identities.account}:subject/test` },
    };
  }

  /** The certificate whose key signed the request. */
  #signer(request: SeenRequest): X509Certificate {
    const authorization = authorizationOf(request);
    const header = headerOf(request, 'x-amz-x509');
    if (header === '') throw new AwsFailure('AccessDeniedException', 'Missing X-Amz-X509 header');
    const leaf = certificateOf(header);
    const { algorithm, key, region, service, signature } = authorization;
    if (algorithm !== ALGORITHMS[leaf.publicKey.asymmetricKeyType ?? '']) {
      throw new AwsFailure('InvalidSignatureException', `${algorithm} does not fit the key of the certificate`);
    }
    if (key !== BigInt(`0x${leaf.serialNumber}`).toString()) {
      throw new AwsFailure('InvalidSignatureException', 'the credential is not the serial number of the certificate');
    }
    if (region !== this.#region || service !== 'rolesanywhere') {
      throw new AwsFailure('InvalidSignatureException', 'Credential should be scoped to a valid region and to rolesanywhere');
    }
    const text = Buffer.from(stringToSign(request, authorization, this.#now()));
    if (!verify('sha256', text, leaf.publicKey, Buffer.from(signature, 'hex'))) {
      throw new AwsFailure(
        'InvalidSignatureException',
        'The request signature we calculated does not match the signature you provided.',
      );
    }
    return leaf;
  }

  /** Every certificate is of its time and issued by the next one, the last by the anchor. */
  #checkTrust(leaf: X509Certificate, chain: readonly X509Certificate[], anchor: X509Certificate): void {
    const path = [leaf, ...chain, anchor];
    for (const [index, certificate] of path.entries()) {
      const issuer = path[index + 1];
      const isIssued = issuer === undefined || (certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
      const now = this.#now();
      if (now < Date.parse(certificate.validFrom) || now > Date.parse(certificate.validTo)) {
        throw new AwsFailure('AccessDeniedException', 'Certificate has expired or is not yet valid');
      }
      if (!isIssued) throw new AwsFailure('AccessDeniedException', 'Untrusted certificate. Insufficient certificate');
    }
  }
}

function chainOf(request: SeenRequest): readonly X509Certificate[] {
  const header = headerOf(request, 'x-amz-x509-chain');
  return header === '' ? [] : header.split(',').map(certificateOf);
}

/** Of DER in base64. */
function certificateOf(base64: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(base64, 'base64'));
  } catch (cause) {
    throw new AwsFailure(
      'ValidationException',
      `the certificate can't be read: ${cause instanceof Error ? cause.message : cause}`,
    );
  }
}
