import { type Cofferd, type CofferdOptions, fileStore, startCofferd } from '../support/cofferd.ts';

/** The stores that the cases of docs/cases.md speak of. */
export const FIXTURES: Readonly<Record<string, string>> = {
  'components/filestore.yaml': fileStore('filestore', 'filestore.json'),
  'filestore.json': JSON.stringify({
    k1: 'v1',
    k2: '<a&b>',
    'a/b': 'slash',
    'a b': 'space',
    'a+b': 'plus',
    bulk: 'B',
    ünï: 'ö',
    grp: { x: '1' },
  }),
  'components/envs.yaml': component('envs', 'secretstores.local.env', '    - { name: prefix, value: T_ }\n'),
  'components/multi.yaml': fileStore('multi', 'multi.json', '    - { name: multiValued, value: "true" }\n'),
  'multi.json': JSON.stringify({ s1: { u: 'me', p: 'pw' }, s2: 'flat' }),
};

/** Starts cofferd with the fixtures. */
export async function startWithFixtures({ files, env, ...options }: CofferdOptions = {}): Promise<Cofferd> {
  return startCofferd({ ...options, files: { ...FIXTURES, ...files }, env: { T_A: '1', T_Q: '', ...env } });
}

/** A component file; `metadata` are lines of its list, `spec` further lines below `spec`. */
export function component(name: string, type: string, metadata = '', spec = ''): string {
  const list = metadata === '' ? '' : `  metadata:\n${metadata}`;
  return `apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: ${name}\nspec:\n  type: ${type}\n${spec}${list}`;
}

/** A Configuration file with the given lines below `spec`. */
export function configuration(spec: string): string {
  return `apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata:\n  name: config\nspec:\n${spec}`;
}

/** A Configuration file with the given scopes of secrets. */
export function secretScopes(...scopes: readonly string[]): string {
  return configuration(`  secrets:\n    scopes:\n${scopes.map((scope) => `      - ${scope}\n`).join('')}`);
}

/** Status, content type and body. */
export async function answer(cofferd: Cofferd, target: string, init?: RequestInit): Promise<[number, string | null, string]> {
  const response = await cofferd.get(target, init);
  return [response.status, response.headers.get('content-type'), await response.text()];
}

/** The log of a cofferd that does not start, with its exit code in the first line. */
export async function failureOf(options: CofferdOptions): Promise<string> {
  try {
    await using _ = await startCofferd(options);
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
  throw new Error('cofferd started');
}

/** What the metadata API answers, as far as the cases look at it. */
export interface Metadata {
  readonly id: string;
  readonly components?: readonly { readonly name: string }[];
  readonly extended: Readonly<Record<string, string>>;
  readonly appConnectionProperties: unknown;
  readonly actorRuntime: unknown;
}

/** Of the API, or of the public port when one is named. */
export async function metadataOf({ port }: { readonly port: number }): Promise<Metadata> {
  return (await (await fetch(`http://127.0.0.1:${port}/v1.0/metadata`)).json()) as Metadata;
}
