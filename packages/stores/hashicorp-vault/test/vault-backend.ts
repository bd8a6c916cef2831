import type { BrokenSettings, RemoteCall } from '@coffer/conformance';
import type { SecretValues } from '@coffer/core/driver';
import { answer, type SeenRequest, type VendorFaults } from '@coffer/fake-services';

// What test beds on the fake and on a real server have in common.

/** Refusals in the server's own words: a policy's come as a list of errors, a token's are bare. */
export const FAULTS: VendorFaults = {
  denied: refusal(403, '1 error occurred:\n\t* permission denied\n\n'),
  unauthenticated: refusal(403, 'permission denied'),
  throttled: answer(429, { 'retry-after': '1' }, { errors: ['request path "secret": rate limit quota exceeded'] }),
  unavailable: refusal(500, 'internal error'),
};

function refusal(status: number, error: string) {
  return answer(status, {}, { errors: [error] });
}

/** Settings with which a store of this server can't work. */
export function brokenSettings(settings: Readonly<Record<string, string>>): readonly BrokenSettings[] {
  const { vaultToken: _, ...withoutToken } = settings;
  return [
    { what: 'no token', settings: withoutToken, at: 'check' },
    { what: 'a value type that is none', settings: { ...settings, vaultValueType: 'json' }, at: 'check' },
    { what: 'an address without a scheme', settings: { ...settings, vaultAddr: 'vault.example:8200' }, at: 'check' },
    { what: 'a certificate without its key', settings: { ...settings, clientCert: '/nowhere/cert.pem' }, at: 'check' },
    { what: 'a login without what it needs', settings: { ...withoutToken, vaultAuthMethod: 'userpass' }, at: 'check' },
    {
      what: 'a token file that is not there',
      settings: { ...withoutToken, vaultTokenMountPath: '/nowhere/token' },
      at: 'init',
      codes: ['failed_precondition'],
    },
    {
      what: 'a file of authorities that is not there',
      settings: { ...settings, caCert: '/nowhere/ca.pem' },
      at: 'init',
      codes: ['failed_precondition'],
    },
    {
      what: 'a token that is not known',
      settings: { ...settings, vaultToken: 's.0000000000000000unknown0' },
      at: 'read',
      codes: ['unauthenticated'],
    },
    {
      what: 'a path that the policy does not name',
      settings: { ...settings, vaultKVPrefix: 'another' },
      at: 'read',
      codes: ['permission_denied'],
    },
    {
      what: 'a namespace that does not exist',
      settings: { ...settings, vaultNamespace: 'no-such-namespace' },
      at: 'read',
      codes: ['failed_precondition'],
    },
    {
      what: 'a user and a password that are not known',
      settings: { ...withoutToken, vaultAuthMethod: 'userpass', vaultUsername: 'nobody', vaultPassword: 'no-such-password' },
      at: 'read',
      codes: ['unauthenticated', 'permission_denied', 'invalid_argument'],
    },
    {
      what: 'a server that nobody answers for',
      settings: { ...settings, vaultAddr: 'http://127.0.0.1:1' },
      at: 'read',
      codes: ['unavailable'],
    },
  ];
}

/** Where the secrets of a test bed are. */
export interface TestEngine {
  readonly mount: string;
  readonly version: '1' | '2';
}

/** The ability and the path that a policy has to name for a call. */
export function operationOf({ method, path }: SeenRequest, { mount, version }: TestEngine): RemoteCall {
  if (path.startsWith('/v1/sys/internal/ui/mounts/')) return { operation: 'read sys/internal/ui/mounts (needs no policy)' };
  if (method === 'LIST') return { operation: `list ${mount}/${version === '2' ? 'metadata/' : ''}dapr/*` };
  if (path.startsWith(`/v1/${mount}/`)) return { operation: `read ${mount}/${version === '2' ? 'data/' : ''}dapr/*` };
  const [login] = /^auth\/[^/]+\/login/.exec(path.slice('/v1/'.length)) ?? [];
  return { operation: login === undefined ? `${method} ${path}` : `${login} (needs no policy)` };
}

/** Why an engine can't hold a secret of this name or these values. */
export function refusalOf(name: string, values: SecretValues, { version }: TestEngine): string | undefined {
  if (!name.isWellFormed()) return 'a path is text';
  if (name.split('/').some((part) => ['', '.', '..'].includes(part))) {
    return 'a path has no empty parts, and none that is . or ..';
  }
  if (UNPRINTABLE.test(name)) return 'the server refuses paths that are not printable';
  if (version === '1' && Object.keys(values).length === 0) return 'an engine of version 1 holds no secret without keys';
  return undefined;
}

/** As Go's `unicode.IsPrint` has it: of spaces, the plain one alone. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;
