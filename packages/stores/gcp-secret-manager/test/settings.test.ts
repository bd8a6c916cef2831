import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { checkSettings } from '@coffer/core/driver';
import { createAuthority, startFakeService } from '@coffer/fake-services';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { endpointProblem, serviceAddress } from '../src/endpoint.ts';
import { GcpSecretManagerStore } from '../src/store.ts';
import { keyOf, open, start } from './open.ts';

const PROJECT = { projectID: 'my-project' };
const KEY = { type: 'service_account', private_key: 'k', client_email: 'a@b' };
const SETUP = 'failed to setup secretmanager client: ';

function problemsOf(properties: Record<string, string>, doubtful: 'refused' | 'tolerated' = 'refused') {
  return checkSettings(definition, properties, doubtful).problems;
}

describe('settings that are wrong', () => {
  it.each([
    ['G1', {}],
    ['G2', { type: 'service_account' }],
    ['empty', { projectID: '' }],
    ['empty, and an alias that is not', { projectID: '', project_id: 'my-project' }],
  ])('%s: a project is needed', (_, properties) => {
    const [problem, ...others] = problemsOf(properties, 'tolerated');
    expect(problem).toMatchObject({ severity: 'error', name: 'projectID', message: 'missing property `project_id` in metadata' });
    expect(others).toEqual([]);
  });

  it.each<[name: string, properties: Record<string, string>, message: string | RegExp, isStrictlyToo?: true]>([
    ['type', { ...PROJECT, private_key_id: 'k' }, `${SETUP}missing property \`type\` in metadata`, true],
    [
      'privateKey',
      { ...PROJECT, private_key_id: 'k', type: 'service_account' },
      `${SETUP}missing property \`private_key\` in metadata`,
      true,
    ],
    [
      'clientEmail',
      { ...PROJECT, ...KEY, private_key_id: 'k', client_email: '' },
      `${SETUP}missing property \`client_email\` in metadata`,
      true,
    ],
    ['projectID', { projectID: 'my-project/secrets/x' }, 'projectID is not a project', true],
    ['projectID', { projectID: '..' }, 'projectID is not a project', true],
    [
      'credentialsJSON',
      { ...PROJECT, ...KEY, credentialsJSON: '{}' },
      'privateKey and credentialsJSON are two sets of credentials',
    ],
    [
      'credentialsFile',
      { ...PROJECT, credentialsFile: '/a', credentials_json: '{}' },
      'credentialsJSON and credentialsFile are two sets of credentials',
    ],
    [
      'withoutAuthentication',
      { ...PROJECT, credentialsFile: '/a', withoutAuthentication: 'true' },
      'withoutAuthentication contradicts credentialsFile',
    ],
    ['location', { ...PROJECT, location: 'europe/west3' }, 'location is not a region'],
    ['location', { ...PROJECT, location: 'evil.test/' }, 'location is not a region'],
    ['universeDomain', { ...PROJECT, universeDomain: 'https://googleapis.com' }, 'universeDomain is not a domain'],
    ['endpoint', { ...PROJECT, endpoint: 'ftp://host' }, 'endpoint is not an address'],
    ['endpoint', { ...PROJECT, endpoint: 'not an address' }, 'endpoint is not an address'],
    ['endpoint', { ...PROJECT, endpoint: 'https://host/v1' }, 'endpoint is more than a host and a port'],
    ['endpoint', { ...PROJECT, endpoint: 'https://me:secret@host' }, 'endpoint is more than a host and a port'],
    [
      'endpoint',
      { ...PROJECT, endpoint: 'http://10.0.0.7:8085' },
      'endpoint is http, which shows tokens and secrets to the network',
    ],
    ['allowPlainHttp', { ...PROJECT, allowPlainHttp: 'true' }, 'allowPlainHttp is about an endpoint, and none is set'],
    ['allowPlainHttp', { ...PROJECT, allowPlainHttp: 'perhaps' }, 'setting allowPlainHttp is not a boolean'],
    ['withoutAuthentication', { ...PROJECT, withoutAuthentication: '2' }, 'setting withoutAuthentication is not a boolean'],
    ['requestTimeout', { ...PROJECT, requestTimeout: 'soon' }, /setting requestTimeout is not a duration/, true],
    ['projectId_', { ...PROJECT, projectId_: 'x' }, 'setting projectId_ is not known'],
    ['credentialJSON', { ...PROJECT, credentialJSON: '{}' }, 'setting credentialJSON is not known'],
    ['quota_project', { ...PROJECT, quota_project: 'x' }, 'setting quota_project is not known'],
    ['end_point', { ...PROJECT, end_point: 'x' }, 'setting end_point is not known'],
    [
      'Project_ID',
      { ...PROJECT, project_id: 'a', Project_ID: 'b' },
      'failed to resolve aliases: key project_id is duplicate in the metadata',
      true,
    ],
  ])('%s in %j', (name, properties, message, isStrictlyToo) => {
    const errors = problemsOf(properties).filter(({ severity }) => severity === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ name, message: typeof message === 'string' ? message : expect.stringMatching(message) });
    expect(errors[0]?.hint).toMatch(/./);
    expect(JSON.stringify(errors)).not.toMatch(/me:secret/);
    const strict = problemsOf(properties, 'tolerated').filter(({ severity }) => severity === 'error');
    expect(strict).toHaveLength(isStrictlyToo ? 1 : 0);
  });

  it.each([
    [{ ...PROJECT, ...KEY }],
    [{ PROJECT_ID: 'example.com:my-project', ...KEY, privateKeyID: 'k', client_id: '1', auth_uri: 'x', tokenURI: 'x' }],
    [{ ...PROJECT, credentials_json: '{}', trustedTokenHosts: 'a,b' }],
    [{ ...PROJECT, endpoint: 'http://127.0.0.1:8085', withoutAuthentication: 'true' }],
    [{ ...PROJECT, endpoint: 'http://emulator:8085', allowPlainHttp: 'true' }],
    [{ ...PROJECT, endpoint: 'secretmanager-shop.p.googleapis.com', location: 'europe-west3', requestTimeout: '10' }],
    [{ ...PROJECT, endpoint: '', location: '', universe_domain: '', filter: '' }],
  ])('nothing is wrong with %j', (properties) => {
    expect(problemsOf(properties)).toEqual([]);
  });

  it('refuses a key that is of another type', async () => {
    await using fake = await start();
    await expect(open(fake, { properties: { ...keyOf(fake), type: 'external_account' } })).rejects.toMatchObject({
      code: 'failed_precondition',
      hint: 'for other credentials use credentialsJSON or credentialsFile',
    });
  });
});

describe('where requests go', () => {
  it('is Google, of the world or of a region, in its own cloud', () => {
    expect(serviceAddress('googleapis.com', '').href).toBe('https://secretmanager.googleapis.com/');
    expect(serviceAddress('googleapis.com', 'europe-west3').href).toBe('https://secretmanager.europe-west3.rep.googleapis.com/');
    expect(serviceAddress('example.test', '').href).toBe('https://secretmanager.example.test/');
    expect(endpointProblem('http://[::1]:8085', false)).toBeUndefined();
    expect(endpointProblem('http://127.evil.test', false)).toBeDefined();
  });

  it('is the endpoint, over TLS by its own authority, or without TLS and credentials on this machine', async () => {
    await using fake = await start();
    const around = { environment: {}, productFile: '/nowhere', metadataHost: '127.0.0.1:1' };
    const logger = { debug() {}, info() {}, error() {}, warn: (line: string) => void lines.push(line) };
    const lines: string[] = [];
    const read = async (store: GcpSecretManagerStore, properties: Record<string, string>) => {
      const { metadata } = checkSettings(definition, { ...PROJECT, ...properties }, 'refused');
      const { cofferDialect: dialect } = await import('@coffer/core');
      await store.init({ component: 'gcp', metadata, dialect, logger });
      return await store.get({ name: 'alpha', metadata: {} }).finally(() => store.close());
    };
    const plain = read(new GcpSecretManagerStore(around), { ...keyOf(fake), endpoint: fake.url });
    expect((await plain).version).toBe('2');
    const anonymous = read(new GcpSecretManagerStore(around), { endpoint: fake.url, withoutAuthentication: 'true' });
    await expect(anonymous).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(fake.service.requests.at(-1)?.headers.authorization).toBeUndefined();
    const authority = createAuthority();
    const handler = () => ({ status: 200, body: { name: 'projects/1/secrets/alpha/versions/7', payload: { data: '' } } });
    await using secure = await startFakeService(handler, { tls: authority.issue('fake', ['127.0.0.1']) });
    const properties = { endpoint: secure.url.replace('https://', ''), withoutAuthentication: 'true' };
    expect((await read(new GcpSecretManagerStore({ ...around, tls: { ca: authority.cert } }), properties)).version).toBe('7');
    await expect(read(new GcpSecretManagerStore(around), properties)).rejects.toMatchObject({
      code: 'unavailable',
      detail: expect.stringContaining('failed to verify certificate'),
    });
    expect(lines).toEqual([]);
  });

  it('is told in the log when it is a host without TLS', async () => {
    const lines: string[] = [];
    const logger = { debug() {}, info() {}, error() {}, warn: (line: string) => void lines.push(line) };
    const store = new GcpSecretManagerStore({ environment: {} });
    const properties = { ...PROJECT, endpoint: 'http://emulator.test', allowPlainHttp: 'true', withoutAuthentication: 'true' };
    const { metadata } = checkSettings(definition, properties, 'refused');
    const { cofferDialect: dialect } = await import('@coffer/core');
    await store.init({ component: 'gcp', metadata, dialect, logger });
    await store.close();
    expect(lines).toEqual(['tokens and secrets travel to emulator.test unencrypted: the endpoint is http']);
  });
});

describe('what is loaded', () => {
  const loadedBy = (script: string) => {
    const record = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      ${script}
      console.log(loaded.join('\\n'));`;
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    const args = ['--conditions=@coffer/source', '--no-warnings', '--input-type=module', '--eval', record];
    return execFileSync(process.execPath, args, { cwd, encoding: 'utf8' });
  };

  it('with the definition: neither the store, nor HTTP, nor Google’s library', () => {
    const loaded = loadedBy("await import('./src/definition.ts');");
    expect(loaded).toMatch(/src\/definition\.ts/);
    expect(loaded).not.toMatch(/google-auth|gaxios|src\/(store|client|connect|credentials)|http-client|node:https?\b/);
  });

  it('with a key: not Google’s library; it comes with federated credentials', () => {
    const init = (properties: string) => `
      const { definition } = await import('./src/definition.ts');
      const { checkSettings } = await import('@coffer/core/driver');
      const { cofferDialect: dialect } = await import('@coffer/core');
      const { generateKeyPairSync } = await import('node:crypto');
      const pem = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
      const store = await definition.create();
      const { metadata } = checkSettings(definition, { projectID: 'p', ...${properties} }, 'refused');
      await store.init({ component: 'gcp', metadata, dialect, logger: console });`;
    const key = loadedBy(init("{ type: 'service_account', privateKey: pem(), clientEmail: 'a@b' }"));
    expect(key).toMatch(/src\/store\.ts/);
    expect(key).not.toMatch(/google-auth|gaxios/);
    const document = {
      type: 'external_account',
      audience: 'a',
      subject_token_type: 't',
      credential_source: { file: '/nowhere' },
    };
    expect(loadedBy(init(JSON.stringify({ credentialsJSON: JSON.stringify(document) })))).toMatch(/google-auth-library/);
  });
});
