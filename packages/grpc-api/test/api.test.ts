import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Logger, strictDialect, type Tracing } from '@coffer/core';
import { type Client, Metadata } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { ServerReflectionRequestSchema, ServerReflectionResponseSchema } from '../src/gen/grpc/reflection/v1/reflection_pb.js';
import type { CompletedCall } from '../src/index.ts';
import { startSidecar, type UnaryName } from './support/sidecar.ts';

const GET_K1 = { storeName: 'filestore', key: 'k1' };
const OK_K1 = { code: 0, response: { data: { k1: 'v1' } } };
/** Tracing that is on, and has nothing to do. */
const TRACING: Tracing = { tracesAll: false, start: () => ({ problem: 'nothing is traced' }) };
const LIST_SERVICES = create(ServerReflectionRequestSchema, { messageRequest: { case: 'listServices', value: '' } });

interface Ended {
  readonly code: number;
  readonly message: string;
  readonly responses: readonly Buffer[];
}

/** A call of any method with one message, of which only bytes are known. */
function callRaw(client: Client, path: string, message: Uint8Array = Buffer.alloc(0), names: object = {}): Promise<Ended> {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(names)) metadata.add(name, value);
  const call = client.makeBidiStreamRequest(
    path,
    (bytes: Buffer) => bytes,
    (bytes) => bytes,
    metadata,
  );
  const responses: Buffer[] = [];
  return new Promise((resolve) => {
    call.on('data', (bytes: Buffer) => responses.push(bytes));
    call.on('error', () => undefined);
    call.on('status', ({ code, details }) => resolve({ code, message: details, responses }));
    call.write(Buffer.from(message));
    call.end();
  });
}

async function listServices(client: Client, version: string, names: object = {}): Promise<Ended & { services: string[] }> {
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
  const ended = await callRaw(client, path, toBinary(ServerReflectionRequestSchema, LIST_SERVICES), names);
  const answers = ended.responses.map((bytes) => fromBinary(ServerReflectionResponseSchema, bytes).messageResponse);
  const services = answers.flatMap((answer) => (answer.case === 'listServicesResponse' ? answer.value.service : []));
  return { ...ended, services: services.map(({ name }) => name) };
}

const info = (reason: string, metadata: object = {}) => ({ reason, domain: 'dapr.io', metadata });

describe('the token', () => {
  const refused = (reason: string) => ({
    code: 16,
    message: 'Unauthorized',
    details: [info('Unauthorized', { 'http.code': '401', 'http.error_message': reason })],
  });

  test('18-112: is asked of every method, known or not', async () => {
    const rejected: string[] = [];
    const completed: string[] = [];
    const observer = {
      completed: ({ method }: CompletedCall) => void completed.push(method),
      rejected: (why: string) => void rejected.push(why),
    };
    const { call, client } = await startSidecar({ api: { token: 'tok', observer } });
    expect(await call('getSecret', GET_K1)).toEqual(refused('missing api token in request metadata'));
    for (const token of ['t', '', 'tokk', 'to k', ['x', 'tok']]) {
      expect(await call('getSecret', GET_K1, { 'dapr-api-token': token })).toEqual(
        refused('authentication error: api token mismatch'),
      );
    }
    expect(await call('getMetadata', {})).toMatchObject({ code: 16 });
    expect(await listServices(client, 'v1')).toMatchObject({ code: 16 });
    expect(await callRaw(client, '/nope.Nope/Nope')).toMatchObject({ code: 16 });
    expect(rejected).toEqual(Array(9).fill('token'));
    expect(completed).toEqual([]);
    expect(await call('getSecret', GET_K1, { 'dapr-api-token': 'tok' })).toEqual(OK_K1);
    expect(await call('getSecret', GET_K1, { 'dapr-api-token': ['tok', 'x'] })).toEqual(OK_K1);
    expect(await listServices(client, 'v1', { 'dapr-api-token': 'tok' })).toMatchObject({ code: 0 });
  });

  test('is not looked at when none is configured', async () => {
    const { call } = await startSidecar({ api: { token: '' } });
    expect(await call('getSecret', GET_K1, { 'dapr-api-token': 'anything' })).toEqual(OK_K1);
  });
});

describe('access lists', () => {
  const refused = {
    code: 12,
    message: 'Not Implemented',
    details: [info('Not Implemented', { 'http.code': '501', 'http.error_message': 'requested endpoint is not available' })],
  };
  const rule = (name: string, version: string, protocol: string) => ({ name, version, protocol });

  test('18-81 18-87: rules for HTTP do not concern gRPC', async () => {
    const denied = await startSidecar({ api: { access: { allowed: [], denied: [rule('secrets', 'v1', 'http')] } } });
    expect(await denied.call('getSecret', GET_K1)).toEqual(OK_K1);
    const allowed = await startSidecar({ api: { access: { allowed: [rule('secrets', 'v1', 'http')], denied: [] } } });
    expect(await allowed.call('getMetadata', {})).toMatchObject({ code: 0 });
  });

  test('18-88: only what is allowed', async () => {
    const rejected: string[] = [];
    const observer = { completed: () => undefined, rejected: (why: string) => void rejected.push(why) };
    const access = { allowed: [rule('secrets', 'v1', 'grpc')], denied: [] };
    const { call, client } = await startSidecar({ api: { access, observer, token: 'tok' } });
    const token = { 'dapr-api-token': 'tok' };
    expect(await call('getSecret', GET_K1, token)).toEqual(OK_K1);
    expect(await call('getBulkSecret', { storeName: 'multi' }, token)).toMatchObject({ code: 0 });
    expect(await call('getMetadata', {}, token)).toEqual(refused);
    // The list comes before the token.
    expect(await call('shutdown', {})).toEqual(refused);
    expect(await callRaw(client, '/dapr.proto.runtime.v1.Dapr/Nope')).toMatchObject({ code: 12, message: 'Not Implemented' });
    expect(rejected).toEqual(['access_list', 'access_list', 'access_list']);
    // Other services are not on any list.
    expect(await listServices(client, 'v1', token)).toMatchObject({ code: 0 });
  });

  test('18-89: an unknown rule selects nothing', async () => {
    const access = { allowed: [rule('secrets', 'v1.0', 'grpc'), rule('toString', 'v1', 'grpc')], denied: [] };
    const { call } = await startSidecar({ api: { access } });
    expect(await call('getMetadata', {})).toMatchObject({ code: 0 });
  });

  test('denied wins, and the protocol is written exactly so', async () => {
    const denied = [rule('secrets', 'v1', 'grpc'), rule('metadata', 'v1', 'GRPC')];
    const { call } = await startSidecar({ api: { access: { allowed: [rule('secrets', 'v1', 'grpc')], denied } } });
    expect(await call('getSecret', GET_K1)).toEqual(refused);
    const other = await startSidecar({ api: { access: { allowed: [], denied } } });
    expect(await other.call('getMetadata', {})).toMatchObject({ code: 0 });
  });
});

describe('metadata', () => {
  test('18-113: an empty key is not stored; the others are, beside the version', async () => {
    const { call, coffer } = await startSidecar({ api: { runtimeVersion: '1.2.3' } });
    for (const [key, value] of [
      ['', 'x'],
      ['a b/c', ''],
      ['__proto__', 'p'],
      ['daprRuntimeVersion', 'x'],
    ] as const) {
      expect(await call('setMetadata', { key, value })).toEqual({ code: 0, response: {} });
    }
    const { response } = await call('getMetadata', {});
    expect(Object.entries((response as { extendedMetadata: object }).extendedMetadata).sort()).toEqual([
      ['__proto__', 'p'],
      ['a b/c', ''],
      ['daprRuntimeVersion', '1.2.3'],
    ]);
    expect(coffer.extendedMetadata.get('a b/c')).toBe('');
  });

  test('tells what runs here', async () => {
    const app = { port: 80, protocol: 'grpc', channelAddress: '::1', maxConcurrency: 3, health: { healthThreshold: 4 } };
    const { call } = await startSidecar({ api: { runtimeVersion: '1.2.3', app } });
    expect((await call('getMetadata', {})).response).toMatchObject({
      id: 'app1',
      runtimeVersion: '1.2.3',
      enabledFeatures: expect.arrayContaining(['HotReload']),
      registeredComponents: expect.arrayContaining([
        { name: 'filestore', type: 'secretstores.local.file', version: 'v1', capabilities: [] },
        { name: 'multi', type: 'secretstores.local.file', version: 'v1', capabilities: ['MULTIPLE_KEY_VALUES_PER_SECRET'] },
      ]),
      appConnectionProperties: {
        port: 80,
        protocol: 'grpc',
        channelAddress: '::1',
        maxConcurrency: 3,
        health: { healthThreshold: 4 },
      },
      actorRuntime: { runtimeStatus: 1, hostReady: false, placement: 'placement: disconnected' },
      workflows: {},
    });
  });

  test('while the application is waited for', async () => {
    const { call } = await startSidecar({ files: {}, api: { isWaitingForApp: () => true } });
    expect((await call('getMetadata', {})).response).toMatchObject({
      appConnectionProperties: { port: 0, protocol: 'http', channelAddress: '127.0.0.1' },
      actorRuntime: { runtimeStatus: 0, hostReady: false, placement: '' },
    });
  });
});

describe('Shutdown', () => {
  test('18-115: is answered, then carried out; at once when the metadata say so', async () => {
    const modes: string[] = [];
    const { call } = await startSidecar({ files: {}, api: { shutdown: (mode) => void modes.push(mode) } });
    expect(await call('shutdown', {})).toEqual({ code: 0, response: {} });
    expect(await call('shutdown', {}, { 'dapr-force-shutdown': 'TRUE' })).toEqual({ code: 0, response: {} });
    expect(await call('shutdown', {}, { 'dapr-force-shutdown': ' true' })).toEqual({ code: 0, response: {} });
    expect(await call('shutdown', {}, { 'dapr-force-shutdown': ['no', 'true'] })).toEqual({ code: 0, response: {} });
    expect(modes).toHaveLength(4);
    expect(modes.slice(0, 2)).toEqual(['graceful', 'force']);
    expect(modes[3]).toBe('force');
  });

  test('is not there for an embedder who does not take it', async () => {
    const { call } = await startSidecar({ files: {} });
    expect(await call('shutdown', {})).toMatchObject({ code: 12 });
  });
});

describe('what is not there', () => {
  const noTrace = 'cannot proxy request: missing dapr-callee-app-id or dapr-app-id metadata';
  const noTarget = 'failed to proxy request: required metadata dapr-callee-app-id or dapr-app-id not found';

  test('18-114: health is not registered, and taken for another application', async () => {
    const { client } = await startSidecar({ files: {}, api: { tracing: TRACING } });
    expect(await callRaw(client, '/grpc.health.v1.Health/Check')).toMatchObject({ code: 2, message: noTrace });
    expect(await callRaw(client, '/dapr.proto.runtime.v1.Dapr/Nope')).toMatchObject({ code: 2, message: noTarget });
    expect(await callRaw(client, '/grpc.reflection.v1.ServerReflection/Nope')).toMatchObject({ code: 2, message: noTrace });
    const app = { 'dapr-app-id': 'other' };
    expect(await callRaw(client, '/grpc.health.v1.Health/Check', undefined, app)).toMatchObject({ code: 2 });
  });

  test('with tracing off', async () => {
    const { client } = await startSidecar({ files: {} });
    expect(await callRaw(client, '/grpc.health.v1.Health/Check')).toMatchObject({ code: 2, message: noTarget });
  });
});

describe('reflection', () => {
  const own = ['dapr.proto.runtime.v1.Dapr', 'grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'];

  test.each(['v1', 'v1alpha'])('%s always answers', async (version) => {
    const { client } = await startSidecar({ files: {} });
    expect(await listServices(client, version)).toMatchObject({ code: 0, services: own });
  });

  test.each(['v1', 'v1alpha'])('%s answers as in the reference where the dialect has it so', async (version) => {
    const message = 'cannot proxy request: missing dapr-callee-app-id or dapr-app-id metadata';
    const all = ['TaskHubSidecarService', ...own];
    const strict = { files: {}, coffer: { dialect: strictDialect } };
    const traced = await startSidecar({ ...strict, api: { tracing: TRACING } });
    expect(await listServices(traced.client, version)).toMatchObject({ code: 2, message });
    expect(await listServices(traced.client, version, { 'dapr-app-id': 'a' })).toMatchObject({ code: 0, services: all });
    const untraced = await startSidecar(strict);
    expect(await listServices(untraced.client, version)).toMatchObject({ code: 0, services: all });
  });
});

describe('building blocks that Coffer does not have', () => {
  const job = { appID: 'app1', namespace: 'default' };
  const state = [info('DAPR_STATE_NOT_CONFIGURED', { appID: 'app1' })];
  const noState = { code: 9, message: 'state store s is not configured' };
  const noPubsub = { code: 3, message: 'pubsub p is not found', details: [info('DAPR_PUBSUB_NOT_FOUND')] };
  const emptyPubsub = {
    code: 3,
    message: 'pubsub name is empty',
    details: [
      { resourceType: 'pubsub', resourceName: '', owner: '', description: 'pubsub name is empty' },
      info('DAPR_PUBSUB_NAME_EMPTY'),
    ],
  };
  const noConfiguration = {
    code: 9,
    message: 'configuration stores not configured',
    details: [info('ERR_CONFIGURATION_STORE_NOT_CONFIGURED')],
  };
  const noPlacement = { code: 14, message: 'placement service is not configured' };
  const notImplemented = { code: 12, message: 'this API is currently not implemented' };
  const binding = (reason: string) => ({
    code: 13,
    message: `error invoking output binding b: ${reason}`,
    details: [info('ERR_INVOKE_OUTPUT_BINDING')],
  });
  const scheduler = (verb: string, reason: string) => ({
    code: 13,
    message: `failed to ${verb} due to: scheduler clients are disabled`,
    details: [info(reason, job)],
  });
  const empty = (what: string, reason: string) => ({ code: 3, message: `${what} is empty`, details: [info(reason, job)] });

  test.each<[UnaryName, object, object]>([
    ['getState', { storeName: 's' }, { ...noState, details: state }],
    ['getBulkState', { storeName: 's' }, { ...noState, details: state }],
    ['saveState', { storeName: 's' }, { ...noState, details: state }],
    ['deleteState', { storeName: 's' }, { ...noState, details: state }],
    ['deleteBulkState', { storeName: 's' }, { ...noState, details: state }],
    ['executeStateTransaction', { storeName: 's' }, { ...noState, details: state }],
    ['queryStateAlpha1', { storeName: 's' }, { ...noState, details: [info('DAPR_STATE_NOT_CONFIGURED')] }],
    ['publishEvent', { pubsubName: 'p', topic: 't' }, noPubsub],
    ['bulkPublishEvent', { pubsubName: 'p' }, noPubsub],
    ['bulkPublishEventAlpha1', { pubsubName: '' }, emptyPubsub],
    ['invokeBinding', { name: 'b', operation: 'get' }, binding("couldn't find output binding b")],
    ['invokeBinding', { name: 'b' }, binding('operation field is missing from request')],
    ['getConfiguration', {}, noConfiguration],
    ['getConfigurationAlpha1', {}, noConfiguration],
    [
      'unsubscribeConfiguration',
      { id: 'i' },
      {
        code: 0,
        response: { ok: false, message: 'failed to unsubscribe to configuration request i: subscription does not exist' },
      },
    ],
    ['tryLockAlpha1', { storeName: 'l' }, { code: 3, message: 'ExpiryInSeconds is not positive in lock store l' }],
    ['tryLockAlpha1', { storeName: 'l', expiryInSeconds: 1 }, { code: 9, message: 'lock store is not configured' }],
    ['unlockAlpha1', {}, { code: 9, message: 'lock store is not configured' }],
    ['subtleSignAlpha1', {}, notImplemented],
    ['invokeActor', {}, noPlacement],
    ['startWorkflowBeta1', {}, noPlacement],
    ['converseAlpha2', { name: 'c' }, { code: 3, message: 'failed finding conversation component c' }],
    ['invokeService', { id: 'x' }, { code: 13, message: expect.stringContaining('failed to invoke, id: x, err: ') }],
    ['scheduleJobAlpha1', {}, empty('Job', 'DAPR_SCHEDULER_EMPTY')],
    ['scheduleJob', { job: {} }, empty('Name', 'DAPR_SCHEDULER_JOB_NAME_EMPTY')],
    ['scheduleJob', { job: { name: 'j' } }, empty('Schedule', 'DAPR_SCHEDULER_SCHEDULE_EMPTY')],
    ['scheduleJob', { job: { name: 'j', dueTime: '1s' } }, scheduler('schedule job', 'DAPR_SCHEDULER_SCHEDULE_JOB')],
    ['getJob', { name: 'j' }, scheduler('get job', 'DAPR_SCHEDULER_GET_JOB')],
    ['deleteJobAlpha1', { name: 'j' }, scheduler('delete job', 'DAPR_SCHEDULER_DELETE_JOB')],
    ['listJobs', {}, scheduler('list jobs', 'DAPR_SCHEDULER_LIST_JOBS')],
  ])('%s %j', async (name, request, expected) => {
    const { call } = await startSidecar({ files: {} });
    expect(await call(name, request as never)).toEqual(expected);
  });

  test.each([
    ['SubscribeConfiguration', '', 9, 'configuration stores not configured'],
    ['EncryptAlpha1', '', 3, 'invalid request: first message does not contain the required options'],
    ['EncryptAlpha1', '0a00', 3, "invalid request: missing property 'keyName' in the options message"],
    ['EncryptAlpha1', '0a0312016b', 3, "invalid request: missing property 'keyWrapAlgorithm' in the options message"],
    ['EncryptAlpha1', '0a0612016b1a0161', 13, 'crypto providers not configured'],
    ['DecryptAlpha1', '0a00', 13, 'crypto providers not configured'],
    ['SubscribeTopicEventsAlpha1', '', 12, 'this API is currently not implemented'],
  ])('%s with %s', async (name, message, code, text) => {
    const { client } = await startSidecar({ files: {} });
    const ended = await callRaw(client, `/dapr.proto.runtime.v1.Dapr/${name}`, Buffer.from(message, 'hex'));
    expect(ended).toMatchObject({ code, message: text });
  });
});

describe('who is told', () => {
  test('the observer, of unary calls that were admitted and decoded', async () => {
    const seen: unknown[] = [];
    const observer = {
      completed: ({ method, status, elapsed, requestBytes, responseBytes, errorCode }: CompletedCall) => {
        expect(elapsed).toBeGreaterThan(0);
        seen.push([method, status, requestBytes, responseBytes, errorCode]);
      },
    };
    const { call, client } = await startSidecar({ api: { observer } });
    const path = '/dapr.proto.runtime.v1.Dapr/GetSecret';
    await call('getSecret', GET_K1);
    await call('getSecret', { storeName: 'nostore', key: '' });
    await callRaw(client, path, Buffer.from('0a0165120100ff', 'hex').subarray(0, 4));
    await callRaw(client, '/nope.Nope/Nope');
    await listServices(client, 'v1');
    expect(seen).toEqual([
      [path, 'OK', 15, 10, undefined],
      [path, 'InvalidArgument', 9, 0, 'ERR_SECRET_STORE_NOT_FOUND'],
    ]);
  });

  test('the API log, of every call that was admitted', async () => {
    const lines: unknown[] = [];
    const logger = { info: (message: string, fields: object) => void lines.push([message, fields]) } as unknown as Logger;
    const { call, client } = await startSidecar({ api: { apiLogging: { enabled: true, logger }, token: 'tok' } });
    await call('getSecret', GET_K1, { 'dapr-api-token': 'tok' });
    await call('getSecret', { storeName: 'filestore', key: 'zz' }, { 'dapr-api-token': 'tok' });
    await call('getSecret', GET_K1);
    await callRaw(client, '/nope.Nope/Nope', undefined, { 'dapr-api-token': 'tok' });
    const line = (method: string, code: number) => [
      'gRPC API Called',
      { method, code, useragent: expect.stringMatching(/^grpc-node-js/), duration: expect.any(Number) },
    ];
    const path = '/dapr.proto.runtime.v1.Dapr/GetSecret';
    expect(lines).toEqual([line(path, 0), line(path, 13), line('/nope.Nope/Nope', 2)]);
  });
});
