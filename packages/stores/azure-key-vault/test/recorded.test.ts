import { readFileSync } from 'node:fs';
import { strictDialect } from '@coffer/core';
import { isSecretStoreError } from '@coffer/core/driver';
import { answer } from '@coffer/fake-services';
import { describe, expect, it } from 'vitest';
import { calls, openStore, type Started, startVault } from './vault.ts';

/** One read of a daprd, what it asked of the vault with a token in hand, and what its client got. */
interface Recorded {
  readonly case: string;
  /** Absent for a bulk read. */
  readonly name?: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Status, and path with its query but for the API version. The single reads of a bulk are left out. */
  readonly calls: readonly (readonly [status: number, call: string])[];
  /** What a read of one gives. */
  readonly data?: Readonly<Record<string, string>>;
  /** Which secrets a bulk read gives, each with the value `value of <name>`. */
  readonly names?: readonly string[];
  /** What a failed read says behind the words of the runtime. */
  readonly message?: string;
}

const READS: readonly Recorded[] = JSON.parse(readFileSync(new URL('recorded/reads.json', import.meta.url), 'utf8'));
const VERSION = 'aaaabbbbccccddddeeeeffff00001111';

/** The vault as it was when the recordings were made. */
async function recordedVault(recorded: Recorded): Promise<Started> {
  const audience = `https://vault.${recorded.case.includes('China') ? 'azure.cn' : recorded.case.includes('US') ? 'usgovcloudapi.net' : 'azure.net'}`;
  const started = await startVault({ audience });
  const { vault } = started;
  if (recorded.name === undefined) {
    for (let i = 0; i < 28; i++) {
      const name = `n${String(i).padStart(2, '0')}`;
      vault.set(name, `value of ${name}`, { enabled: i !== 3, isBare: i === 5, managed: i === 7 });
    }
  }
  vault.set('alpha', 'value of alpha', { version: VERSION });
  if (recorded.name === undefined) vault.delete('alpha');
  else vault.set('off', 'x', { enabled: false });
  if (recorded.name !== undefined) vault.set('nul', undefined);
  vault.deny((action, name) => action === 'get' && name === 'denied');
  if (recorded.case === 'az-kv429-always') vault.throttle(0, 60_000, 1);
  const throttled = {
    error: { code: 'Throttled', message: 'Request was not processed because too many requests were received.' },
  };
  if (recorded.case === 'az-kv429') vault.inject(answer(429, { 'retry-after': '2' }, throttled), { times: 1 });
  const away = { error: { code: 'ServiceUnavailable', message: 'made up' } };
  if (recorded.case === 'az-kv503-always') vault.inject(answer(503, {}, away));
  return started;
}

const titled = READS.map((recorded) => {
  const { case: name, metadata, name: secret = 'bulk' } = recorded;
  return [`${name}: ${secret} ${JSON.stringify(metadata)}`, recorded] as const;
});

// What can't be equal: daprd asks once without a token to be told where tokens come from, and reads a bulk one by one.
describe('reads as a daprd of August 2026 has them, under the strict dialect', () => {
  it('has them all', () => expect(READS).toHaveLength(28));

  it.each(titled)(
    '%s',
    async (_, recorded) => {
      await using started = await recordedVault(recorded);
      const cloud = /^az-cloud-(.*)$/.exec(recorded.case)?.[1];
      const audience = { AzureChinaCloud: 'https://vault.azure.cn', AzureUSGovernmentCloud: 'https://vault.usgovcloudapi.net' };
      const store = await openStore(started, {
        dialect: strictDialect,
        audience: audience[cloud as keyof typeof audience] ?? 'https://vault.azure.net',
        properties: cloud === undefined ? {} : { azureEnvironment: cloud },
      });
      const read = recorded.name === undefined ? store.bulk(recorded.metadata) : store.get(recorded.name, recorded.metadata);
      const got: unknown = await read.catch((cause: unknown) => cause);
      if (recorded.message !== undefined) {
        expect(isSecretStoreError(got) ? got.detail : got).toBe(recorded.message);
      } else if (recorded.names !== undefined) {
        expect(got).toEqual(Object.fromEntries(recorded.names.map((name) => [name, { [name]: `value of ${name}` }])));
      } else {
        expect(got).toEqual(recorded.data);
      }
      const asked = calls(started).filter((call) => recorded.name !== undefined || !call.startsWith('/secrets/'));
      const plain = (call: string) => call.replace(/skiptoken=[^&]*/, 'skiptoken=…');
      expect(asked.map(plain)).toEqual(recorded.calls.map(([, call]) => plain(call)));
    },
    60_000,
  );
});
