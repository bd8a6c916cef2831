import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cofferd } from '../support/cofferd.ts';
import { grpcCall, stringField } from '../support/grpc-call.ts';
import { answer, startWithFixtures } from './fixtures.ts';

const K1 = Buffer.concat([stringField(1, 'filestore'), stringField(2, 'k1')]);

describe('gRPC with a token', () => {
  let cofferd: Cofferd;
  beforeAll(async () => {
    cofferd = await startWithFixtures({ env: { DAPR_API_TOKEN: 't' } });
  });
  afterAll(() => cofferd[Symbol.asyncDispose]());

  test.each([
    ['18-112', 'without it', {}, 'missing api token in request metadata'],
    ['18-112', 'with another', { 'dapr-api-token': 'x' }, 'authentication error: api token mismatch'],
  ])('%s: a call %s is refused, and its detail says why', async (_, __, headers, reason) => {
    const refused = await grpcCall(cofferd, 'GetSecret', K1, headers);
    expect(refused).toMatchObject({ code: 'UNAUTHENTICATED', message: 'Unauthorized' });
    for (const part of ['google.rpc.ErrorInfo', 'dapr.io', 'http.code', '401', reason]) expect(refused.details).toContain(part);
  });

  test('18-112: a call with it is answered', async () => {
    expect(await grpcCall(cofferd, 'GetSecret', K1, { 'dapr-api-token': 't' })).toMatchObject({ code: 'OK' });
  });
});

describe('gRPC', () => {
  let cofferd: Cofferd;
  beforeAll(async () => {
    const long = JSON.stringify({ a: 'x'.repeat(900), b: 'y'.repeat(900) });
    cofferd = await startWithFixtures({ files: { 'multi.json': long }, args: ['--max-body-size=1Ki'] });
  });
  afterAll(() => cofferd[Symbol.asyncDispose]());

  test('18-114: there is no health service', async () => {
    const { code } = await grpcCall(cofferd, '/grpc.health.v1.Health/Check', Buffer.alloc(0));
    expect(code).toBe('UNKNOWN');
  });

  test('18-116: an answer over the limit fails, and HTTP serves it', async () => {
    const bulk = await grpcCall(cofferd, 'GetBulkSecret', stringField(1, 'multi'));
    expect(bulk).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: expect.stringMatching(/larger than max \(\d+ vs\. 1024\)/),
    });
    const [code, , body] = await answer(cofferd, '/v1.0/secrets/multi/bulk');
    expect([code, body.length > 1800]).toEqual([200, true]);
  });
});
