import { checkSettings } from '@coffer/core/driver';
import { describe, expect, it } from 'vitest';
import { NO_KEYS } from './check-metadata.ts';
import { definition } from './definition.ts';

const KEYS = { secretId: 'AKID', secretKey: 'k' };

function problemsOf(properties: Record<string, string>, doubtful: 'refused' | 'tolerated' = 'refused') {
  return checkSettings(definition, properties, doubtful).problems;
}

describe('settings that are right', () => {
  it.each([
    {},
    { region: 'ap-guangzhou' },
    { ...KEYS, region: '', token: '' },
    { ...KEYS, token: 't' },
    { SECRETID: 'AKID', secretkey: 'k' },
    { ...KEYS, endpoint: 'ssm.intl.tencentcloudapi.com', requestTimeout: '5s' },
    { ...KEYS, endpoint: 'https://ssm.ap-guangzhou.tencentcloudapi.com:8443' },
    { endpoint: 'http://127.0.0.1:8080', stsEndpoint: 'http://[::1]:8080' },
  ])('%j', (properties) => {
    expect(problemsOf(properties)).toEqual([]);
  });
});

describe('settings that are wrong', () => {
  it.each<[name: string, properties: Record<string, string>, message: string | RegExp, isStrictlyToo?: true]>([
    ['secretId', { secretKey: 'k' }, NO_KEYS, true],
    ['secretKey', { secretId: 'AKID' }, NO_KEYS, true],
    ['secretKey', { secretId: 'AKID', secretKey: '' }, NO_KEYS, true],
    ['secretId', { secretId: '', secretKey: '' }, NO_KEYS, true],
    ['secretId', { token: 't' }, NO_KEYS, true],
    ['endpoint', { ...KEYS, endpoint: 'ftp://host' }, 'endpoint is not an address'],
    ['endpoint', { ...KEYS, endpoint: 'not a host' }, 'endpoint is not an address'],
    ['endpoint', { ...KEYS, endpoint: 'host/path' }, 'endpoint is more than a host and a port'],
    ['endpoint', { ...KEYS, endpoint: 'https://me:secret@host' }, 'endpoint is more than a host and a port'],
    ['endpoint', { ...KEYS, endpoint: 'http://10.0.0.7' }, 'endpoint is http, which shows secrets to the network'],
    ['stsEndpoint', { stsEndpoint: 'http://sts' }, 'stsEndpoint is http, which shows secrets to the network'],
    ['stsEndpoint', { ...KEYS, stsEndpoint: 'sts.host' }, 'stsEndpoint is about the key of a pod, and secretKey is set'],
    ['region', { ...KEYS, region: 'ap guangzhou' }, 'region is not a region'],
    ['region', { ...KEYS, region: 'ap-guangzhou\n' }, 'region is not a region'],
    ['requestTimeout', { ...KEYS, requestTimeout: 'soon' }, /setting requestTimeout is not a duration/, true],
    ['secretID_', { ...KEYS, secretID_: 'x' }, 'setting secretID_ is not known'],
    ['end_point', { ...KEYS, end_point: 'x' }, 'setting end_point is not known'],
    ['SecretID', { ...KEYS, SecretID: 'x' }, 'failed to resolve aliases: key secretid is duplicate in the metadata', true],
  ])('%s in %j', (name, properties, message, isStrictlyToo) => {
    const errors = problemsOf(properties).filter(({ severity }) => severity === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ name, message: expect.stringMatching(message) });
    expect(errors[0]?.hint).toBeTruthy();
    const strictly = problemsOf(properties, 'tolerated').filter(({ severity }) => severity === 'error');
    expect(strictly).toHaveLength(isStrictlyToo ? 1 : 0);
  });

  it('say what to write', () => {
    expect(problemsOf({ token: 't' })[0]?.hint).toBe(
      'set secretId and secretKey, or leave out token too to use the key of the environment, pod or machine',
    );
  });
});
