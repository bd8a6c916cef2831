import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { strictDialect } from '@coffer/core';
import { decodeMetadata, type Logger, type SecretStoreError } from '@coffer/core/driver';
import { type Answer, type SeenRequest, startFakeService } from '@coffer/fake-services';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';
import { GcpSecretManagerStore } from '../src/store.ts';

/** What the reference's client was told, and what Secret Manager had told the reference over gRPC. */
interface Recording {
  readonly case: string;
  /** The key when absent. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** The init failed so. */
  readonly init?: string;
  readonly steps?: readonly Step[];
}
interface Step {
  readonly get?: string;
  readonly version_id?: string;
  readonly bulk?: true;
  readonly upstream: readonly Upstream[];
  readonly data?: object;
  readonly fails?: string;
  readonly gave_up?: true;
}
interface Upstream {
  readonly ask: string;
  readonly page_token?: string;
  readonly version?: string;
  readonly data?: string;
  readonly data_crc32c?: string;
  readonly secrets?: readonly string[];
  readonly next_page_token?: string;
  /** Number of a gRPC status. */
  readonly status?: number;
  readonly text?: string;
}

const { key, cases } = JSON.parse(readFileSync(new URL('data/reference.json', import.meta.url), 'utf8')) as {
  key: Record<string, string>;
  cases: readonly Recording[];
};
const STATUSES: Readonly<Record<number, readonly [http: number, status: string]>> = {
  3: [400, 'INVALID_ARGUMENT'],
  5: [404, 'NOT_FOUND'],
  7: [403, 'PERMISSION_DENIED'],
  8: [429, 'RESOURCE_EXHAUSTED'],
  9: [400, 'FAILED_PRECONDITION'],
  14: [503, 'UNAVAILABLE'],
};
/** What can't be equal, and why. */
const OTHERWISE: Readonly<Record<string, string>> = {
  'gcp-sa-reads a/b': 'a name of two steps is refused: it would read another secret, or none of these',
  'gcp-exhausted alpha': 'four tries, not as many as fit into a minute: the client is told while it still listens',
};

/** The recorded answers over REST, each as often as it was given; the last one of an address stays. */
function scripted({ upstream }: Step): (request: SeenRequest) => Answer {
  const left = [...upstream];
  return ({ path, query }) => {
    if (path.startsWith('/computeMetadata/')) {
      return { status: 200, headers: { 'metadata-flavor': 'Google' }, body: { access_token: 'made-up', expires_in: 3599 } };
    }
    const ask = decodeURIComponent(path.replace('/v1/', '')).replace(/:access$|\/secrets$/, '');
    const at = left.findIndex((answer) => answer.ask === ask && (answer.page_token ?? '') === (query.get('pageToken') ?? ''));
    const answer = left[at];
    // Where the reference stopped at a failure, the next page had not been asked for.
    if (answer === undefined) return { status: 200, body: {} };
    if (left.some((other, index) => index > at && other.ask === ask && other.page_token === answer.page_token))
      left.splice(at, 1);
    return restOf(answer);
  };
}

function restOf({ version, data, data_crc32c, secrets, next_page_token, status, text }: Upstream): Answer {
  if (status !== undefined) {
    const [http = 500, name = 'UNKNOWN'] = STATUSES[status] ?? [];
    const headers = http === 429 || http === 503 ? { 'retry-after': '0' } : {};
    return { status: http, headers, body: { error: { code: http, message: text, status: name } } };
  }
  if (secrets === undefined) return { status: 200, body: { name: version, payload: { data, dataCrc32c: data_crc32c } } };
  return { status: 200, body: { secrets: secrets.map((name) => ({ name })), nextPageToken: next_page_token } };
}

async function openStrict({ properties = key, environment = {} }: Recording, url: string): Promise<GcpSecretManagerStore> {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const around = Object.fromEntries(Object.keys(environment).map((name) => [name, new URL(url).host]));
  const logger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
  const store = new GcpSecretManagerStore({
    environment: around,
    address: new URL(url),
    productFile: '/nowhere',
    metadataHost: '127.0.0.1:1',
  });
  const given = Object.entries(properties).map(([name, value]) => [name, value.replace('{{privateKey}}', pem)]);
  const { metadata } = decodeMetadata(definition.metadata, Object.fromEntries(given));
  await store.init({ component: 's', metadata, dialect: strictDialect, logger });
  return store;
}

describe('what the reference tells its client, under the strict dialect', () => {
  const failing = cases.filter(({ init }) => init !== undefined && init !== '');
  it.each(failing)('$case: the init fails', async (recording) => {
    await using service = await startFakeService(() => ({ status: 200 }));
    const escaped = recording.case === 'gcp-escaped-newlines';
    const properties = escaped
      ? { ...key, private_key: '-----BEGIN PRIVATE KEY-----\\nMII=\\n-----END PRIVATE KEY-----' }
      : recording.properties;
    const opened = openStrict({ ...recording, ...(properties && { properties }) }, service.url);
    const { detail } = (await opened.catch((cause) => cause)) as SecretStoreError;
    // What Go's parser says of bytes that are no key is not part of the contract.
    expect(detail).toBe(recording.init?.replace(/: asn1: .*/, ''));
  });

  const steps = cases.flatMap((recording) =>
    (recording.steps ?? []).map((step, index) => ({ name: `${recording.case} ${step.get ?? 'bulk'}`, index, recording, step })),
  );
  it.each(steps)('$name, step $index', async ({ name, recording, step }) => {
    await using service = await startFakeService(scripted(step));
    const store = await openStrict(recording, service.url);
    const metadata = step.version_id === undefined ? {} : { version_id: step.version_id };
    const call = step.bulk ? store.bulkGet({ metadata }) : store.get({ name: step.get ?? '', metadata });
    const answer = await call.then(
      ({ data }) => ({ data: JSON.parse(JSON.stringify(data)) as object }),
      ({ detail }: SecretStoreError) => ({ fails: detail }),
    );
    await store.close();
    if (OTHERWISE[name] === undefined)
      expect(answer).toEqual(step.fails === undefined ? { data: step.data } : { fails: step.fails });
    else
      expect(answer).toEqual({
        fails: expect.stringMatching(
          /^failed to access secret version: rpc error: code = (InvalidArgument|ResourceExhausted) desc = /,
        ),
      });
  });

  it('is all of it', () => {
    expect([failing.length, steps.length]).toEqual([5, 20]);
    expect(Object.keys(OTHERWISE).every((name) => steps.some((step) => step.name === name))).toBe(true);
  });
});
