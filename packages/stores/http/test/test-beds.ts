import type { RemoteCall, TestBackend, TestBed } from '@coffer/conformance';
import type { SecretValues } from '@coffer/core/driver';
import { answer, backendFaults, createAuthority } from '@coffer/fake-services';
import { definition } from '../src/definition.ts';
import { JsonVault, OTHER_TOKEN } from './json-vault.ts';

/** A service of secrets with several keys, over TLS. */
export const testBeds: readonly TestBed[] = [
  {
    definition,
    package: new URL('../', import.meta.url),
    backend: { name: 'fake of a JSON service', tier: 'fake' },
    start,
  },
];

async function start(): Promise<TestBackend> {
  const authority = createAuthority();
  const vault = await JsonVault.start({ tls: authority.issue('vault', ['127.0.0.1']) });
  const settings = { ...vault.multiSettings(), ca: authority.cert };
  const { ca: _, ...untrusting } = settings;
  const backend = {
    settings,
    brokenSettings: [
      {
        what: 'a token that may read nothing',
        settings: { ...settings, token: OTHER_TOKEN },
        at: 'read',
        codes: ['permission_denied'],
      },
      { what: 'a token that is not known', settings: { ...settings, token: 'x' }, at: 'read', codes: ['unauthenticated'] },
      { what: 'an authority that is not known', settings: untrusting, at: 'read', codes: ['unavailable'] },
      { what: 'a path that is none', settings: { ...settings, valuesPath: '$.data[' }, at: 'init', codes: ['invalid_argument'] },
      {
        what: 'a path that leads elsewhere',
        settings: { ...settings, valuesPath: '$.x' },
        at: 'read',
        codes: ['failed_precondition'],
      },
      { what: 'a list at another place', settings: { ...settings, listUrl: 'https://127.0.0.1:1/' }, at: 'check' },
    ] satisfies TestBackend['brokenSettings'],
    seed: async (name: string, values: SecretValues) => ({ version: vault.put(name, values) }),
    remove: async (name: string) => vault.remove(name),
    refuses: (name: string, values: SecretValues) => {
      const texts = Object.entries(values).flat();
      if (!texts.every((text) => text.isWellFormed())) return 'JSON in UTF-8 holds no lone surrogates';
      if (name === '') return 'a secret without a name has no address';
      if (/\p{Cc}/u.test(name)) return 'names with control characters are not sent to a service';
      const steps = name.replaceAll(/%2e/gi, '.').split(/[/\\]|%2f|%5c/i);
      if (steps.some((step) => /^\.{1,2}$/.test(step))) return 'names with . or .. between slashes are not sent to a service';
      return /(?![\udc80-\udcff])\p{Surrogate}/u.test(name) ? 'names that are no Unicode are not sent to a service' : undefined;
    },
    listMissing: async (name: string) => void vault.ghosts.add(name),
    deny: async (name: string) => void vault.denied.add(name),
    versionHint: 'version_id',
    ...backendFaults(vault.service, {
      denied: answer(403),
      unauthenticated: answer(401),
      throttled: answer(429, { 'retry-after': '1' }),
      unavailable: answer(503, { 'retry-after': '1' }),
    }),
    pauseAsked: 1000,
    calls: () => vault.service.requests.map((request): RemoteCall => ({ operation: operationOf(request) })),
    close: () => vault.service.close(),
  };
  return backend;
}

function operationOf({ method, path }: { readonly method: string; readonly path: string }): string {
  return `${method} ${path.replace(/^\/v1\/secrets\/.+/, '/v1/secrets/{name}')}`;
}
