import { randomUUID } from 'node:crypto';
import { type Answer, type FakeService, type SeenRequest, startFakeService } from '../fake-service.ts';
import { answer, type Fault } from '../faults.ts';
import { AlicloudFailure, failureAnswer } from './failure.ts';
import { type AccessKey, Identities, type Session, sessionFields } from './identities.ts';
import { FakeParameters } from './parameters.ts';
import { checkSignature, headerOf } from './signature.ts';

export interface FakeAlicloudOptions {
  /** Milliseconds that every call takes. */
  readonly delay?: number;
}

/** What STS gives a session for. */
export interface TrustedRole {
  readonly roleArn: string;
  readonly providerArn: string;
  readonly token: string;
}

const KEY: AccessKey = { accessKeyId: 'LTAI-fake-access-key-id', accessKeySecret: 'fake-alibaba-access-key-secret' };
/** How far a request's date may be from the service's clock. */
const SKEW = 15 * 60_000;
const HOUR = 3_600_000;
const METADATA = '/latest/meta-data/ram/security-credentials/';

/** OOS, STS and the metadata service of an ECS instance, all at one address. */
export class FakeAlicloud implements AsyncDisposable {
  readonly parameters: FakeParameters = new FakeParameters();
  readonly identities: Identities = new Identities(KEY);
  /** Actions that nobody may call. */
  readonly denied: Set<string> = new Set();
  /** Every action of OOS and STS that was asked for, also in vain. */
  readonly actions: string[] = [];
  /** Role of the instance; none by default. */
  instanceRole = '';
  /** Whether the metadata service answers with a token only, with and without, or knows no tokens. */
  metadataMode: 'hardened' | 'both' | 'tokenless' = 'hardened';
  trusted: TrustedRole | undefined;
  /** Milliseconds that sessions last. */
  sessionTime: number = HOUR;
  #service: FakeService | undefined;
  readonly #nonces = new Set<string>();
  readonly #metadataTokens = new Set<string>();

  static async start({ delay = 0 }: FakeAlicloudOptions = {}): Promise<FakeAlicloud> {
    const fake = new FakeAlicloud();
    fake.#service = await startFakeService((request) => fake.#answer(request), { delay });
    return fake;
  }

  get service(): FakeService {
    if (this.#service === undefined) throw new Error('the fake is started with start()');
    return this.#service;
  }

  /** Base address of all three. */
  get url(): string {
    return this.service.url;
  }

  /** The access key, as settings have it. */
  get key(): AccessKey {
    return this.identities.key;
  }

  get sessions(): readonly Session[] {
    return this.identities.sessions;
  }

  close(): Promise<void> {
    return this.service.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #answer(request: SeenRequest): Answer {
    const host = headerOf(request, 'host');
    try {
      if (request.path.startsWith('/latest/')) return this.#metadata(request);
      const body = request.query.has('Action') ? this.#sts(request) : this.#oos(request);
      return { status: 200, body: { RequestId: randomUUID().toUpperCase(), ...body } };
    } catch (cause) {
      if (cause instanceof AlicloudFailure) return failureAnswer(cause, host);
      throw cause;
    }
  }

  #oos(request: SeenRequest): object {
    const action = headerOf(request, 'x-acs-action');
    this.actions.push(action);
    if (request.method !== 'POST' || request.path !== '/')
      throw new AlicloudFailure(404, 'InvalidAction.NotFound', 'Specified api is not found.');
    this.#checkTime(request);
    checkSignature(request, (keyId, token) => this.identities.secretOf(keyId, token));
    if (headerOf(request, 'x-acs-version') !== '2019-06-01') {
      throw new AlicloudFailure(404, 'InvalidVersion', 'Specified parameter Version is not valid.');
    }
    if (this.denied.has(action)) {
      throw new AlicloudFailure(
        403,
        'Forbidden.RAM',
        'User not authorized to operate on the specified resource, or this API does not support RAM.',
      );
    }
    const query = new URLSearchParams(request.search);
    if (action === 'GetSecretParameter') return this.parameters.getOne(query);
    if (action === 'GetSecretParameters') return this.parameters.getMany(query);
    if (action === 'GetSecretParametersByPath') return this.parameters.getByPath(query);
    throw new AlicloudFailure(404, 'InvalidAction.NotFound', 'Specified api is not found, please check your url and method.');
  }

  #checkTime(request: SeenRequest): void {
    const date = headerOf(request, 'x-acs-date');
    const isWritten = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(date);
    if (!isWritten || Math.abs(Date.parse(date) - Date.now()) > SKEW) {
      throw new AlicloudFailure(400, 'InvalidTimeStamp.Expired', 'Specified time stamp or date value is expired.');
    }
    const nonce = headerOf(request, 'x-acs-signature-nonce');
    if (nonce === '' || this.#nonces.has(nonce)) {
      throw new AlicloudFailure(400, 'SignatureNonceUsed', 'Specified signature nonce was used already.');
    }
    this.#nonces.add(nonce);
  }

  /** Who asks is told by the OIDC token alone. */
  #sts({ query, body }: SeenRequest): object {
    const action = query.get('Action') ?? '';
    this.actions.push(action);
    const form = new URLSearchParams(body.toString('utf8'));
    if (action !== 'AssumeRoleWithOIDC' || query.get('Version') !== '2015-04-01') {
      throw new AlicloudFailure(404, 'InvalidAction.NotFound', 'Specified api is not found.');
    }
    const { roleArn, providerArn, token } = this.trusted ?? {};
    if (form.get('OIDCProviderArn') !== providerArn) {
      throw new AlicloudFailure(404, 'EntityNotExist.OIDCProvider', 'The OIDCProvider does not exist.');
    }
    if (form.get('RoleArn') !== roleArn) throw new AlicloudFailure(404, 'EntityNotExist.Role', 'The specified Role not exists.');
    if (form.get('OIDCToken') !== token) {
      throw new AlicloudFailure(400, 'AuthenticationFail.OIDCToken.Invalid', `This JWT ${form.get('OIDCToken')} is invalid.`);
    }
    if (!/^[\w.@-]{2,64}$/.test(form.get('RoleSessionName') ?? '')) {
      throw new AlicloudFailure(400, 'InvalidParameter.RoleSessionName', 'The parameter RoleSessionName is wrongly formed.');
    }
    return { Credentials: sessionFields(this.identities.issue(this.sessionTime)) };
  }

  #metadata(request: SeenRequest): Answer {
    if (request.path === '/latest/api/token') return this.#metadataToken(request);
    const token = request.headers['x-aliyun-ecs-metadata-token'];
    const isAllowed = this.metadataMode !== 'hardened' || (typeof token === 'string' && this.#metadataTokens.has(token));
    if (!isAllowed) return { status: 403 };
    if (this.instanceRole === '') return { status: 404 };
    if (request.path === METADATA) return { status: 200, body: this.instanceRole };
    if (request.path !== `${METADATA}${this.instanceRole}`) return { status: 404 };
    const session = this.identities.issue(this.sessionTime);
    return { status: 200, body: { ...sessionFields(session), LastUpdated: '2026-08-01T00:00:00Z', Code: 'Success' } };
  }

  #metadataToken({ method, headers }: SeenRequest): Answer {
    const seconds = Number(headers['x-aliyun-ecs-metadata-token-ttl-seconds']);
    if (this.metadataMode === 'tokenless') return { status: 404 };
    if (method !== 'PUT' || !(seconds >= 1 && seconds <= 21_600)) return { status: 400 };
    const token = randomUUID();
    this.#metadataTokens.add(token);
    return { status: 200, body: token };
  }
}

/** A throttled answer; with the seconds of Retry-After, or without. */
export function alicloudThrottled(retryAfter?: string): Fault {
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  const failure = new AlicloudFailure(400, 'Throttling.User', 'Request was denied due to user flow control.');
  const { status, body } = failureAnswer(failure, 'oos.cn-hangzhou.aliyuncs.com');
  return answer(status, headers, body as object);
}
