import { randomUUID } from 'node:crypto';
import { type Answer, type FakeOptions, FakeService, type SeenRequest } from '../fake-service.ts';
import { TencentFailure } from './failure.ts';
import { FakeRoles } from './roles.ts';
import { FakeSecretsManager, type Input } from './secrets-manager.ts';
import { signerOf, type TencentKey } from './signature.ts';

export interface FakeTencentOptions extends FakeOptions {
  /** `ap-guangzhou` when absent. */
  readonly region?: string;
  /** Milliseconds since the epoch; the clock of this machine when absent. */
  readonly now?: () => number;
  /** Calls of one action that are taken in a second; any number when absent. */
  readonly limit?: number;
}

/** One call that was signed as it must be. */
export interface TencentCall {
  readonly action: string;
  readonly input: Input;
  /** Of the caller's key; empty for a call that needs no signature. */
  readonly secretId: string;
}

/** A key that may do everything. */
export const ADMIN_KEY = { secretId: 'AKIDadmin', secretKey: 'admin-secret-key' } as const;

/**
 * One region of Tencent Cloud on one address: Secrets Manager, the token service, and the metadata service of a machine. Answers
 * come with status 200, failures too; signatures, clocks, permissions and limits are checked as the API documents them.
 */
export class FakeTencent extends FakeService {
  readonly region: string;
  readonly secrets: FakeSecretsManager = new FakeSecretsManager();
  readonly roles: FakeRoles;
  /** Calls that were accepted as signed, in their order. */
  readonly calls: TencentCall[] = [];
  readonly #keys = new Map<string, TencentKey>([[ADMIN_KEY.secretId, ADMIN_KEY]]);
  readonly #now: () => number;
  readonly #limit: number;
  readonly #starts = new Map<string, number[]>();
  #isDenied: (action: string, name: string) => boolean = () => false;

  constructor({
    region = 'ap-guangzhou',
    now = Date.now,
    limit = Number.POSITIVE_INFINITY,
    ...options
  }: FakeTencentOptions = {}) {
    super((request) => this.#handle(request), options);
    this.region = region;
    this.#now = now;
    this.#limit = limit;
    this.roles = new FakeRoles(now);
  }

  addKey(key: TencentKey): void {
    this.#keys.set(key.secretId, key);
  }

  /** Actions that no policy allows, with the secret's name where there is one. */
  deny(isDenied: (action: string, name: string) => boolean): void {
    this.#isDenied = isDenied;
  }

  /** How often an action was called. */
  count(action: string): number {
    return this.calls.filter((call) => call.action === action).length;
  }

  #handle(request: SeenRequest): Answer {
    if (FakeRoles.serves(request)) return this.roles.metadata(request);
    const RequestId = randomUUID();
    try {
      return { status: 200, body: { Response: { ...this.#call(request), RequestId } } };
    } catch (cause) {
      if (!(cause instanceof TencentFailure)) throw cause;
      return { status: 200, body: { Response: { Error: { Code: cause.code, Message: cause.message }, RequestId } } };
    }
  }

  #call(request: SeenRequest): object {
    const { headers, method, path } = request;
    const action = String(headers['x-tc-action'] ?? '');
    if (method !== 'POST' || path !== '/' || action === '')
      throw new TencentFailure('InvalidAction', 'The API action does not exist.');
    const input = inputOf(request.body);
    if (action === 'AssumeRoleWithWebIdentity') {
      this.#refuseOther(headers['x-tc-version'], '2018-08-13');
      this.calls.push({ action, input, secretId: '' });
      return this.roles.assume(input);
    }
    this.#refuseOther(headers['x-tc-version'], '2019-09-23');
    const keyOf = (id: string) => this.#keys.get(id) ?? this.roles.find(id);
    const { secretId } = signerOf(request, { service: 'ssm', keyOf, now: this.#now() });
    this.#throttle(action);
    this.calls.push({ action, input, secretId });
    if (headers['x-tc-region'] !== this.region) {
      throw new TencentFailure('UnsupportedRegion', 'The requested region is not supported.');
    }
    if (this.#isDenied(action, String(input.SecretName ?? ''))) {
      throw new TencentFailure('UnauthorizedOperation', 'You are not authorized to perform operation.');
    }
    return this.secrets.call(action, input);
  }

  #refuseOther(given: unknown, version: string): void {
    if (given !== version) throw new TencentFailure('NoSuchVersion', 'The API version does not exist.');
  }

  #throttle(action: string): void {
    const now = performance.now();
    const starts = (this.#starts.get(action) ?? []).filter((start) => start > now - 1000);
    this.#starts.set(action, starts);
    starts.push(now);
    if (starts.length <= this.#limit) return;
    starts.pop();
    const message = `Your current request times equals to ${this.#limit + 1} in a second, which exceeds the frequency limit ${this.#limit} for a second. Please reduce the frequency of calls.`;
    throw new TencentFailure('RequestLimitExceeded', message);
  }
}

/** A fake Tencent Cloud on a free port of 127.0.0.1. */
export async function startFakeTencent(options: FakeTencentOptions = {}): Promise<FakeTencent> {
  return new FakeTencent(options).listen();
}

function inputOf(body: Buffer): Input {
  try {
    const input: unknown = JSON.parse(body.toString('utf8'));
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Input;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new TencentFailure('InvalidRequest', 'The request body is not a JSON object.');
}
