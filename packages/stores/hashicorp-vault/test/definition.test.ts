import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** What Node loads for the driver's entry alone, in a process of its own. */
const SCRIPT = `
  import { registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
  await import(${JSON.stringify(new URL('../src/definition.ts', import.meta.url).href)});
  console.log(JSON.stringify(loaded));
`;

it('the definition loads neither the store nor HTTP', async () => {
  const args = ['--conditions=@coffer/source', '--no-warnings', '--input-type=module', '--eval', SCRIPT];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const loaded = (JSON.parse(stdout) as string[]).map((url) => url.replace(/^.*\/(?=[^/]+\/[^/]+$)/, ''));
  const own = loaded.filter((url) => url.includes('hashicorp-vault') || /^(src|login)\//.test(url));
  expect(own.toSorted()).toEqual([
    'login/check.ts',
    'login/metadata.ts',
    'src/check.ts',
    'src/definition.ts',
    'src/metadata.ts',
    'src/path.ts',
  ]);
  expect(loaded.filter((url) => /^node:(http|https|tls|net)$/.test(url))).toEqual([]);
  expect(loaded.join()).not.toMatch(/http-client|store\.ts|aws/);
});
