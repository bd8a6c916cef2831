import type { StoreDefinition } from '@coffer/core/driver';
import { ACCESS_KEY, canonicalRequest, SECRET_KEY, signatureProblem } from '@coffer/fake-services/huaweicloud';
import {
  exchangesOf,
  type Otherwise,
  type RecordedCase,
  type RecordedVendor,
  readRecordedCases,
  recordedHeader,
  replay,
  seenRequestOf,
  type Verify,
} from '@coffer/fake-services/recorded';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { sign } from '../src/sign.ts';
import { HuaweiCsmsStore } from '../src/store.ts';

const cases = readRecordedCases(new URL('recorded/cases.json', import.meta.url));
const keys = new Map([[ACCESS_KEY, { secretKey: SECRET_KEY }]]);

/** The driver, whose requests all go to the recorded vendor. Nothing listens where the server's own metadata would be. */
function definitionFor({ address }: RecordedVendor, { env }: RecordedCase): StoreDefinition {
  const dependencies = { environment: env, address, metadataAddress: new URL('http://127.0.0.1:1') };
  return { ...definition, create: () => new HuaweiCsmsStore(dependencies) } as StoreDefinition;
}

const failed = (key: string, message: string) => ({
  status: 500,
  message: `failed getting secret with key ${key} from secret store huawei: ${message}`,
});
const bulkFailed = (message: string) => ({ status: 500, message: `failed getting secrets from secret store huawei: ${message}` });
const said = (status: number, text: string, requestId = 'hw-request-id-1') =>
  `{"status_code":${status},"request_id":"${requestId}","error_code":"","error_message":"${text}","encoded_authorization_message":""}`;
const NOT_OURS = 'the answer is not that of the service';
const FOREIGN = said(200, NOT_OURS);
const VALUELESS = said(200, 'the version has neither secret_string nor secret_binary');
const PROJECT = 'failed to get project id, ';

/** What differs, and why. */
interface Difference extends Otherwise {
  /** Which of the recorded calls are made; all when absent. */
  readonly makes?: readonly number[];
  /** Calls that were not recorded, and may be made. */
  readonly mayAsk?: RegExp;
}

/** Where the reference is not followed, also under the strict dialect. */
const OTHERWISE: Readonly<Record<string, Difference>> = {
  'get-no-version-list': { because: 'it crashed on an answer that has no version', answer: failed('db-password', FOREIGN) },
  'get-empty-body': { because: 'it crashed on an empty answer', answer: failed('x', FOREIGN) },
  'get-version-null': { because: 'it crashed on a version that is null', answer: failed('x', FOREIGN) },
  'get-string-null': { because: 'it crashed on a version without a value', answer: failed('x', VALUELESS) },
  'get-binary': { because: 'it crashed on a binary secret', answer: { status: 200, body: '{"x":"AAECAw=="}\n' } },
  'bulk-binary': { because: 'it crashed on a binary secret', answer: { status: 200, body: '{"a":{"a":"AAECAw=="}}\n' } },
  'bulk-secrets-absent': { because: 'it crashed on a page without secrets', answer: bulkFailed(FOREIGN) },
  'bulk-page-info-absent': { because: 'it crashed on a page without page_info', answer: bulkFailed(FOREIGN) },
  'get-malformed': { because: 'it quotes the answer, which holds the value', answer: failed('x', FOREIGN) },
  'get-503-html': { because: 'it quotes the page of whoever is in between', answer: failed('x', said(503, '', '')) },
  'get-redirect-302': {
    because: 'it followed the redirect with the signed headers, and crashed on what it found',
    answer: failed('x', said(302, '', '')),
  },
  'bulk-marker-empty': {
    because: 'an empty marker is the end; it goes on for as long as one comes',
    answer: { status: 200, body: '{"a":{"a":"s-a"}}\n' },
    makes: [0, 4],
  },
  'bulk-disabled': {
    because: 'ten secrets are read at a time, not one after the other',
    mayAsk: /\/secrets\/b\/versions\/latest/,
  },
  'bulk-second-read-fails': { because: 'as above', mayAsk: /\/secrets\/c\/versions\/latest/ },
  'init-keys-absent': {
    because: 'the metadata service of the server is at another address here',
    fails: `${PROJECT}Get "http://127.0.0.1:1/openstack/latest/securitykey": dial tcp 127.0.0.1:1: connect: `,
  },
  'init-iam-500': { because: 'it quotes the page of whoever is in between', fails: `${PROJECT}${said(500, '', '')}` },
  'init-iam-absent': { because: 'it crashed on an answer that has no projects', fails: `${PROJECT}${said(200, NOT_OURS, '')}` },
  'init-iam-malformed': { because: 'it quotes the answer', fails: `${PROJECT}${said(200, NOT_OURS, '')}` },
  'init-ignore-errors': {
    because: 'a component with ignoreErrors does not take the process along',
    answer: {
      status: 500,
      body: '{"errorCode":"ERR_SECRET_STORES_NOT_CONFIGURED","message":"secret store is not configured"}',
    },
  },
};

/** Where the start ended in a panic, the component fails with its text. */
function panicOf({ init }: RecordedCase): Difference | undefined {
  const [, text] = /^panic: (.*?)(?: \[recovered, repanicked\])?$/.exec(init?.log ?? '') ?? [];
  return text === undefined ? undefined : { because: 'a component that can not start does not crash the process', fails: text };
}

describe('what daprd asked and answered, under the strict dialect', () => {
  it.each(cases)('$case', async (recorded) => {
    const otherwise = OTHERWISE[recorded.case.replace('huaweicloud/', '')] ?? panicOf(recorded);
    const { makes, mayAsk } = otherwise ?? {};
    const upstream = recorded.upstream.filter((_, index) => makes?.includes(index) ?? true);
    const verify: Verify = (request) => signatureProblem(request, keys);
    const differences = await replay(
      { ...recorded, upstream },
      { verify, headerNames: ['x-project-id'], definitionFor, otherwise },
    );
    expect(differences.filter((text) => !(text.startsWith('nothing that was recorded') && mayAsk?.test(text)))).toEqual([]);
  });

  it('is all of it', () => {
    expect(cases).toHaveLength(48);
    expect(Object.keys(OTHERWISE).filter((name) => !cases.some((recorded) => recorded.case === `huaweicloud/${name}`))).toEqual(
      [],
    );
  });
});

describe('the signature', () => {
  const vectors = cases.flatMap((recorded) =>
    exchangesOf(recorded).flatMap(({ request, signature }) =>
      signature === undefined ? [] : [{ name: `${recorded.case} ${request.path}`, request, signature }],
    ),
  );
  const timeOf = (date: string) => Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));

  it.each(vectors)('$name', ({ request, signature }) => {
    const [, covered = ''] = /SignedHeaders=([^,]+)/.exec(recordedHeader(request, 'authorization')) ?? [];
    const names = covered.split(';');
    const seen = seenRequestOf(request);
    const now = timeOf(recordedHeader(request, 'x-sdk-date'));
    expect(signatureProblem(seen, keys, now)).toBeUndefined();
    expect(canonicalRequest(seen, names)).toBe(signature.canonicalRequest);
    const headers = Object.fromEntries(names.map((name) => [name, recordedHeader(request, name)]));
    const signed = sign(
      {
        method: request.method,
        segments: request.path.slice(1).split('/').map(decodeURIComponent),
        query: { ...queryOf(request.query) },
        headers,
      },
      { accessKey: ACCESS_KEY, secretKey: SECRET_KEY, securityToken: '' },
      now,
    );
    expect(signed.headers.authorization).toBe(recordedHeader(request, 'authorization'));
  });

  it('is compared with all that were recorded', () => expect(vectors).toHaveLength(54));
});

function queryOf(query: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(query));
}
