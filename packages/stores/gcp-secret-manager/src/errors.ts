import { SecretStoreError, type SecretStoreErrorOptions, secretStoreErrorFrom } from '@coffer/core/driver';
import { HttpFailure } from '@coffer/http-client';
import { SETUP } from './check-metadata.ts';
import { FOREIGN, ServiceFailure } from './service-failure.ts';

/** What failed, as the reference begins its messages. */
export const ACCESS = 'failed to access secret version: ';
export const LIST = 'failed to list secrets: ';

/** A failure of a call in the contract's words; the detail is what the reference says, with Google's own text in it. */
export function storeError(cause: unknown, prefix: string, operation: string, secret?: string): SecretStoreError {
  const options: SecretStoreErrorOptions = { operation, secret };
  if (cause instanceof ServiceFailure) {
    return new SecretStoreError(cause.code, `${prefix}${cause.message}`, { ...options, hint: hintOf(cause), cause });
  }
  if (cause instanceof HttpFailure) {
    const { code, hint, retryable } = cause;
    return new SecretStoreError(code, `${prefix}${rpcText(cause)}`, { ...options, hint, retryable, cause });
  }
  const error = secretStoreErrorFrom(cause, options);
  const { code, hint, retryable } = error;
  return new SecretStoreError(code, `${prefix}${ownText(error)}`, { ...options, hint, retryable, cause });
}

/** As Go's gRPC client tells of what kept it from an answer. */
function rpcText({ code, reason, message }: HttpFailure): string {
  if (reason === 'canceled') return 'rpc error: code = Canceled desc = context canceled';
  if (reason === 'timeout') return 'rpc error: code = DeadlineExceeded desc = context deadline exceeded';
  return `rpc error: code = ${code === 'resource_exhausted' ? 'ResourceExhausted' : 'Unavailable'} desc = ${message}`;
}

/** Failures of credentials and of the caller; names that were refused here have their text already. */
function ownText({ code, detail }: SecretStoreError): string {
  if (detail.startsWith('rpc error: ')) return detail;
  if (code === 'canceled') return 'rpc error: code = Canceled desc = context canceled';
  if (code === 'deadline_exceeded') return 'rpc error: code = DeadlineExceeded desc = context deadline exceeded';
  return `rpc error: code = Unauthenticated desc = transport: per-RPC creds failed due to error: ${detail}`;
}

/** Who may do what Google's refusal is about. */
const ROLES: Readonly<Record<string, string>> = {
  'secretmanager.versions.access': 'roles/secretmanager.secretAccessor on the secret',
  'secretmanager.secrets.list':
    'roles/secretmanager.viewer on the project, or a role of your own with secretmanager.secrets.list',
  'serviceusage.services.use': 'roles/serviceusage.serviceUsageConsumer on the quota project',
};

function hintOf({ code, reason, message }: ServiceFailure): string | undefined {
  if (reason === FOREIGN) return 'the answer is not that of Secret Manager: check endpoint, location and proxies';
  if (reason === 'SERVICE_DISABLED') return 'enable the API: gcloud services enable secretmanager.googleapis.com';
  if (reason === 'USER_PROJECT_DENIED') return `grant ${ROLES['serviceusage.services.use']}`;
  switch (code) {
    case 'permission_denied': {
      const [, permission = ''] = /'([a-z]+(?:\.[A-Za-z]+)+)'/.exec(message) ?? [];
      return ROLES[permission] === undefined ? 'check the roles of the service account' : `grant ${ROLES[permission]}`;
    }
    case 'unauthenticated':
      return 'the service does not take the token: was the key deleted, is the clock right, is it of this cloud?';
    case 'not_found':
      return 'check name, version and projectID; a secret of a region is found only with location';
    case 'failed_precondition':
      return 'enable the version, add a new one, or ask for another by version_id';
    case 'resource_exhausted':
      return 'the quota of the project is used up: ask for more, or cache reads';
    default:
      return undefined;
  }
}

/** A failure of `init`, after the reference's words. */
export function setupError(cause: unknown): SecretStoreError {
  const { code, detail, hint } = secretStoreErrorFrom(cause);
  const prefix = code === 'canceled' || code === 'deadline_exceeded' ? '' : SETUP;
  return new SecretStoreError(code, `${prefix}${detail}`, { operation: 'init', hint, cause });
}

/**
 * Whether a secret has no version to read: the latest is disabled or destroyed, or there never was one. Nothing else may leave a
 * secret out of a bulk read without a word: a precondition may also be that of an encryption key.
 */
export function hasNoAccessibleVersion(cause: unknown): boolean {
  if (!(cause instanceof ServiceFailure)) return false;
  return cause.code === 'not_found' || (cause.code === 'failed_precondition' && VERSION_STATE.test(cause.message));
}

/** `Secret Version [projects/1/secrets/alpha/versions/1] is in DISABLED state.` */
const VERSION_STATE = /desc = Secret ?Version \[[^\]]+\] is /;
