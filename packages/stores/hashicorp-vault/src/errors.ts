import { STATUS_CODES } from 'node:http';
import { type ErrorCode, SecretStoreError, type SecretStoreErrorOptions, secretStoreErrorFrom } from '@coffer/core/driver';
import { HttpFailure } from '@coffer/http-client';
import { UnreadableAnswer } from './answer.ts';
import type { VaultAnswer } from './vault-api.ts';

/** The call whose answer is looked at. */
export interface CallContext {
  /** `get`, `list`, `ping`. */
  readonly operation: string;
  /** Name of the secret, or of the folder. */
  readonly name: string;
  /** As a policy names it: `secret/data/dapr/app`. */
  readonly path: string;
  /** Whether a message has the whole body, or only what the server says is wrong. */
  readonly bodies: 'errors' | 'whole';
}

/** A failure without an answer, or with one that can't be understood. */
export function failureError(cause: unknown, { operation, name }: Pick<CallContext, 'operation' | 'name'>): SecretStoreError {
  const options: SecretStoreErrorOptions = { operation, secret: operation === 'get' ? name : undefined };
  if (cause instanceof UnreadableAnswer) {
    const hint = cause.message.startsWith('json:') ? undefined : 'the answer is not that of a Vault server: check vaultAddr';
    const code = hint === undefined ? 'failed_precondition' : 'unavailable';
    return new SecretStoreError(code, `couldn't decode response body: ${cause.message}`, { ...options, retryable: false, hint });
  }
  if (!(cause instanceof HttpFailure)) return secretStoreErrorFrom(cause, options);
  const { code, reason, message, retryable } = cause;
  const start = reason === 'configuration' ? "couldn't generate request" : "couldn't get secret";
  const hint = cause.hint ?? HINTS[reason];
  return new SecretStoreError(code, `${start}: ${message}`, { ...options, hint, retryable, cause });
}

const HINTS: Partial<Record<HttpFailure['reason'], string>> = {
  unavailable: 'check vaultAddr, and that the server can be reached from here',
  untrusted: 'check caPem, caPath or caCert, and that the certificate has the name of vaultAddr or of tlsServerName',
};

/** An answer of failure to the read of a secret, in the reference's words. */
export function readError(answer: VaultAnswer, context: CallContext): SecretStoreError {
  const { status } = answer;
  const detail =
    status === 404
      ? `getSecret ${context.name} failed secret key or version not exist`
      : `couldn't get successful response, status code ${status}, body ${bodyOf(answer, context)}`;
  return answerError(answer, context, detail);
}

/** An answer of failure to the list of a folder, in the reference's words. */
export function listError(answer: VaultAnswer, context: CallContext): SecretStoreError {
  const { status } = answer;
  const words = `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  const response = bodyOf(answer, context);
  const detail = `list keys couldn't get successful response, status code: ${status}, status: ${words}, response ${response}`;
  return answerError(answer, context, detail);
}

/** An answer of failure to the question what is mounted. */
export function pingError(answer: VaultAnswer, context: CallContext): SecretStoreError {
  const detail = `couldn't get successful response, status code ${answer.status}, body ${bodyOf(answer, context)}`;
  return answerError(answer, context, detail);
}

/** Whether a 403 is about the token and not about what it may do: only then another token is worth a try. */
export function refusesToken({ status, text }: VaultAnswer): boolean {
  return status === 403 && codeOf403(text) === 'unauthenticated';
}

/** Whether a 404 says that nothing is there, and not that the engine, the namespace or the server is the wrong one. */
export function saysMissing({ status, json }: VaultAnswer): boolean {
  if (status !== 404 || typeof json !== 'object' || json === null) return false;
  return ('errors' in json && Array.isArray(json.errors) && json.errors.length === 0) || 'data' in json;
}

function answerError(answer: VaultAnswer, context: CallContext, detail: string): SecretStoreError {
  const { operation, name } = context;
  const { code, hint, retryable } = meaningOf(answer, context);
  return new SecretStoreError(code, detail, { operation, secret: operation === 'get' ? name : undefined, hint, retryable });
}

interface Meaning {
  readonly code: ErrorCode;
  readonly hint?: string | undefined;
  readonly retryable?: boolean;
}

function meaningOf(answer: VaultAnswer, context: CallContext): Meaning {
  const { status, text, headers } = answer;
  if (status >= 300 && status < 400) {
    const origin = originOf(headers.location);
    const hint = `the server sends on to ${origin}, where no token is sent: make that vaultAddr, or let the standby node forward requests`;
    return { code: 'unavailable', hint, retryable: false };
  }
  switch (status) {
    case 400:
      if (/missing client token/.test(text)) return { code: 'unauthenticated', hint: 'check the token' };
      if (/HTTP request to an HTTPS server/.test(text))
        return { code: 'unavailable', hint: 'vaultAddr needs https', retryable: false };
      return { code: 'invalid_argument' };
    case 401:
      return { code: 'unauthenticated' };
    case 403:
      return meaningOf403(text, context);
    case 404:
      return meaningOf404(answer, context);
    case 405:
      return { code: 'failed_precondition', hint: 'check enginePath: the engine there is no KV engine' };
    case 412:
      return { code: 'unavailable', hint: 'the replica lags behind the write of the token' };
    case 429:
      return { code: 'resource_exhausted', hint: 'a rate limit quota of the server was reached' };
    case 472:
    case 473:
      return { code: 'unavailable', hint: 'this node is a standby: make vaultAddr the active one, or a load balancer in front' };
    case 500:
      if (/could not find version data/.test(text)) return { code: 'not_found', hint: 'a name has no slash at its end' };
      return { code: 'unavailable' };
    case 503:
      if (/sealed/.test(text)) return { code: 'unavailable', hint: 'the server is sealed: unseal it' };
      return { code: 'unavailable' };
    default:
      return { code: status >= 500 ? 'unavailable' : 'unknown' };
  }
}

/** A refused token is told bare or as invalid; a policy that refuses comes as a list of errors. */
function codeOf403(text: string): ErrorCode {
  return /invalid token|\[\s*"permission denied"\s*\]/.test(text) ? 'unauthenticated' : 'permission_denied';
}

function meaningOf403(text: string, { operation, path }: CallContext): Meaning {
  if (codeOf403(text) === 'unauthenticated') {
    const hint = 'the token is wrong, expired, revoked, or not for this namespace or address';
    return { code: 'unauthenticated', hint };
  }
  const ability = operation === 'list' ? 'list' : 'read';
  return {
    code: 'permission_denied',
    hint: `allow it in a policy of the token: path "${path}" { capabilities = ["${ability}"] }`,
  };
}

function meaningOf404({ text, json }: VaultAnswer, { path }: CallContext): Meaning {
  if (typeof json !== 'object' || json === null) {
    return { code: 'unavailable', hint: 'the answer is not that of a Vault server: check vaultAddr', retryable: false };
  }
  if (/namespace not found/.test(text)) return { code: 'failed_precondition', hint: 'check vaultNamespace' };
  if (/no handler for route|unsupported path/.test(text)) {
    return { code: 'failed_precondition', hint: `no KV engine is mounted for ${path}: check enginePath and vaultNamespace` };
  }
  return { code: 'not_found', hint: stateOf(json) };
}

/** What became of a version that is there no more; undefined when nothing ever was. */
function stateOf(json: object): string | undefined {
  const data = 'data' in json ? json.data : undefined;
  const metadata = typeof data === 'object' && data !== null && 'metadata' in data ? data.metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const { version, deletion_time: deletion, destroyed } = metadata as Readonly<Record<string, unknown>>;
  if (destroyed === true) return `version ${version} is destroyed and can't be brought back; ask for another one with version_id`;
  if (typeof deletion !== 'string' || deletion === '') return undefined;
  return `version ${version} was deleted at ${deletion}; undelete it, or ask for another one with version_id`;
}

/** What a message may show of a body: the whole of it, or the server's own list of errors. */
function bodyOf({ text, json }: VaultAnswer, { bodies }: CallContext): string {
  if (bodies === 'whole') return text;
  const errors = typeof json === 'object' && json !== null && 'errors' in json ? json.errors : undefined;
  if (!Array.isArray(errors)) return `of ${text.length} characters`;
  return JSON.stringify({ errors: errors.map(String) }).slice(0, MOST_SHOWN);
}

const MOST_SHOWN = 2048;

function originOf(location: string | undefined): string {
  return location !== undefined && URL.canParse(location) ? new URL(location).origin : 'another address';
}
