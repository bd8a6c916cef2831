import { cofferDialect } from '@coffer/core';
import { decodeMetadata } from '@coffer/core/driver';
import { answer, huge, redirect, startFakeService } from '@coffer/fake-services';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../src/check.ts';
import { definition } from '../src/definition.ts';
import { guardLookup, type Resolve } from '../src/guarded-lookup.ts';
import { isForbiddenAddress } from '../src/hosts.ts';
import { requestUrl } from '../src/request-url.ts';
import { HttpStore } from '../src/store.ts';
import { urlTemplateOf } from '../src/url-template.ts';
import { JsonVault } from './json-vault.ts';
import { failureOf, open } from './open.ts';

const template = urlTemplateOf('https://vault.test:8443/v1/secrets/{name}/data?version={version_id}&plain=1');

describe('a name', () => {
  it.each([
    ['plain', 'plain'],
    ['__proto__', '__proto__'],
    ['a b+c', 'a%20b%2Bc'],
    ['team/db', 'team%2Fdb'],
    ['a?b=c#d', 'a%3Fb%3Dc%23d'],
    ['@evil.test', '%40evil.test'],
    ['//evil.test', '%2F%2Fevil.test'],
    ['https://evil.test/', 'https%3A%2F%2Fevil.test%2F'],
    ['%2f%00%0d%0a', '%252f%2500%250d%250a'],
    ['a\\b', 'a%5Cb'],
    ['...', '...'],
    ['.hidden', '.hidden'],
    ['a..b/c.', 'a..b%2Fc.'],
    ['{name}{version_id}', '%7Bname%7D%7Bversion_id%7D'],
    ['😀', '%F0%9F%98%80'],
    ['byte \udcff\udc80', 'byte%20%FF%80'],
    ['x'.repeat(1024), 'x'.repeat(1024)],
  ])('%j stays in its place', (name, escaped) => {
    const url = requestUrl(template, (variable) => (variable === 'name' ? name : undefined));
    expect(url.href).toBe(`https://vault.test:8443/v1/secrets/${escaped}/data?plain=1`);
  });

  it.each([
    '.',
    '..',
    '../x',
    'x/../../y',
    'a/.',
    '..\\x',
    '%2e%2e/x',
    '%2E%2e%2Fx',
    '%252e%252e%252fx',
    '..%5cx',
    'nul\0',
    'a\r\nX-Injected: 1',
    'tab\t',
    '\u0085',
    '\ud800',
    'x\udc00',
    '\udfff\ud83d',
    '',
  ])('%j is refused before anything is sent', async (name) => {
    await using vault = await JsonVault.start();
    await using opened = await open(vault.settings());
    expect(await failureOf(opened.get(name))).toMatchObject({ code: 'invalid_argument', retryable: false });
    expect(await failureOf(opened.get('a', { version_id: name === '' ? '..' : name }))).toMatchObject({
      code: 'invalid_argument',
    });
    expect(vault.service.requests).toEqual([]);
  });

  it('with slashes has as many steps as it says where those are kept', () => {
    const kept = urlTemplateOf('https://vault.test/v1/{name*}?n={name}');
    const hrefOf = (name: string) => requestUrl(kept, () => name).href;
    expect(hrefOf('team/d b/x?')).toBe('https://vault.test/v1/team/d%20b/x%3F?n=team%2Fd%20b%2Fx%3F');
    for (const name of ['/a', 'a/', 'a//b', '/', 'a/../b', '..']) expect(() => hrefOf(name), name).toThrow(/invalid_argument/);
  });

  it('makes no step of its own out of the dots of the address', () => {
    for (const text of ['https://v.test/a/.{name}', 'https://v.test/a/{name}.', 'https://v.test/a/%2e{name}']) {
      const dotted = urlTemplateOf(text);
      expect(requestUrl(dotted, () => 'x').pathname).toMatch(/^\/a\/[.%2ex]+$/);
      expect(() => requestUrl(dotted, () => '.'), text).toThrow(/invalid_argument/);
    }
  });

  it('whatever it is, reaches its own place or none', () => {
    const character = fc.oneof(fc.constantFrom(...'./\\%2e2f?#@:&=+{}* \0\r\n'), fc.string({ unit: 'binary', maxLength: 2 }));
    const name = fc.array(character, { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(name, name, (given, version) => {
        let url: URL;
        try {
          url = requestUrl(template, (variable) => (variable === 'name' ? given : version));
        } catch (cause) {
          expect(cause).toMatchObject({ code: 'invalid_argument' });
          return;
        }
        const steps = url.pathname.split('/');
        expect([url.origin, url.username, url.hash, steps.length]).toEqual(['https://vault.test:8443', '', '', 5]);
        expect([steps[1], steps[2], steps[4]]).toEqual(['v1', 'secrets', 'data']);
        expect(decodeURIComponent(steps[3] as string)).toBe(given);
        expect([url.searchParams.get('version') ?? '', url.searchParams.get('plain')]).toEqual([version, '1']);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('credentials stay at their place', () => {
  it.each([301, 302, 303, 307, 308])('a redirect is not followed: %i', async (status) => {
    await using vault = await JsonVault.start();
    await using thief = await startFakeService(() => ({ status: 200, body: { data: { value: 'x' } } }));
    vault.service.inject(redirect(`${thief.url}/v1/secrets/a?token=canary`, status));
    await using opened = await open(vault.settings());
    const failure = await failureOf(opened.get('a'));
    expect(failure).toMatchObject({ code: 'failed_precondition', hint: expect.stringContaining('redirects are not followed') });
    expect(JSON.stringify(failure)).not.toContain('canary');
    expect(thief.requests).toEqual([]);
  });

  it.each([
    'http://127.0.0.1:1/next',
    '//evil.test/next',
    'https://127.0.0.1/',
    'file:///etc/passwd',
    'http://[',
    'javascript:0',
  ])('a page elsewhere is not asked for: %s', async (next) => {
    await using vault = await JsonVault.start();
    for (const [settings, fault] of [
      [{}, answer(200, {}, { items: [{ name: 'a' }], next })],
      [{ nextPath: '', followLinks: 'true' }, answer(200, { link: `<${next}>; rel=next` }, { items: [] })],
    ] as const) {
      vault.service.clearFaults();
      vault.service.inject(fault);
      await using opened = await open({ ...vault.settings(), ...settings });
      const failure = await failureOf(opened.list());
      expect(failure).toMatchObject({ code: 'failed_precondition', operation: 'list' });
      expect(failure.detail).toMatch(/the next page is at another place|the address of the next page is none/);
    }
    expect(vault.service.requests).toHaveLength(2);
  });

  it('a page with a user in its address, or another scheme, is not asked for', async () => {
    await using vault = await JsonVault.start();
    const { url } = vault.service;
    for (const next of [url.replace('//', '//user:pass@'), url.replace('http:', 'https:')]) {
      vault.service.clearFaults();
      vault.service.inject(answer(200, {}, { items: [], next }));
      await using opened = await open(vault.settings());
      expect((await failureOf(opened.list())).detail).toBe("couldn't list secrets: the next page is at another place");
    }
  });

  it.each(['listUrl', 'pingUrl'])('%s is at the place of url', (setting) => {
    for (const other of [
      'https://evil.test/',
      'https://vault.test:444/',
      'http://vault.test/',
      'https://vault.test.evil.test/',
    ]) {
      const { metadata } = decodeMetadata(definition.metadata, {
        url: 'https://vault.test/{name}',
        valuePath: '$',
        listPath: '$',
        listUrl: 'https://VAULT.test:443/list',
        [setting]: other,
      });
      expect(check(metadata).map(({ name, message }) => [name, message])).toEqual([
        [setting, `setting ${setting} is at another place than url`],
      ]);
    }
  });
});

describe('an answer', () => {
  it('is read up to a limit', async () => {
    await using vault = await JsonVault.start();
    vault.put('a', { a: 'x'.repeat(2000) });
    await using opened = await open({ ...vault.settings(), maxResponse: '1Ki' });
    const failure = await failureOf(opened.get('a'));
    expect(failure).toMatchObject({ code: 'resource_exhausted', hint: expect.stringContaining('maxResponse') });
    vault.service.inject(huge(64 * 2 ** 20));
    expect(await failureOf(opened.list())).toMatchObject({ code: 'resource_exhausted', retryable: false });
    await using usual = await open(vault.settings());
    expect(await failureOf(usual.get('a'))).toMatchObject({ code: 'resource_exhausted' });
  });

  it.each([
    ['text/html', '{"data": {"value": "x"}}', 'the answer is text/html, not JSON'],
    ['', '{"data": {"value": "x"}}', 'the answer is of no known kind, not JSON'],
    ['text/<canary>', '{}', 'the answer is of no known kind, not JSON'],
    ['application/json', '{"data": {"value": "canary', 'the answer is not JSON'],
    ['application/json', '<html>canary', 'the answer is not JSON'],
    ['application/json', Buffer.from([0x22, 0xff, 0x22]), 'the answer is not UTF-8'],
  ])('that is no JSON is none: %s %s', async (type, body, text) => {
    await using service = await startFakeService(() => ({
      status: 200,
      headers: type === '' ? {} : { 'content-type': type },
      body,
    }));
    await using opened = await open({ url: `${service.url}/{name}`, valuePath: '$.data.value' });
    const failure = await failureOf(opened.get('a'));
    expect(failure).toMatchObject({ code: 'unavailable', retryable: false, detail: `couldn't read secret a: ${text}` });
    expect(failure.hint).toMatch(/^check url: /);
  });

  it('may be of a type that the component names', async () => {
    const headers = { 'content-type': 'Text/Plain; charset=utf-8' };
    await using service = await startFakeService(() => ({ status: 200, headers, body: '"x"' }));
    const settings = { url: `${service.url}/{name}`, valuePath: '$', contentTypes: 'application/json, text/plain' };
    await using opened = await open(settings);
    expect(await opened.get('a')).toEqual({ a: 'x' });
  });

  it('that is nested too deeply is a failure of that read alone', async () => {
    const deep = `${'['.repeat(100_000)}1${']'.repeat(100_000)}`;
    const headers = { 'content-type': 'application/json' };
    await using service = await startFakeService(() => ({ status: 200, headers, body: deep }));
    for (const valuePath of ['$', '$..value', '$..*']) {
      await using opened = await open({ url: `${service.url}/{name}`, valuePath });
      const failure = await failureOf(opened.get('a'));
      expect(failure.code).toBe('failed_precondition');
      expect(failure.detail, valuePath).toBe("couldn't read secret a: the answer is nested too deeply");
    }
  });

  it('has no prototypes to read', async () => {
    await using service = await startFakeService(() => ({ status: 200, body: { value: 'x' } }));
    for (const valuePath of ['$.__proto__', '$.constructor', '$.toString', "$['value'].length", '$.value.constructor']) {
      await using opened = await open({ url: `${service.url}/{name}`, valuePath });
      expect((await failureOf(opened.get('a'))).detail, valuePath).toBe("couldn't read secret a: the answer has no value");
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('addresses where machines get credentials', () => {
  it.each([
    'https://169.254.169.254/{name}',
    'https://169.254.0.1/{name}',
    'https://2852039166/{name}',
    'https://0xa9fea9fe/{name}',
    'https://0251.0376.0251.0376/{name}',
    'https://169.16689662/{name}',
    'https://①⑥⑨.254.169.254/{name}',
    'https://[::ffff:169.254.169.254]/{name}',
    'https://[0:0:0:0:0:ffff:a9fe:a9fe]/{name}',
    'https://[64:ff9b::169.254.169.254]/{name}',
    'https://[fe80::1]/{name}',
    'https://[FEBF:0::1]/{name}',
    'https://[fd00:ec2::254]/{name}',
    'https://[fd20:ce::254]/{name}',
    'https://100.100.100.200/{name}',
    'https://168.63.129.16/{name}',
    'https://192.0.0.192/{name}',
    'https://[::ffff:192.0.0.192]/{name}',
    'https://metadata.google.internal/{name}',
    'https://METADATA.google.internal./{name}',
  ])('are refused: %s', (url) => {
    const problems = (more: Record<string, string>) =>
      check(decodeMetadata(definition.metadata, { url, valuePath: '$', ...more }).metadata);
    expect(problems({})).toMatchObject([{ name: 'url', hint: expect.stringContaining('allowLinkLocal') }]);
    expect(problems({ allowLinkLocal: 'true' })).toEqual([]);
  });

  it('are known as the operating system writes them', () => {
    for (const address of ['169.254.169.254', 'fe80::1%eth0', '::ffff:169.254.169.254', 'fd00:ec2:0:0::254', 'what is this']) {
      expect(isForbiddenAddress(address), address).toBe(true);
    }
    for (const address of ['10.0.0.1', '127.0.0.1', '::1', '2001:db8::1', '169.253.1.1', 'fd00::1']) {
      expect(isForbiddenAddress(address), address).toBe(false);
    }
  });

  it('are refused too when a name stands for them, at the moment of the connection', async () => {
    await using vault = await JsonVault.start();
    vault.put('a', { a: 'x' });
    let addresses = ['127.0.0.1'];
    const asked: string[] = [];
    const resolve: Resolve = (hostname, _, callback) => {
      asked.push(hostname);
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };
    const { token = '', valuePath = '' } = vault.settings();
    const url = `http://vault.test:${vault.service.port}/v1/secrets/{name}`;
    await using opened = await open({ url, token, valuePath, allowHttp: 'true' }, { resolve });
    expect(await opened.get('a')).toEqual({ a: 'x' });
    vault.service.dropConnections();
    addresses = ['127.0.0.1', '169.254.169.254'];
    const failure = await failureOf(opened.get('a'));
    expect(failure).toMatchObject({ code: 'invalid_argument', hint: expect.stringContaining('allowLinkLocal') });
    expect(failure.detail).toBe("couldn't read secret a: vault.test leads to where clouds give credentials to machines");
    expect(asked).toEqual(['vault.test', 'vault.test']);
    expect(vault.service.requests).toHaveLength(1);
  });

  it('by one address or by all, as Node asks', async () => {
    const found = (name: string, all: boolean) =>
      new Promise((resolve, reject) => {
        guardLookup()(name, { all }, (error, address) => (error === null ? resolve(address) : reject(error)));
      });
    // An address as text is its own name to the operating system.
    await expect(found('169.254.169.254', true)).rejects.toMatchObject({ reason: 'configuration' });
    await expect(found('fe80::1', false)).rejects.toMatchObject({ reason: 'configuration' });
    expect(await found('127.0.0.1', false)).toBe('127.0.0.1');
    expect(await found('127.0.0.1', true)).toEqual([{ address: '127.0.0.1', family: 4 }]);
    await expect(found('nowhere.invalid', true)).rejects.toMatchObject({ code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) });
  });
});

describe('plain http', () => {
  it('is for this machine, and is told of', async () => {
    for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '[::1]']) {
      await using opened = await open({ url: `http://${host}:1/{name}`, valuePath: '$' });
      expect(opened.lines).toEqual([`info secrets of http://${host}:1 come unencrypted, from this machine only`]);
    }
  });

  it('elsewhere needs allowHttp, and is warned of', async () => {
    const settings = { url: 'http://vault.test/{name}', valuePath: '$' };
    for (const url of [
      settings.url,
      'http://localhost.evil.test/{name}',
      'http://127.0.0.1.evil.test/{name}',
      'http://10.0.0.1/{name}',
    ]) {
      const { metadata } = decodeMetadata(definition.metadata, { ...settings, url });
      expect(check(metadata)).toMatchObject([{ severity: 'error', name: 'url', hint: 'use https, or set allowHttp: true' }]);
    }
    await using opened = await open({ ...settings, allowHttp: 'true' });
    expect(opened.lines).toEqual([
      'warn allowHttp is true: credentials and secrets of http://vault.test travel unencrypted, and anybody in between can read them',
    ]);
  });
});

describe('a proxy', () => {
  it('is the one of the environment', async () => {
    await using proxy = await startFakeService(({ path, headers }) => ({
      status: 200,
      body: { value: `${path} ${headers['proxy-authorization']}` },
    }));
    const settings = { url: 'http://vault.test:81/{name}', valuePath: '$.value', allowHttp: 'true' };
    await using opened = await open(settings, { environment: { HTTP_PROXY: proxy.url.replace('//', '//user:pass@') } });
    const credentials = Buffer.from('user:pass').toString('base64');
    expect(await opened.get('a')).toEqual({ a: `http://vault.test:81/a Basic ${credentials}` });
  });
});

it('without a checked component nothing is open', async () => {
  const store = new HttpStore();
  expect(await failureOf(store.get({ name: 'a', metadata: {} }))).toMatchObject({ code: 'unavailable' });
  const { metadata } = decodeMetadata(definition.metadata, { url: 'https://v.test/{name}', valuePath: '$.a' });
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const context = { component: 'c', metadata, dialect: cofferDialect, logger };
  expect(await failureOf(store.init(context, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'canceled' });
});
