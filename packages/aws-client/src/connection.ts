import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CallOptions,
  type InitContext,
  osErrorCode,
  osErrorText,
  SecretStoreError,
  throwIfAborted,
} from '@coffer/core/driver';
import { type Deadline, HttpClient, HttpFailure, retryAfterOf, startDeadline } from '@coffer/http-client';
import { credentialsFor, usesRolesAnywhere } from './credentials.ts';
import type { AwsCredentials, CredentialsCache } from './credentials-cache.ts';
import {
  type AwsCall,
  awsError,
  credentialsError,
  credentialsFailure,
  headersOf,
  isClockSkew,
  isEndedCredentials,
} from './errors.ts';
import type { AwsSettings } from './metadata.ts';
import { type Environment, regionOf } from './region.ts';
import { RequestHandler } from './request-handler.ts';

/** Constructor argument of any client of the AWS SDK, version 3. */
export interface AwsClientConfig {
  readonly region: string;
  readonly credentials: (() => Promise<AwsCredentials>) & { readonly memoized: true };
  readonly requestHandler: RequestHandler;
  /** Retries are `call`'s: it knows the caller's time limit. */
  readonly maxAttempts: 1;
  readonly customUserAgent: string;
  readonly endpoint?: string;
}

export interface AwsConnectionOptions extends Pick<InitContext<AwsSettings>, 'dialect' | 'logger' | 'propertyNames'> {
  readonly metadata: AwsSettings;
  /** For the region and the proxy variables. The SDK's default chain reads `process.env`. */
  readonly environment?: Environment;
}

const DEFAULT_TIMEOUT = 30_000;
/** Bytes: twenty secrets of 64 KiB in which every character is escaped are less. */
const LARGEST_ANSWER = 8 * 2 ** 20;
const MOST_ATTEMPTS = 3;
/** A bulk read must outlast a quota that is per second and shared with others. */
const MOST_THROTTLED_ATTEMPTS = 5;
/** Milliseconds of the first pause; a throttled caller waits longer. Each further one is twice as long. */
const PAUSE = 100;
const THROTTLED_PAUSE = 500;

/** Settings that the reference has not. */
const OWN = [
  'externalId',
  'certificate',
  'certificateChain',
  'privateKey',
  'stsEndpoint',
  'rolesAnywhereEndpoint',
  'requestTimeout',
] as const;

/**
 * Finds region and credentials for an SDK client. Asks nobody, but for a session of IAM Roles Anywhere; fails as the
 * reference's init does.
 */
export async function connectAws(options: AwsConnectionOptions, { signal }: CallOptions = {}): Promise<AwsConnection> {
  throwIfAborted(signal);
  const {
    metadata,
    dialect: { aws: dialect },
    environment = process.env,
    logger,
    propertyNames,
  } = options;
  const settings = dialect.ownSettings ? metadata : without(metadata, OWN);
  const region = await regionOf(settings, environment);
  if (region === '' && dialect.missingRegion === 'at_start') {
    throw new SecretStoreError('failed_precondition', 'the region is missing', { operation: 'init', hint: MISSING_REGION });
  }
  const { requestTimeout = 0 } = settings;
  const timeout = requestTimeout > 0 ? requestTimeout : DEFAULT_TIMEOUT;
  const bundle = await certificateBundle(environment);
  const tls = bundle === undefined ? {} : { tls: { ca: bundle } };
  const http = new HttpClient({ environment, timeout, maxResponse: LARGEST_ANSWER, ...tls });
  const credentials = credentialsFor(settings, { region, http, dialect, propertyNames, logger });
  if (usesRolesAnywhere(settings, { dialect, propertyNames })) {
    await untilAborted(credentials.get(), signal).catch((cause) => {
      http.close();
      throw credentialsFailure(cause, { operation: 'init' });
    });
  }
  return new AwsConnection({ region, endpoint: settings.endpoint ?? '', http, credentials, timeout });
}

/** Certificates to trust in place of the usual ones, as AWS's own tools take them from the environment. */
async function certificateBundle({ AWS_CA_BUNDLE: path }: Environment): Promise<string | undefined> {
  if (!path) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const detail = `failed to read custom CA bundle: open ${path}: ${osErrorText(cause)}`;
    throw new SecretStoreError('failed_precondition', detail, { operation: 'init', hint: 'check AWS_CA_BUNDLE', cause });
  }
}

function without(settings: AwsSettings, names: readonly (keyof AwsSettings)[]): AwsSettings {
  return { ...settings, ...Object.fromEntries(names.map((name) => [name, undefined])) };
}

const MISSING_REGION = 'set region, or the environment variable AWS_REGION';

interface Parts {
  readonly region: string;
  readonly endpoint: string;
  readonly http: HttpClient;
  readonly credentials: CredentialsCache;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Region, credentials and a way to send, for one component. */
export class AwsConnection {
  readonly config: AwsClientConfig;
  readonly #parts: Parts;
  /** What is wrong with the address of the service, as the reference says at the first call. */
  readonly #unusable: string | undefined;

  constructor(parts: Parts) {
    const { region, endpoint, http, credentials } = parts;
    this.#parts = parts;
    const isAddress = /^https?:/i.test(endpoint) && URL.canParse(endpoint);
    if (endpoint !== '' && !isAddress) this.#unusable = `Failed to parse uri: ${endpoint}`;
    else if (region === '') this.#unusable = 'endpoint rule error, Invalid Configuration: Missing Region';
    this.config = {
      region: region || 'us-east-1',
      credentials: Object.assign(() => credentials.get(), { memoized: true as const }),
      requestHandler: new RequestHandler(http),
      maxAttempts: 1,
      customUserAgent: 'coffer',
      ...(isAddress ? { endpoint } : {}),
    };
  }

  /**
   * One call of an SDK client within the time limit. Failures of the service and broken connections are tried again, at most
   * three times in all, throttled calls five times, and only while there is time: after the pause that the answer asks for, else
   * after one that grows. Refused credentials are renewed once. Definite answers and refused connections are told at once.
   * Fails with `SecretStoreError`.
   */
  async call<Output>(call: AwsCall, send: Send<Output>, { signal }: CallOptions = {}): Promise<Output> {
    if (this.#unusable !== undefined) throw unusableError(this.#unusable, call);
    const deadline = startDeadline(signal, this.#parts.timeout);
    let renewed = false;
    try {
      for (let attempt = 1; ; attempt++) {
        const outcome = await this.#attempt(send, deadline);
        if ('output' in outcome) return outcome.output;
        const { cause, used } = outcome;
        const told = deadline.failure(cause, call.operation);
        const failure = used === undefined ? credentialsError(told, call) : awsError(told, call);
        if (deadline.signal.aborted) throw failure;
        if (used !== undefined && isEndedCredentials(cause) && !renewed) {
          renewed = true;
          if (await this.#renewed(used, call, deadline)) continue;
          throw failure;
        }
        if (!isClockSkew(cause) || attempt > 1) await pauseBefore({ attempt, cause, failure, call, deadline });
      }
    } finally {
      deadline.clear();
    }
  }

  close(): void {
    this.#parts.http.close();
  }

  /** `used` is absent when there were no credentials to send with. */
  async #attempt<Output>(send: Send<Output>, { signal }: Deadline): Promise<Outcome<Output>> {
    let used: AwsCredentials | undefined;
    try {
      used = await untilAborted(this.#parts.credentials.get(), signal);
      return { output: await untilAborted(send({ abortSignal: signal }), signal) };
    } catch (cause) {
      return { cause, used };
    }
  }

  /** Whether there are others than those that were refused. */
  async #renewed(refused: AwsCredentials, call: AwsCall, deadline: Deadline): Promise<boolean> {
    const { credentials } = this.#parts;
    credentials.refuse(refused);
    try {
      return (await untilAborted(credentials.get(), deadline.signal)).accessKeyId !== refused.accessKeyId;
    } catch (cause) {
      throw credentialsError(deadline.failure(cause, 'get credentials'), call);
    }
  }
}

/** Sends a command: `(options) => client.send(command, options)`. */
type Send<Output> = (options: { readonly abortSignal: AbortSignal }) => Promise<Output>;
type Outcome<Output> = { readonly output: Output } | { readonly cause: unknown; readonly used: AwsCredentials | undefined };

interface FailedAttempt {
  readonly attempt: number;
  readonly cause: unknown;
  readonly failure: SecretStoreError;
  readonly call: AwsCall;
  readonly deadline: Deadline;
}

/** Returns when it is time for another attempt; throws the failure when there is to be none. */
async function pauseBefore({ attempt, cause, failure, call, deadline }: FailedAttempt): Promise<void> {
  const isThrottled = failure.code === 'resource_exhausted';
  const mostAttempts = isThrottled ? MOST_THROTTLED_ATTEMPTS : MOST_ATTEMPTS;
  if (attempt >= mostAttempts || !mayPass(cause, failure)) throw failure;
  const most = (isThrottled ? THROTTLED_PAUSE : PAUSE) * 2 ** (attempt - 1);
  const pause = askedPause(headersOf(cause)) ?? most * (0.5 + Math.random() / 2);
  if (pause >= deadline.left()) throw failure;
  try {
    await sleep(pause, undefined, { signal: deadline.signal });
  } catch (abort) {
    throw awsError(deadline.failure(abort, call.operation), call);
  }
}

/** Milliseconds that an answer asks to wait: newer services of AWS have a header of their own for it. */
function askedPause(headers: Readonly<Record<string, string>>): number | undefined {
  const own = headers['x-amz-retry-after'] ?? '';
  return /^\d+$/.test(own) ? Number(own) : retryAfterOf(headers);
}

/** Whether another attempt may go better: not after a definite answer, and not when nobody listens at the address. */
function mayPass(cause: unknown, { code, retryable }: SecretStoreError): boolean {
  if (cause instanceof HttpFailure) return cause.reason === 'unavailable' && BROKEN.has(osErrorCode(cause.cause));
  return retryable && (code === 'unavailable' || code === 'resource_exhausted');
}

/** Connections that were there and broke. Node gives the second without a code when an answer broke off half way. */
const BROKEN: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', '']);

function unusableError(reason: string, { service, operation, prefix, as, secret }: AwsCall): SecretStoreError {
  const detail = `${prefix}operation error ${service}: ${operation}, failed to resolve service endpoint, ${reason}`;
  return new SecretStoreError('failed_precondition', detail, {
    operation: as,
    secret,
    hint: `check endpoint; ${MISSING_REGION}`,
  });
}

/** The result, or the signal's reason as soon as it aborts: what fetches credentials takes no signal. */
function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
