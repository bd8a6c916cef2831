import { randomUUID } from 'node:crypto';
import type { Answer } from '../fake-service.ts';
import { AwsFailure } from './failure.ts';
import { authorise, type Identities, type Identity } from './identities.ts';
import type { Statement } from './policy.ts';
import { escapeXml, textAnswer, timeText } from './wire.ts';

/** A role that can be assumed. */
export interface Role {
  /** What its sessions may do; everything when absent. */
  readonly statements?: readonly Statement[];
  /** What `AssumeRole` has to say. */
  readonly externalId?: string;
  /** Issuer-given tokens that `AssumeRoleWithWebIdentity` takes, each with its subject; a subject of undefined: an expired token. */
  readonly webIdentities?: ReadonlyMap<string, string | undefined>;
  /** ARNs of who may assume it; anyone in the account when absent. */
  readonly trusts?: readonly string[];
}

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
/** The codes of the query protocol, where they differ from those of the JSON protocol. */
const QUERY_CODES: Readonly<Record<string, readonly [code: string, status: number]>> = {
  AccessDeniedException: ['AccessDenied', 403],
  UnrecognizedClientException: ['InvalidClientTokenId', 403],
  InvalidSignatureException: ['SignatureDoesNotMatch', 403],
  MissingAuthenticationTokenException: ['MissingAuthenticationToken', 403],
  IncompleteSignatureException: ['IncompleteSignature', 400],
  ExpiredTokenException: ['ExpiredToken', 403],
};

/** The Security Token Service: XML answers to forms. */
export class FakeSts {
  /** By ARN. */
  readonly roles: Map<string, Role> = new Map();
  readonly #identities: Identities;

  constructor(identities: Identities) {
    this.#identities = identities;
  }

  /** Whether an action is asked for without a signature. */
  static isUnsigned(action: string): boolean {
    return action === 'AssumeRoleWithWebIdentity';
  }

  call(form: URLSearchParams, caller: Identity | undefined): Answer {
    const action = form.get('Action') ?? '';
    if (action === 'AssumeRoleWithWebIdentity') return this.#assumeWithWebIdentity(form);
    if (caller !== undefined && action === 'AssumeRole') return this.#assume(form, caller);
    if (caller !== undefined && action === 'GetCallerIdentity') return this.#callerIdentity(caller);
    throw new AwsFailure('InvalidAction', `Could not find operation ${action} for version ${form.get('Version') ?? ''}`);
  }

  #assume(form: URLSearchParams, caller: Identity): Answer {
    const { arn, name, seconds } = requestOf(form);
    const role = this.roles.get(arn);
    authorise(caller, 'sts:AssumeRole', arn);
    const isTrusted = role?.trusts === undefined || role.trusts.includes(caller.arn);
    if (role === undefined || !isTrusted || (role.externalId ?? '') !== (form.get('ExternalId') ?? '')) {
      throw new AwsFailure(
        'AccessDeniedException',
        `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
      );
    }
    return answerOf('AssumeRole', this.#session(role, arn, name, seconds));
  }

  #assumeWithWebIdentity(form: URLSearchParams): Answer {
    const { arn, name, seconds } = requestOf(form);
    const token = form.get('WebIdentityToken') ?? '';
    const role = this.roles.get(arn);
    const known = [...this.roles.values()].some(({ webIdentities }) => webIdentities?.has(token));
    if (!known)
      throw new AwsFailure(
        'InvalidIdentityToken',
        "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
      );
    if (!role?.webIdentities?.has(token)) {
      throw new AwsFailure('AccessDeniedException', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
    }
    const subject = role.webIdentities.get(token);
    if (subject === undefined)
      throw new AwsFailure('ExpiredWebIdentityToken', 'Token expired: current date/time must be before the expiration date/time');
    const told = `<SubjectFromWebIdentityToken>${escapeXml(subject)}</SubjectFromWebIdentityToken>`;
    return answerOf('AssumeRoleWithWebIdentity', told + this.#session(role, arn, name, seconds));
  }

  #callerIdentity({ arn, accessKeyId }: Identity): Answer {
    const content = `<Arn>${escapeXml(arn)}</Arn><UserId>${accessKeyId}</UserId><Account>${this.#identities.account}</Account>`;
    return answerOf('GetCallerIdentity', content);
  }

  #session(role: Role, roleArn: string, name: string, seconds: number): string {
    const arn = `arn:aws:sts::${this.#identities.account}:assumed-role/${roleArn.split('/').at(-1)}/${name}`;
    const { accessKeyId, secretAccessKey, sessionToken, expires } = this.#identities.session({
      arn,
      seconds,
      statements: role.statements,
    });
    return `<AssumedRoleUser><AssumedRoleId>AROATEST:${name}</AssumedRoleId><Arn>${escapeXml(arn)}</Arn></AssumedRoleUser>
<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>
<SessionToken>${sessionToken}</SessionToken><Expiration>${timeText(expires)}</Expiration></Credentials>`;
  }
}

/** A refusal in XML, with the query protocol's codes. */
export function stsFailure(failure: AwsFailure): Answer {
  const { message } = failure;
  // The same word means a token of a session in the one protocol and the issuer's token in the other.
  const [code, status] =
    failure.code === 'ExpiredWebIdentityToken'
      ? ['ExpiredTokenException', 400]
      : (QUERY_CODES[failure.code] ?? [failure.code, failure.status]);
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
  const id = `<RequestId>${randomUUID()}</RequestId>`;
  return textAnswer(Number(status), `<ErrorResponse xmlns="${NAMESPACE}">${error}${id}</ErrorResponse>`, 'text/xml');
}

function requestOf(form: URLSearchParams): { readonly arn: string; readonly name: string; readonly seconds: number } {
  const [arn, name, seconds] = ['RoleArn', 'RoleSessionName', 'DurationSeconds'].map((key) => form.get(key) ?? '') as [
    string,
    string,
    string,
  ];
  if (arn.length < 20) throw validation('roleArn', 'Member must have length greater than or equal to 20');
  if (!SESSION_NAME.test(name))
    throw validation('roleSessionName', 'Member must satisfy regular expression pattern: [\\w+=,.@-]*');
  const duration = seconds === '' ? 3600 : Number(seconds);
  if (!(duration >= 900 && duration <= 43_200))
    throw validation('durationSeconds', 'Member must have value between 900 and 43200');
  return { arn, name, seconds: duration };
}

function validation(member: string, constraint: string): AwsFailure {
  return new AwsFailure(
    'ValidationError',
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

function answerOf(action: string, content: string): Answer {
  const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
  const body = `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${content}</${action}Result>${metadata}</${action}Response>`;
  return textAnswer(200, body, 'text/xml');
}
