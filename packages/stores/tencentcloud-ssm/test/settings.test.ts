import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { strictDialect } from '@coffer/core';
import { createAuthority, hang } from '@coffer/fake-services';
import { describe, expect, it } from 'vitest';
import { failureOf, KEYS, open, REGION, start } from './open.ts';

const V1 = { VersionID: 'v1' };

describe('what the reference has no setting for', () => {
  it('is honoured, and strictly is not', async () => {
    await using fake = await start();
    await using theirs = await start();
    const { port } = new URL(theirs.url);
    const properties = { ...KEYS, ...REGION, endpoint: `http://127.0.0.1:${port}` };
    const dependencies = { address: undefined } as object;
    const { get } = await open(fake, { properties, dependencies });
    expect(await get('alpha', V1)).toEqual({ alpha: 'first of alpha' });
    expect(theirs.requests[0]?.headers.host).toBe(`127.0.0.1:${port}`);
    const strictly = await open(fake, { properties, dialect: strictDialect });
    await strictly.get('alpha', V1);
    expect([fake.requests.length, theirs.requests.length]).toEqual([1, 1]);
  });

  it('is the region of the environment, too', async () => {
    await using fake = await start();
    const environment = { TENCENTCLOUD_REGION: 'ap-guangzhou', TKE_REGION: 'mars-1' };
    const { get } = await open(fake, { properties: KEYS, dependencies: { environment } });
    expect(await get('alpha', V1)).toEqual({ alpha: 'first of alpha' });
    const strictly = await open(fake, { properties: KEYS, dependencies: { environment }, dialect: strictDialect });
    expect(await failureOf(strictly.get('alpha', V1))).toMatchObject({ code: 'invalid_argument' });
    expect(fake.requests.at(-1)?.headers).not.toHaveProperty('x-tc-region');
  });

  it('is a time limit: a call that nobody answers ends', async () => {
    await using fake = await start();
    fake.inject(hang());
    for (const requestTimeout of ['200ms', '0.1s']) {
      const { get } = await open(fake, { properties: { ...KEYS, ...REGION, requestTimeout } });
      expect(await failureOf(get('alpha', V1))).toMatchObject({ code: 'deadline_exceeded' });
    }
  });
});

describe('the language of messages', () => {
  it('is English; strictly, it is Chinese', async () => {
    await using fake = await start();
    for (const [setup, language] of [
      [{}, 'en-US'],
      [{ dialect: strictDialect }, 'zh-CN'],
    ] as const) {
      const { get } = await open(fake, setup);
      await get('alpha', V1);
      expect(fake.requests.at(-1)?.headers['x-tc-language']).toBe(language);
    }
  });
});

describe('what is sent', () => {
  it('goes through a proxy that the environment names', async () => {
    await using fake = await start();
    const environment = { HTTP_PROXY: fake.url };
    const address = new URL('http://ssm.test');
    const { get } = await open(fake, { dependencies: { environment, address } });
    await failureOf(get('alpha', V1));
    expect(fake.requests[0]?.path).toBe('http://ssm.test/');
  });

  it('is encrypted, for a server whose certificate is right', async () => {
    const authority = createAuthority();
    await using fake = await start({ tls: authority.issue('ssm', ['127.0.0.1']) });
    const { get } = await open(fake, { dependencies: { tls: { ca: authority.cert } } });
    expect(await get('alpha', V1)).toEqual({ alpha: 'first of alpha' });
    const other = await open(fake);
    const failure = await failureOf(other.get('alpha', V1));
    expect(failure).toMatchObject({ code: 'unavailable' });
    expect(failure.detail).toContain('tls: failed to verify certificate');
    expect(fake.requests).toHaveLength(1);
  });
});

describe('loading the definition', () => {
  it('loads settings, and nothing that talks', () => {
    const definition = fileURLToPath(new URL('../src/definition.ts', import.meta.url));
    const script = `
      import { registerHooks } from 'node:module';
      registerHooks({ load(url, context, next) { process.stdout.write(url + '\\n'); return next(url, context); } });
      await import(${JSON.stringify(definition)});`;
    const loaded = execFileSync(process.execPath, ['--conditions=@coffer/source', '--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(loaded).toContain('tencentcloud-ssm/src/definition.ts');
    expect(loaded).not.toMatch(/http-client|node:http|node:crypto|src\/store\.ts|src\/connect\.ts/);
  });
});
