import { type HttpAnswer, HttpClient } from '@coffer/http-client';
import { describe, expect, it } from 'vitest';
import { SsmClient } from './client.ts';
import { fixedKeys } from './credentials/keys.ts';

/** Answers at once, and remembers when it was asked. */
class InstantHttp extends HttpClient {
  readonly times: number[] = [];

  override async request(): Promise<HttpAnswer> {
    this.times.push(performance.now());
    return { status: 200, headers: {}, body: Buffer.from('{"Response":{}}') };
  }
}

function clientOf(http: HttpClient, retries: boolean): SsmClient {
  const keys = fixedKeys({ secretId: 'i', secretKey: 'k', token: '' });
  const address = new URL('https://ssm.test');
  return new SsmClient({ http, keys, address, host: 'ssm.test', region: '', language: 'en-US', timeout: 30_000, retries });
}

describe('many calls at once', () => {
  const calls = Array.from({ length: 281 });

  it('begin within what the service takes in a second', async () => {
    const http = new InstantHttp();
    const client = clientOf(http, true);
    await Promise.all(calls.map(() => client.call('GetSecretValue', {}, undefined)));
    // A timer may go off a little before its time.
    expect((http.times[280] ?? 0) - (http.times[0] ?? 0)).toBeGreaterThan(950);
    // Each action has a limit of its own.
    const before = http.times.length;
    await client.call('ListSecrets', {}, undefined);
    expect(http.times).toHaveLength(before + 1);
  });

  it('begin at once where the reference does not hold them back either', async () => {
    const http = new InstantHttp();
    const client = clientOf(http, false);
    const all = calls.map(() => client.call('GetSecretValue', {}, undefined));
    await new Promise(setImmediate);
    expect(http.times).toHaveLength(281);
    await Promise.all(all);
  });
});
