import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cofferDialect, silentLoggerFor } from '@coffer/core';
import { serveComponent } from '@coffer/grpc-api/pluggable';
import { definition } from '@coffer/store-local-file';
import { describe, expect, it, onTestFinished } from 'vitest';
import { coffer, fixture } from './support/coffer.ts';

/** A resource directory whose one store is a pluggable component that runs, and the environment to find it by. */
async function withComponent(): Promise<{ directory: string; environment: Record<string, string> }> {
  const directory = fixture('shop');
  const sockets = join(directory, 's');
  const server = await serveComponent({
    definition,
    socket: join(sockets, 'files.sock'),
    dialect: cofferDialect,
    loggerFor: silentLoggerFor,
  });
  onTestFinished(() => server.close(0));
  mkdirSync(join(directory, 'plugged'));
  writeFileSync(
    join(directory, 'plugged', 'files.yaml'),
    `apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: files
spec:
  type: secretstores.files
  version: v1
  metadata:
    - name: secretsFile
      value: ${join(directory, 'secrets.json')}
`,
  );
  return { directory, environment: { DAPR_COMPONENTS_SOCKETS_FOLDER: sockets } };
}

describe('pluggable components', () => {
  it('are read from, listed and checked like drivers', async () => {
    const { directory, environment } = await withComponent();
    const run = (...args: string[]) => coffer(directory, [...args, '--resources-path', 'plugged'], environment);
    expect(await run('get', 'files', 'token')).toEqual({ code: 0, signal: null, stdout: 'canary-token', stderr: '' });
    expect(JSON.parse((await run('list', '--json')).stdout)).toMatchObject({ components: [{ name: 'files', served: true }] });
    expect((await run('list', '--available')).stdout).toMatch(/^secretstores\.files +v1/m);
    expect(await run('check', '--online')).toMatchObject({ code: 0, stdout: expect.stringContaining('1 component') });
  });

  it('can be served with coffer pluggable, whose flags come after its name', async () => {
    const shop = fixture('shop');
    const help = await coffer(shop, ['pluggable', '--help']);
    expect(help).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Usage of cofferd pluggable:/) });
    expect(await coffer(shop, ['--json', 'pluggable'])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('pluggable takes its flags after its name'),
    });
  });
});
