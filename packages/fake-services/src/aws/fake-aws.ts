import { randomUUID } from 'node:crypto';
import { type Answer, type FakeOptions, FakeService, type SeenRequest } from '../fake-service.ts';
import { FakeContainerCredentials } from './container-credentials.ts';
import { AwsFailure } from './failure.ts';
import { Identities, type Identity } from './identities.ts';
import { FakeInstanceMetadata } from './imds.ts';
import { failureAnswer, type Input, inputOf, type JsonService, resultAnswer } from './json-protocol.ts';
import { FakeParameterStore } from './parameter-store.ts';
import { FakeRolesAnywhere } from './roles-anywhere.ts';
import { FakeSecretsManager } from './secrets-manager.ts';
import { callerOf } from './signature.ts';
import { FakeSts, stsFailure } from './sts.ts';
import { headerOf, textAnswer } from './wire.ts';

export interface FakeAwsOptions extends FakeOptions {
  /** `us-east-1` when absent. */
  readonly region?: string;
  /** Milliseconds since the epoch; the clock of this machine when absent. */
  readonly now?: () => number;
}

/** One call of a JSON service or of STS that was signed as it must be. */
export interface AwsCall {
  /** `secretsmanager.GetSecretValue`, `AmazonSSM.GetParameter`, `sts.AssumeRole`. */
  readonly operation: string;
  readonly input: Input;
  /** ARN of the caller; empty for a call that needs no signature. */
  readonly caller: string;
}

/** Keys of a user that may do everything. */
export const ADMIN_KEYS = { accessKeyId: 'AKIAADMIN', secretAccessKey: 'admin-secret-key' } as const;

/**
 * One region of AWS on one address: JSON services, STS, Roles Anywhere, and what a machine has beside it (instance metadata,
 * container credentials). Signatures, permissions and limits are checked as AWS documents them.
 */
export class FakeAws extends FakeService {
  readonly region: string;
  readonly account = '123456789012';
  readonly identities: Identities;
  readonly secretsManager: FakeSecretsManager;
  readonly parameterStore: FakeParameterStore;
  readonly sts: FakeSts;
  readonly instanceMetadata: FakeInstanceMetadata;
  readonly containerCredentials: FakeContainerCredentials;
  readonly rolesAnywhere: FakeRolesAnywhere;
  /** Calls that were accepted as signed, in their order. */
  readonly calls: AwsCall[] = [];
  readonly #now: () => number;
  readonly #services: readonly JsonService[];

  constructor({ region = 'us-east-1', now = Date.now, ...options }: FakeAwsOptions = {}) {
    super((request) => this.#handle(request), options);
    this.region = region;
    this.#now = now;
    this.identities = new Identities(this.account, now);
    this.identities.user('admin', ADMIN_KEYS);
    this.secretsManager = new FakeSecretsManager({ region, account: this.account, now });
    this.parameterStore = new FakeParameterStore({ region, account: this.account });
    this.sts = new FakeSts(this.identities);
    this.instanceMetadata = new FakeInstanceMetadata(this.identities, region, now);
    this.containerCredentials = new FakeContainerCredentials(this.identities);
    this.rolesAnywhere = new FakeRolesAnywhere(this.identities, region, now);
    this.#services = [this.secretsManager, this.parameterStore];
  }

  /** How often an operation was called. */
  count(operation: string): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  #handle(request: SeenRequest): Answer {
    if (FakeInstanceMetadata.serves(request)) return this.instanceMetadata.answer(request);
    if (FakeContainerCredentials.serves(request)) return this.containerCredentials.answer(request);
    if (FakeRolesAnywhere.serves(request)) return this.rolesAnywhere.answer(request);
    if (headerOf(request, 'content-type').startsWith('application/x-www-form-urlencoded')) return this.#callSts(request);
    if (headerOf(request, 'x-amz-target') !== '') return this.#callJson(request);
    return textAnswer(404, '<UnknownOperationException/>\n', 'application/xml');
  }

  #callJson(request: SeenRequest): Answer {
    const id = randomUUID();
    try {
      const [target, operation = ''] = headerOf(request, 'x-amz-target').split('.');
      const service = this.#services.find((candidate) => candidate.target === target);
      if (service === undefined) throw new AwsFailure('UnknownOperationException', '');
      const caller = this.#callerOf(request, service.service);
      const input = inputOf(request.body);
      this.calls.push({ operation: `${target}.${operation}`, input, caller: caller.arn });
      const result = service.call(operation, input, caller);
      if (result === undefined) throw new AwsFailure('UnknownOperationException', '');
      return resultAnswer(result, id);
    } catch (cause) {
      if (!(cause instanceof AwsFailure)) throw cause;
      return failureAnswer(cause, id);
    }
  }

  #callSts(request: SeenRequest): Answer {
    try {
      const form = new URLSearchParams(request.body.toString());
      const action = form.get('Action') ?? '';
      const caller = FakeSts.isUnsigned(action) ? undefined : this.#callerOf(request, 'sts');
      this.calls.push({ operation: `sts.${action}`, input: Object.fromEntries(form), caller: caller?.arn ?? '' });
      return this.sts.call(form, caller);
    } catch (cause) {
      if (!(cause instanceof AwsFailure)) throw cause;
      return stsFailure(cause);
    }
  }

  #callerOf(request: SeenRequest, service: string): Identity {
    return callerOf(request, { identities: this.identities, region: this.region, service, now: this.#now() });
  }
}

/** A fake AWS on a free port of 127.0.0.1. */
export async function startFakeAws(options: FakeAwsOptions = {}): Promise<FakeAws> {
  return new FakeAws(options).listen();
}
