import type { BrokenSettings, RemoteCall, TestBackend } from '@coffer/conformance';
import { backendFaults, type FakeService, type SeenRequest } from '@coffer/fake-services';
import { quotaExceeded, rpcFailure } from '@coffer/fake-services/google';

/** Bytes. */
const LARGEST = 65_536;
/** Seconds. */
const PAUSE = 0.2;

/** What breaks Secret Manager and watches its calls. */
export function serviceFaults(
  service: FakeService,
): Pick<TestBackend, 'faults' | 'pauseAsked' | 'calls' | 'inFlight' | 'mostInFlight'> & ReturnType<typeof backendFaults> {
  return {
    ...backendFaults(service, {
      denied: rpcFailure('PERMISSION_DENIED', "Permission 'secretmanager.versions.access' denied for this resource."),
      unauthenticated: rpcFailure('UNAUTHENTICATED', 'Request had invalid authentication credentials.'),
      throttled: quotaExceeded({ retryDelay: PAUSE }),
      unavailable: rpcFailure('UNAVAILABLE', 'The service is currently unavailable.'),
    }),
    pauseAsked: PAUSE * 1000,
    calls: () => service.requests.map(operationOf),
  };
}

/** The permission that a call needs. */
function operationOf({ path }: SeenRequest): RemoteCall {
  if (path.endsWith(':access')) return { operation: 'secretmanager.versions.access' };
  if (path.endsWith(':testIamPermissions')) return { operation: 'testIamPermissions, which anybody may call' };
  return { operation: 'secretmanager.secrets.list' };
}

/** Settings that are refused when they are checked, made from those that work. */
export function refusedSettings(settings: Readonly<Record<string, string>>): readonly BrokenSettings[] {
  const broken: readonly (readonly [what: string, settings: Readonly<Record<string, string>>])[] = [
    ['no project', { projectID: '' }],
    ['a project that can be none', { projectID: '../other' }],
    ['a region that can be none', { location: 'Mars 1' }],
    ['a key without its account', { type: 'service_account', privateKeyID: 'id', privateKey: 'key', clientEmail: '' }],
    ['two sets of credentials', { privateKeyID: 'id', credentialsFile: 'key.json' }],
    ['credentials and none', { credentialsFile: 'key.json', withoutAuthentication: 'true' }],
    ['an endpoint with a path', { endpoint: `${settings.endpoint}/v1` }],
    ['an endpoint without TLS', { endpoint: 'http://secrets.example' }],
  ];
  return broken.map(([what, more]) => ({ what, settings: { ...settings, ...more }, at: 'check' }));
}

/** Why Secret Manager can't hold this secret; undefined when it can. */
export const refusalOf: NonNullable<TestBackend['refuses']> = (name, values) => {
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) return 'an id has 1 to 255 ASCII letters, digits, hyphens and underscores';
  return Buffer.byteLength(values[name] ?? '') > LARGEST ? 'a payload has at most 65,536 bytes' : undefined;
};

/** What a payload reads as: UTF-8 as text, anything else as its base64. */
export function textOfBytes(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString();
  return Buffer.from(text).equals(bytes) ? text : Buffer.from(bytes).toString('base64');
}
