import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { validate } from 'dockerfile-utils';
import { describe, expect, test } from 'vitest';

const text = readFileSync(new URL('../container/Containerfile', import.meta.url), 'utf8');

/** The instructions, continued lines joined and comments left out: keyword and the rest. */
const instructions = text
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => /^(\S+)\s+(.*)$/.exec(line)?.slice(1) as [string, string]);
const last = instructions.slice(instructions.findLastIndex(([keyword]) => keyword === 'FROM'));
const inLast = (wanted: string) => last.filter(([keyword]) => keyword === wanted).map(([, rest]) => rest);

describe('the container file', () => {
  test('is sound', () => {
    expect(validate(text)).toEqual([]);
    expect(validate(text.replace('USER', 'USR'))).not.toEqual([]);
  });

  test('takes Node in the version that the tests run on, and every image by its version', () => {
    const catalog = readFileSync(new URL('../../pnpm-workspace.yaml', import.meta.url), 'utf8');
    const [, node] = /^ {2}node: (\d\S*)$/m.exec(catalog) ?? [];
    expect(text).toContain(`ARG NODE_VERSION=${node}\n`);
    const images = instructions.flatMap(([keyword, rest]) =>
      keyword === 'ARG' ? (/^(?:BUILD|BASE)=(.*)$/.exec(rest)?.[1] ?? []) : [],
    );
    expect(images).toHaveLength(2);
    for (const image of images) expect(image).toMatch(/^[a-z.]+\/[a-z0-9/-]+:(?!latest)\S+$/);
    expect(instructions.filter(([keyword]) => keyword === 'FROM').map(([, rest]) => rest)).toEqual([
      '${BUILD} AS build',
      '${BASE}',
    ]);
  });

  test('ends with an image without a shell, whose user is a number and not root', () => {
    expect(inLast('RUN')).toEqual([]);
    const [uid, gid] = (inLast('USER')[0] ?? '').split(':').map(Number);
    expect(uid).toBeGreaterThan(0);
    expect(gid).toBeGreaterThan(0);
    expect(text).toContain('--ignore-scripts');
  });

  test('starts cofferd itself, so that it gets the signals', () => {
    const [program, file, ...others] = JSON.parse(inLast('ENTRYPOINT')[0] ?? '') as string[];
    expect([program, others]).toEqual(['/usr/local/bin/node', []]);
    const inPackage = file?.replace('/app/node_modules/@coffer/server/', '') ?? '';
    const { bin, files } = JSON.parse(readFileSync(new URL('../../apps/server/package.json', import.meta.url), 'utf8'));
    expect(bin.cofferd).toBe(`./${inPackage}`);
    expect(files).toContain('bin');
    expect(inLast('CMD')).toEqual([]);
  });

  test('has labels, and asks after its health without a shell', () => {
    for (const label of ['title', 'description', 'version', 'licenses'])
      expect(inLast('LABEL').join()).toContain(`org.opencontainers.image.${label}=`);
    const [, command] = /CMD (\[.*\])$/.exec(inLast('HEALTHCHECK')[0] ?? '') ?? [];
    const [program, file = ''] = JSON.parse(command ?? '') as string[];
    expect(program).toBe('/usr/local/bin/node');
    expect(inLast('COPY')).toContain(`${file.split('/').at(-1)} ${file}`);
    expect(existsSync(new URL(`../container/${file.split('/').at(-1)}`, import.meta.url))).toBe(true);
  });
});

describe('the health check', () => {
  const script = fileURLToPath(new URL('../container/healthcheck.mjs', import.meta.url));
  /** Runs it against a port; answers its exit code and what it said. */
  const check = (port: number) =>
    new Promise<[number, string]>((resolve) => {
      const env = { DAPR_HTTP_PORT: String(port) };
      execFile(process.execPath, [script], { env }, (error, _, stderr) => resolve([Number(error?.code ?? 0), stderr]));
    });

  test.each([
    [204, 0, ''],
    [500, 1, 'cofferd is not ready: 500\n'],
  ])('ends at an answer of %i with %i', async (status, code, said) => {
    const asked: (string | undefined)[] = [];
    const server = createServer(({ url }, response) => {
      asked.push(url);
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await check(port)).toEqual([code, said]);
    expect(asked).toEqual(['/v1.0/healthz/outbound']);
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
    const [closed] = await check(port);
    expect(closed).toBe(1);
  });
});
