import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { checkSettings, type MetadataProblem } from '@coffer/core/driver';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { parseEndpoint } from '../src/endpoint.ts';
import { serviceAddress } from '../src/regions.ts';
import { SETTINGS } from './open.ts';

function problemsOf(properties: Readonly<Record<string, string>>, doubtful: 'refused' | 'tolerated' = 'refused') {
  return checkSettings(definition, properties, doubtful).problems;
}
const PROJECT = '0605767a9a80d5a72f1bc01234567890';

describe('bad settings', () => {
  it.each<[name: string, properties: Record<string, string>, message: string | RegExp, strictlyToo?: boolean]>([
    ['region', {}, 'unexpected empty parameter: regionId', true],
    ['region', { ...SETTINGS, region: '' }, 'unexpected empty parameter: regionId', true],
    ['region', { ...SETTINGS, region: 'cn-north-4.evil.test' }, 'unexpected regionId: cn-north-4.evil.test', true],
    ['region', { ...SETTINGS, region: 'CN-North-4' }, 'unexpected regionId: CN-North-4', true],
    ['secretAccessKey', { region: 'cn-north-4', accessKey: 'a' }, 'accessKey is set without secretAccessKey'],
    ['accessKey', { region: 'cn-north-4', secretAccessKey: 's' }, 'secretAccessKey is set without accessKey'],
    ['accessKey', { ...SETTINGS, accessKey: '' }, 'secretAccessKey is set without accessKey'],
    ['accessKey', { region: 'cn-north-4', securityToken: 's' }, 'securityToken is set without accessKey'],
    ['projectId', { ...SETTINGS, projectId: 'a/b' }, 'projectId is not the id of a project'],
    ['endpoint', { ...SETTINGS, endpoint: 'not an address' }, 'endpoint is not an address'],
    ['endpoint', { ...SETTINGS, endpoint: 'https://host/v1' }, 'endpoint is not an address'],
    ['endpoint', { ...SETTINGS, endpoint: 'https://me:canary@host' }, 'endpoint is not an address'],
    ['endpoint', { ...SETTINGS, endpoint: 'http://10.0.0.7' }, 'endpoint is not an address'],
    ['iamEndpoint', { ...SETTINGS, iamEndpoint: 'ftp://host' }, 'iamEndpoint is not an address'],
    ['requestTimeout', { ...SETTINGS, requestTimeout: 'soon' }, /^setting requestTimeout is not a duration/, true],
    ['regions', { ...SETTINGS, regions: 'x' }, 'setting regions is not known'],
    ['secretAcessKey', { ...SETTINGS, secretAcessKey: 'canary' }, 'setting secretAcessKey is not known'],
    ['project_id', { ...SETTINGS, project_id: 'x' }, 'setting project_id is not known'],
  ])('%s in %j', (name, properties, message, isStrictlyToo) => {
    const errors = problemsOf(properties).filter(isError);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ name, message: typeof message === 'string' ? message : expect.stringMatching(message) });
    expect(errors[0]?.hint).toMatch(/./);
    expect(JSON.stringify(errors)).not.toContain('canary');
    expect(problemsOf(properties, 'tolerated').filter(isError)).toHaveLength(isStrictlyToo ? 1 : 0);
  });

  it.each([
    [SETTINGS],
    [{ region: 'eu-west-0' }],
    [{ REGION: 'cn-north-4', AccessKey: 'a', secretaccesskey: 's', securityToken: 't', projectId: PROJECT }],
    [{ ...SETTINGS, endpoint: 'http://127.0.0.1:8443', iamEndpoint: 'http://[::1]:8443', requestTimeout: '10' }],
    [{ region: 'mars-1', endpoint: 'kms.mars-1.test', projectId: '', iamEndpoint: '', securityToken: '', accessKey: '' }],
  ])('nothing is wrong with %j', (properties) => {
    expect(problemsOf(properties)).toEqual([]);
  });

  it('a region that is not known is told with the nearest one, and may be right', () => {
    const warning = (region: string) => problemsOf({ ...SETTINGS, region });
    expect(warning('cn-nort-4')).toEqual([
      {
        severity: 'warning',
        name: 'region',
        message: 'region cn-nort-4 is not one that is known',
        hint: 'did you mean cn-north-4?',
      },
    ]);
    expect(warning('mars-1')[0]?.hint).toBe('such as cn-north-4 or eu-west-0');
  });

  it('an address that is of no use is told', () => {
    expect(problemsOf({ ...SETTINGS, projectId: PROJECT, iamEndpoint: 'https://iam.test' })).toMatchObject([
      { severity: 'warning', name: 'iamEndpoint' },
    ]);
  });
});

describe('where requests go', () => {
  it('is by the region’s name', () => {
    expect(serviceAddress('cn-north-4').href).toBe('https://kms.cn-north-4.myhuaweicloud.com/');
  });

  it.each([
    ['kms.test', 'https://kms.test/'],
    ['kms.test:8443', 'https://kms.test:8443/'],
    ['http://localhost:1', 'http://localhost:1/'],
    ['http://127.evil.test', undefined],
    ['https://kms.test?x', undefined],
    ['https://kms.test#x', undefined],
    ['', undefined],
  ])('or an endpoint: %s', (text, href) => {
    expect(parseEndpoint(text)?.href).toBe(href);
  });
});

describe('what is loaded', () => {
  it('with the definition: neither the store nor HTTP', () => {
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      await import('./src/definition.ts');
      console.log(loaded.join('\\n'));`;
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    const args = ['--conditions=@coffer/source', '--no-warnings', '--input-type=module', '--eval', script];
    const loaded = execFileSync(process.execPath, args, { cwd, encoding: 'utf8' });
    expect(loaded).toMatch(/src\/definition\.ts/);
    expect(loaded).not.toMatch(/src\/(store|api|connect|sign|csms)\.ts|http-client|node:(https?|crypto)\b/);
  });
});

function isError({ severity }: MetadataProblem): boolean {
  return severity === 'error';
}
