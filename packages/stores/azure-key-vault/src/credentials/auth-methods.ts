import { SecretStoreError } from '@coffer/core/driver';

/** One way to log in. */
export type AuthMethod = 'secret' | 'certificate' | 'workload' | 'spiffe' | 'managed' | 'cli';

/** In lower case: names ignore it. */
const METHODS: ReadonlyMap<string, AuthMethod> = new Map([
  ['clientcredentials', 'secret'],
  ['creds', 'secret'],
  ['clientcertificate', 'certificate'],
  ['cert', 'certificate'],
  ['workloadidentity', 'workload'],
  ['wi', 'workload'],
  ['spiffeworkloadidentity', 'spiffe'],
  ['spiffe', 'spiffe'],
  ['managedidentity', 'managed'],
  ['mi', 'managed'],
  ['commandlineinterface', 'cli'],
  ['cli', 'cli'],
]);

/**
 * The methods that `azureAuthMethods` lists, in its order; undefined when it is absent or blank. `none` and an entry that is no
 * method fail with the reference's texts, whichever comes first.
 */
export function methodsListed(text: string | undefined): readonly AuthMethod[] | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  return text.split(',').map((entry) => {
    const name = entry.trim().toLowerCase();
    const method = METHODS.get(name);
    if (method !== undefined) return method;
    if (name === 'none') {
      const detail = "all Azure auth methods have been disabled with auth method 'None'";
      throw new SecretStoreError('invalid_argument', detail, { hint: 'leave azureAuthMethods out, or name a method' });
    }
    const hint = `azureAuthMethods takes ${[...METHODS.keys()].join(', ')}, and none`;
    throw new SecretStoreError('invalid_argument', `invalid Azure auth method: ${name}`, { hint });
  });
}
