import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, createRegistry, fromBinary, type MessageInitShape, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { Coffer, type CofferOptions } from '@coffer/core';
import { definition as localEnv } from '@coffer/store-local-env';
import { definition as localFile } from '@coffer/store-local-file';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import { Dapr } from '../../src/gen/dapr/proto/runtime/v1/dapr_pb.js';
import { ErrorInfoSchema, ResourceInfoSchema } from '../../src/gen/google/rpc/error_details_pb.js';
import { StatusSchema } from '../../src/gen/google/rpc/status_pb.js';
import { createGrpcApi, createGrpcServer, type GrpcApiOptions, type GrpcServer } from '../../src/index.ts';

type Methods = typeof Dapr.method;
export type UnaryName = {
  [Name in keyof Methods]: Methods[Name]['methodKind'] extends 'unary' ? Name : never;
}[keyof Methods];

export interface Outcome {
  readonly code: number;
  readonly message?: string;
  readonly response?: unknown;
  /** Unpacked, without type names. */
  readonly details?: readonly unknown[];
}

export interface SidecarOptions {
  /** Path below a temporary directory -> content; components lie in `components/`. `{{dir}}` is the directory. */
  readonly files?: Readonly<Record<string, string>>;
  readonly coffer?: Partial<CofferOptions>;
  readonly api?: Partial<Omit<GrpcApiOptions, 'runtime'>>;
}

export interface Sidecar {
  readonly coffer: Coffer;
  readonly server: GrpcServer;
  readonly port: number;
  readonly client: Client;
  call<Name extends UnaryName>(
    name: Name,
    request: MessageInitShape<Methods[Name]['input']>,
    metadata?: Readonly<Record<string, string | readonly string[]>>,
  ): Promise<Outcome>;
}

const registry = createRegistry(ErrorInfoSchema, ResourceInfoSchema);

/** The fixture of the reference's table: two stores of local files, one of the environment. */
export const FILES: Readonly<Record<string, string>> = {
  'components/filestore.yaml': component('filestore', 'local.file', { secretsFile: '{{dir}}/file.json' }),
  'components/multi.yaml': component('multi', 'local.file', { secretsFile: '{{dir}}/multi.json', multiValued: 'true' }),
  'components/envs.yaml': component('envs', 'local.env', { prefix: 'T_' }),
  'file.json': '{"k1":"v1","k2":"<a&b>","a/b":"slash","ünï":"ö","__proto__":"ordinary","grp":{"x":"1"}}',
  'multi.json': '{"s1":{"u":"me","p":"pw"},"s2":"flat"}',
};

export function component(name: string, type: string, properties: Readonly<Record<string, string>> = {}): string {
  const metadata = Object.entries(properties).map(([property, value]) => ({ name: property, value }));
  const spec = { type: `secretstores.${type}`, version: 'v1', metadata };
  return JSON.stringify({ apiVersion: 'dapr.io/v1alpha1', kind: 'Component', metadata: { name }, spec });
}

/** The real API over a real Coffer, served until the test ends, with a real client. */
export async function startSidecar({
  files = FILES,
  coffer: { definitions = [], ...options } = {},
  api = {},
}: SidecarOptions = {}): Promise<Sidecar> {
  const directory = mkdtempSync(join(tmpdir(), 'grpc-api-'));
  mkdirSync(join(directory, 'components'));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(directory, name), content.replaceAll('{{dir}}', directory), { mode: 0o600 });
  }
  const coffer = await Coffer.start({
    appId: 'app1',
    resourcesPaths: [join(directory, 'components')],
    configurationFiles: files['config.yaml'] === undefined ? [] : [join(directory, 'config.yaml')],
    definitions: [localFile, localEnv, ...definitions],
    ...options,
  });
  const server = createGrpcServer(createGrpcApi({ runtime: coffer, access: coffer.configuration.api, ...api }));
  const port = (await server.listen({ host: '127.0.0.1', port: 0 })) as number;
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { 'grpc.enable_retries': 0 });
  onTestFinished(async () => {
    client.close();
    await server.close(0);
    await coffer.close(0);
    rmSync(directory, { recursive: true });
  });
  return { coffer, server, port, client, call: (name, request, metadata) => callUnary(client, name, request, metadata) };
}

function callUnary<Name extends UnaryName>(
  client: Client,
  name: Name,
  request: MessageInitShape<Methods[Name]['input']>,
  metadata: Readonly<Record<string, string | readonly string[]>> = {},
): Promise<Outcome> {
  const { input, output, name: wireName } = Dapr.method[name];
  const sent = new Metadata();
  for (const [entry, values] of Object.entries(metadata)) for (const value of [values].flat()) sent.add(entry, value as string);
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      `/${Dapr.typeName}/${wireName}`,
      () => Buffer.from(toBinary(input, create(input, request as never) as MessageShape<typeof input>)),
      (bytes) => fromBinary(output, bytes),
      undefined,
      sent,
      (error: ServiceError | null, response?: MessageShape<typeof output>) => resolve(outcomeOf(error, response)),
    );
  });
}

function outcomeOf(error: ServiceError | null, response: object | undefined): Outcome {
  if (error === null) return { code: 0, response: plain(response) };
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  if (bytes === undefined) return { code: error.code, message: error.details };
  const status = fromBinary(StatusSchema, bytes as Buffer);
  if (status.code !== error.code || status.message !== error.details) throw new Error('the details tell another status');
  return { code: error.code, message: error.details, details: status.details.map((any) => plain(anyUnpack(any, registry))) };
}

/** Without type names. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== '$typeName')
      .map(([name, member]) => [name, plain(member)]),
  );
}
