import { signatureProblem } from '@coffer/fake-services/alicloud';
import {
  exchangesOf,
  type Otherwise,
  type RecordedCase,
  type RecordedExchange,
  readRecordedCases,
  recordedHeader,
  replay,
  seenRequestOf,
} from '@coffer/fake-services/recorded';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { canonicalQuery, signedHeaders } from '../src/signature.ts';
import { AlicloudParameterStore } from '../src/store.ts';

const cases = readRecordedCases(new URL('recorded/exchanges.json', import.meta.url));
const KEY_ID = 'LTAI-example-access-key-id';
const SECRET = 'example-alibaba-access-key-secret';
const TOKEN = 'example-sts-token/+=';

/** Without both keys the reference signs with an empty one. */
function secretOf(keyId: string): string {
  return keyId === KEY_ID ? SECRET : '';
}

const NOT_THE_SERVICE = "couldn't get secret: the answer is not that of the service";
const NO_VALUE = 'came without a value';
const CRASHED = 'the reference crashes and closes the connection';

/** What the client gets where the reference crashed, or would go on for ever. */
const OTHERWISE: Readonly<Record<string, Otherwise>> = {
  'alicloud/get-500-empty': failed("couldn't get secret: the answer is not that of the service: status 500"),
  'alicloud/get-empty-body': failed(NOT_THE_SERVICE),
  'alicloud/get-json-null': failed(NOT_THE_SERVICE),
  'alicloud/get-json-array': failed(NOT_THE_SERVICE),
  'alicloud/get-value-null': failed(`couldn't get secret: parameter x ${NO_VALUE}`),
  'alicloud/get-value-absent': failed(`couldn't get secret: parameter x ${NO_VALUE}`),
  'alicloud/get-name-null': {
    because: 'a value without a name is that of the name that was asked for',
    answer: { status: 200, body: '{"x":"v"}\n' },
  },
  'alicloud/bulk-value-null': {
    because: CRASHED,
    answer: {
      status: 500,
      message: `failed getting secrets from secret store ali: couldn't get secrets: parameter a ${NO_VALUE}`,
    },
  },
  'alicloud/get-redirect-302': { because: 'a redirect is not followed: it would carry the signature away', sends: 1 },
  'alicloud/bulk-empty-token': {
    because: 'an empty token ends the pages: a service that goes on giving it would be asked for ever',
    sends: 1,
    answer: { status: 200, body: '{"a":{"a":"1"}}\n' },
  },
};

function failed(message: string): Otherwise {
  return {
    because: CRASHED,
    answer: { status: 500, message: `failed getting secret with key x from secret store ali: ${message}` },
  };
}

describe('what the reference asks of OOS and tells its client, under the strict dialect', () => {
  it.each(cases)('$case', async (recorded) => {
    const differences = await replay(recorded, {
      verify: (request) => signatureProblem(request, secretOf),
      headerNames: ['x-acs-action', 'x-acs-version', 'x-acs-security-token', 'x-acs-accesskey-id', 'accept'],
      definitionFor: ({ address }) => ({
        ...definition,
        create: async () => new AlicloudParameterStore({ address, environment: recorded.env }),
      }),
      otherwise: OTHERWISE[recorded.case],
    });
    expect(differences).toEqual([]);
  });

  it('is all of it', () => {
    expect(cases.length).toBe(49);
    const names = new Set(cases.map((recorded) => recorded.case));
    expect(Object.keys(OTHERWISE).filter((name) => !names.has(name))).toEqual([]);
    // Nothing else may be left unsaid: each crash has its line.
    const crashes = cases.filter(({ clientResponse }) => clientResponse?.connectionClosed === true);
    expect(crashes.map((recorded) => recorded.case).filter((name) => OTHERWISE[name] === undefined)).toEqual([]);
  });
});

describe('signatures', () => {
  // A redirect made a GET of the POST, with the Authorization of the request before it.
  const requests = cases.flatMap((recorded) =>
    exchangesOf(recorded)
      .filter(({ request }) => request.method === 'POST')
      .map(({ request }, index) => ({ name: `${recorded.case} ${index}`, recorded, request })),
  );

  it.each(requests)('of $name: the verifier takes it, and ours is the same', ({ recorded, request }) => {
    const hasKeys = hasBothKeys(recorded);
    expect(signatureProblem(seenRequestOf(request), () => (hasKeys ? SECRET : ''))).toBeUndefined();
    const keys = {
      keyId: hasKeys ? KEY_ID : '',
      secret: hasKeys ? SECRET : '',
      token: recordedHeader(request, 'x-acs-security-token'),
    };
    const headers = signedHeaders(
      {
        host: request.host,
        action: recordedHeader(request, 'x-acs-action'),
        version: recordedHeader(request, 'x-acs-version'),
        query: canonicalQuery(Object.fromEntries(new URLSearchParams(request.query))),
        date: recordedHeader(request, 'x-acs-date'),
        nonce: recordedHeader(request, 'x-acs-signature-nonce'),
      },
      keys,
    );
    expect(headers.authorization).toBe(recordedHeader(request, 'authorization'));
    expect(keys.token === '' || keys.token === TOKEN).toBe(true);
  });

  it('are of every recorded POST', () => {
    expect(requests.length).toBe(51);
  });

  const [first] = exchangesOf(cases.find((each) => each.case === 'alicloud/get') as RecordedCase);
  const { request } = first as RecordedExchange;

  it.each([{ query: 'Name=db-passwore&WithDecryption=true' }, { body: 'x' }, { host: 'evil.example' }])(
    'do not fit another request: %o',
    ({ host = request.host, ...change }) => {
      const headers = request.headers.map(([name, value]) => [name, name === 'Host' ? host : value] as const);
      const changed = seenRequestOf({ ...request, ...change, headers });
      expect(signatureProblem(changed, secretOf)).toMatch(/^(SignatureDoesNotMatch|IncompleteSignature): /);
    },
  );

  it('do not fit another secret', () => {
    expect(signatureProblem(seenRequestOf(request), () => 'another')).toMatch(/^SignatureDoesNotMatch: /);
  });
});

function hasBothKeys({ component }: RecordedCase): boolean {
  return component.includes('accessKeyId') && component.includes('accessKeySecret');
}
