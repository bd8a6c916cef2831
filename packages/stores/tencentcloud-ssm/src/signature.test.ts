import { readRecordedCases, recordedHeader } from '@coffer/fake-services/recorded';
import { describe, expect, it } from 'vitest';
import { authorizationOf } from './signature.ts';

const keys = { secretId: 'AKIDexampleTencentSecretId', secretKey: 'example-tencent-secret-key', token: '' };
const requests = readRecordedCases(new URL('../test/recorded/exchanges.json', import.meta.url)).flatMap(
  ({ case: name, upstream }) =>
    // What follows a redirect was sent as it is, and not signed for.
    upstream.filter(({ request }) => request.path === '/').map(({ request }, index) => ({ title: `${name} ${index}`, request })),
);

describe('a signature', () => {
  it('is that of every request that a daprd signed', () => {
    expect(requests.length).toBeGreaterThan(250);
    for (const { title, request } of requests) {
      const timestamp = Number(recordedHeader(request, 'x-tc-timestamp'));
      const ours = authorizationOf(keys, { service: 'ssm', host: request.host, body: request.body, timestamp });
      expect(ours, title).toBe(recordedHeader(request, 'authorization'));
    }
  });

  it('changes with all that is signed', () => {
    const request = { service: 'ssm', host: 'ssm.tencentcloudapi.com', body: '{}', timestamp: 1_795_480_430 };
    const changed = [
      {},
      { service: 'sts' },
      { host: 'ssm.tencentcloudapi.com:444' },
      { body: '{ }' },
      { timestamp: 1_795_480_431 },
    ];
    const all = changed.map((change) => authorizationOf(keys, { ...request, ...change }));
    expect(new Set([...all, authorizationOf({ ...keys, secretKey: 'other' }, request)]).size).toBe(6);
  });
});
