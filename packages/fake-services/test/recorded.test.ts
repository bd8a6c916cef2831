import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { SecretStoreError, type StoreDefinition } from '@coffer/core/driver';
import { describe, expect, it } from 'vitest';
import {
  meaningOf,
  type RecordedCase,
  type RecordedVendor,
  replay,
  seenRequestOf,
  type VendorOptions,
} from '../src/recorded/index.ts';

const request = {
  host: 'vendor.example',
  method: 'POST',
  path: '/',
  query: 'Name=a+b&Version=1',
  headers: [
    ['Host', 'vendor.example'],
    ['Authorization', 'signed'],
    ['X-Action', 'Get'],
  ],
  body: '{"b":1,"a":2}',
} as const;
const recorded: RecordedCase = {
  case: 'vendor/get',
  component: `apiVersion: dapr.io/v1alpha1
kind: Component
metadata: { name: toy }
spec: { type: secretstores.toy, version: v1, metadata: [] }
`,
  env: {},
  clientRequest: { method: 'GET', path: '/v1.0/secrets/toy/a%20b' },
  upstream: [{ request, response: { status: 200, headers: {}, body: 's<1>' } }],
  clientResponse: { status: 200, body: '{"a b":"s\\u003c1\\u003e"}\n' },
};
const options: VendorOptions = {
  verify: ({ headers }) => (headers.authorization === 'signed' ? undefined : 'nobody signed it'),
  headerNames: ['x-action'],
};

interface Toy {
  readonly signature?: string;
  readonly action?: string;
  readonly times?: number;
  readonly init?: string;
}

/** A driver that asks as the recording does, unless it is told to do something else. */
function toy({ address }: RecordedVendor, { signature = 'signed', action = 'Get', times = 1, init }: Toy): StoreDefinition {
  const ask = async (name: string): Promise<string> => {
    const headers = { host: 'vendor.example', authorization: signature, 'x-action': action };
    const path = `/?Version=1&Name=${encodeURIComponent(name)}`;
    const sent = http.request({ host: address.hostname, port: address.port, path, method: 'POST', headers, agent: false });
    const [response] = (await once(sent.end('{"a":2,"b":1}'), 'response')) as [IncomingMessage];
    if (response.statusCode !== 200) throw new SecretStoreError('unknown', `status ${response.statusCode}`);
    return text(response);
  };
  return {
    $type: '@coffer/store-definition',
    contract: 1,
    type: 'secretstores.toy',
    version: 'v1',
    title: 'Toy',
    status: 'alpha',
    metadata: {},
    requestMetadata: [],
    features: [],
    create: () => ({
      async init() {
        if (init !== undefined) throw new SecretStoreError('invalid_argument', init);
      },
      async get({ name }) {
        let value = '';
        for (let time = 0; time < times; time++) value = await ask(name);
        return { data: { [name]: value } };
      },
      features: () => [],
      async close() {},
    }),
  };
}

function differences(given: Partial<RecordedCase>, behaviour: Toy = {}, otherwise?: Parameters<typeof replay>[1]['otherwise']) {
  return replay({ ...recorded, ...given }, { ...options, otherwise, definitionFor: (vendor) => toy(vendor, behaviour) });
}

describe('a recorded case', () => {
  it('is met by the same calls, however they are written, and the same answer to the byte', async () => {
    expect(await differences({})).toEqual([]);
    // A retry is the same call once more.
    expect(await differences({}, { times: 3 })).toEqual([]);
  });

  it('tells of a wrong signature', async () => {
    const [first = '', ...others] = await differences({}, { signature: 'forged' });
    expect(first).toBe('signature of POST /?Version=1&Name=a%20b: nobody signed it');
    expect(others).toEqual([
      'not asked for: POST /?Name=a+b&Version=1',
      'status 500, not 200',
      expect.stringContaining('status 403'),
    ]);
  });

  it('tells of calls that were not recorded, and of those that are not made', async () => {
    const second = { request: { ...request, path: '/other' }, response: { status: 200, headers: {}, body: '' } } as const;
    expect(await differences({}, { action: 'Take' })).toEqual([expect.stringContaining('x-action: Take')]);
    const upstream = [...recorded.upstream, second];
    expect(await differences({ upstream })).toEqual(['not asked for: POST /other?Name=a+b&Version=1']);
    expect(await differences({ upstream }, {}, { because: 'one is enough', sends: 1 })).toEqual([]);
    expect(await differences({}, {}, { because: 'none is needed', sends: 0 })).toEqual(['1 calls more than the 0 expected']);
  });

  it('tells of another answer, and compares only the start of a message where that is the contract', async () => {
    expect(await differences({ clientResponse: { status: 200, body: '{"a b":"s<1>"}\n' } })).toEqual([
      'the client gets: {"a b":"s\\u003c1\\u003e"}\n',
    ]);
    const upstream = [{ request, response: { drop: true } }] as const;
    const failure = { upstream, clientResponse: { status: 500, body: '' } } as const;
    const start = 'failed getting secret with key a b from secret store toy: ';
    expect(await differences({ ...failure, stableMessagePrefix: start })).toEqual([]);
    expect(await differences({ ...failure, stableMessagePrefix: `${start}SDK: ` })).toEqual([expect.stringContaining(start)]);
  });

  it('wants to be told what comes instead of a crash', async () => {
    const crash = { clientResponse: { status: null, body: null, connectionClosed: true, why: 'panic' } } as const;
    expect(await differences(crash)).toEqual([expect.stringContaining('the reference crashed here')]);
    const answer = { status: 200, body: '{"a b":"s\\u003c1\\u003e"}\n' };
    expect(await differences(crash, {}, { because: 'nothing is wrong with it', answer })).toEqual([]);
  });

  it('compares the log line of a component that fails', async () => {
    const log = (text: string) =>
      `level=error msg="Failed to init component toy (secretstores.toy/v1): [INIT_COMPONENT_FAILURE]: initialization error occurred for toy (secretstores.toy/v1): ${text}"`;
    const failed = { upstream: [], init: { started: false, exitCode: 1, log: log('no \\"region\\"') } };
    expect(await differences(failed, { init: 'no "region"' })).toEqual([]);
    expect(await differences(failed, { init: 'something else' })).toEqual([expect.stringContaining('the log has no line')]);
    expect(await differences({ ...failed, clientRequest: null })).toEqual(['the component is up']);
    expect(await differences(failed, { init: 'something else' }, { because: 'clearer', fails: 'something' })).toEqual([]);
  });
});

describe('the meaning of a request', () => {
  const meaning = (change: Partial<Record<keyof typeof request, string>>) =>
    meaningOf(seenRequestOf({ ...request, ...change } as typeof request), []);

  it('is not in the order and the escapes of its query, nor in those of its JSON', () => {
    expect(meaning({ query: 'Version=1&Name=a%20b', body: ' {"a":2, "b":1}' })).toBe(meaning({}));
    expect(meaning({ query: 'Version=&Name=a' })).toBe(meaning({ query: 'Name=a&Version' }));
  });

  it.each([
    { method: 'GET' },
    { path: '/a' },
    { query: 'Name=a+b&Version=2' },
    { query: 'Name=a%2Bb&Version=1' },
    { body: '{"b":1,"a":"2"}' },
    { body: '{"b":1' },
  ])('is in %o', (change) => {
    expect(meaning(change)).not.toBe(meaning({}));
  });
});
