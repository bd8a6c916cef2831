import type { StoreDefinition } from '@coffer/core';
import {
  type Otherwise,
  type RecordedCase,
  type RecordedVendor,
  readRecordedCases,
  replay,
} from '@coffer/fake-services/recorded';
import { signerOf, TencentFailure, type TencentKey } from '@coffer/fake-services/tencentcloud';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { TencentSsmStore } from '../src/store.ts';

const CASES = readRecordedCases(new URL('recorded/exchanges.json', import.meta.url));
const KEY: TencentKey = { secretId: 'AKIDexampleTencentSecretId', secretKey: 'example-tencent-secret-key' };

const GET = 'failed getting secret with key x from secret store tencent: [TencentCloudSDKError] ';
const NO_ANSWER = `${GET}Code=ClientError.ParseJsonError, Message=Fail to parse json content, because: `;
const CRASH = 'the reference crashes, and closes the connection to its client';
const QUOTES = 'the reference quotes the whole answer, secrets and all';

/** The reference's defects, and what comes in their place. */
const OTHERWISE: Readonly<Record<string, Otherwise>> = {
  'get-response-absent': { because: CRASH, answer: { status: 500, message: `${NO_ANSWER}it has no Response` } },
  'get-response-null': { because: CRASH, answer: { status: 500, message: `${NO_ANSWER}it has no Response` } },
  'get-json-null': { because: CRASH, answer: { status: 500, message: `${NO_ANSWER}it has no Response` } },
  'bulk-name-null': {
    because: CRASH,
    answer: {
      status: 500,
      message:
        'failed getting secrets from secret store tencent: [TencentCloudSDKError] Code=ClientError.ParseJsonError, Message=Fail to parse json content, because: a member of SecretMetadatas has no SecretName',
    },
  },
  'get-http-500': {
    because: QUOTES,
    answer: { status: 500, message: `${GET}Code=ClientError.HttpStatusCodeError, Message=status 500` },
  },
  'get-malformed': { because: QUOTES, answer: { status: 500, message: `${NO_ANSWER}it has no Response` } },
  'get-empty-body': { because: QUOTES, answer: { status: 500, message: `${NO_ANSWER}it has no Response` } },
  'get-value-number': { because: QUOTES, answer: { status: 500, message: `${NO_ANSWER}SecretString is no text` } },
  'get-redirect-302': {
    because: 'the reference follows, with what it signed for another request and the token',
    answer: { status: 500, message: `${GET}Code=ClientError.NetworkError, Message=a redirect, which is not followed` },
    sends: 1,
  },
};

/** The driver as a component gets it, with the recorded service in the place of Tencent's. */
function driverOf({ address }: RecordedVendor): StoreDefinition {
  const store = () => new TencentSsmStore({ address, host: 'ssm.tencentcloudapi.com', environment: {} });
  return { ...definition, create: store } as StoreDefinition;
}

function options({ case: name }: { readonly case: string }, token?: string): Parameters<typeof replay>[1] {
  const key = token === undefined ? KEY : { ...KEY, token };
  return {
    definitionFor: driverOf,
    // Every header that says what is asked, but for the clock and the name of the client.
    headerNames: ['x-tc-action', 'x-tc-version', 'x-tc-region', 'x-tc-token', 'x-tc-language', 'content-type'],
    verify: (request) => {
      try {
        signerOf(request, { service: 'ssm', keyOf: (id) => (id === key.secretId ? key : undefined), now: Date.now() });
        return undefined;
      } catch (cause) {
        if (cause instanceof TencentFailure) return `${cause.code}: ${cause.message}`;
        throw cause;
      }
    },
    otherwise: OTHERWISE[name.replace('tencentcloud/', '')],
  };
}

/** Secrets are read ten at a time: the one after the secret that fails is asked for, too, which the reference did not come to. */
const ALSO_READ: Readonly<Record<string, string>> = {
  'tencentcloud/bulk-second-read-fails': '{"SecretName":"c","VersionId":"v1"}',
};

async function differences(recorded: RecordedCase, token?: string): Promise<readonly string[]> {
  const all = await replay(recorded, options(recorded, token));
  const also = ALSO_READ[recorded.case];
  return all.filter((difference) => also === undefined || !difference.endsWith(also));
}

describe('what a daprd of August 2026 asked of the service and answered its client, under the strict dialect', () => {
  it('is all there', () => {
    expect(CASES).toHaveLength(49);
    const names = CASES.map(({ case: name }) => name.replace('tencentcloud/', ''));
    expect(Object.keys(OTHERWISE).filter((name) => !names.includes(name))).toEqual([]);
  });

  it.each(CASES.map((recorded) => [recorded.case, recorded] as const))('%s', async (name, recorded) => {
    const token = name === 'tencentcloud/get-token' ? 'example-token' : undefined;
    expect(await differences(recorded, token)).toEqual([]);
  });

  it('has no failure whose whole message is another', async () => {
    // Where a message is only compared up to the words of the reference's library, ours has those too.
    const failures = CASES.filter(
      ({ stableMessagePrefix, case: name }) =>
        stableMessagePrefix !== undefined && OTHERWISE[name.replace('tencentcloud/', '')] === undefined,
    );
    const dropped = failures.filter(({ case: name }) => name === 'tencentcloud/get-connection-dropped');
    expect([failures.length, dropped.length]).toEqual([15, 1]);
    for (const recorded of failures) {
      if (dropped.includes(recorded)) continue;
      const message: unknown = JSON.parse(recorded.clientResponse?.body ?? '{}').message;
      expect(await differences({ ...recorded, stableMessagePrefix: String(message) })).toEqual([]);
    }
  });
});
