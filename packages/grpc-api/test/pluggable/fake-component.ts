import { create, type DescMessage, type DescMethod, type DescService, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { SecretStore } from '../../src/gen/dapr/proto/components/v1/secretstore_pb.js';
import { ServerReflection as V1 } from '../../src/gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as V1Alpha } from '../../src/gen/grpc/reflection/v1alpha/reflection_pb.js';

/** One answer of a component, by the key that is asked for or, for a bulk, by `bulk`. */
export interface Answer {
  readonly data?: Readonly<Record<string, string>>;
  readonly bulk?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** gRPC status, with `message`. */
  readonly code?: number;
  readonly message?: string;
  /** No answer at all. */
  readonly silent?: boolean;
}

export interface FakeOptions {
  /** What reflection lists; the component's own service by default. */
  readonly services?: readonly string[];
  readonly reflection?: readonly ('v1alpha' | 'v1')[];
  readonly features?: readonly string[];
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly init?: (properties: Readonly<Record<string, string>>) => Answer | Promise<Answer>;
}

/** A pluggable secret store by another gRPC library than Coffer's own. */
export interface FakeComponent extends AsyncDisposable {
  /** Every call that came, as `Get instance`. */
  readonly calls: string[];
  /** Keys whose calls were cancelled by the host. */
  readonly cancelled: string[];
  /** Properties of each Init. */
  readonly inits: Readonly<Record<string, string>>[];
  readonly requestMetadata: Readonly<Record<string, string>>[];
  /** Ends it as a crash would: connections break. */
  kill(): void;
  /** Ends it as an orderly one would: it says goodbye first. */
  leave(): Promise<void>;
}

type Reply = (error: { code: number; details: string } | null, answer?: unknown) => void;

export async function startFake(socket: string, options: FakeOptions = {}): Promise<FakeComponent> {
  const server = new Server({ 'grpc.max_send_message_length': -1 });
  const fake = { calls: [] as string[], cancelled: [] as string[], inits: [] as Record<string, string>[] };
  const requestMetadata: Record<string, string>[] = [];
  const note = (method: string, call: ServerUnaryCall<unknown, unknown>): void => {
    fake.calls.push(`${method} ${call.metadata.get('x-component-instance').join()}`);
  };
  const reply = (answer: Answer, done: Reply): void => {
    const { code, message = '', silent } = answer;
    if (silent) return;
    if (code === undefined) done(null, { data: answer.data ?? answer.bulk ?? {} });
    else done({ code, details: message });
  };
  add(server, SecretStore, {
    init: async (call: ServerUnaryCall<{ metadata: { properties: Record<string, string> } }, unknown>, done: Reply) => {
      note('Init', call);
      fake.inits.push({ ...call.request.metadata.properties });
      reply((await options.init?.(call.request.metadata.properties)) ?? {}, done);
    },
    features: (call: ServerUnaryCall<unknown, unknown>, done: Reply) => {
      note('Features', call);
      done(null, { features: [...(options.features ?? [])] });
    },
    get: (call: ServerUnaryCall<{ key: string; metadata: Record<string, string> }, unknown>, done: Reply) => {
      const { key, metadata } = call.request;
      note('Get', call);
      requestMetadata.push({ ...metadata });
      if (options.answers?.[key]?.silent) call.on('cancelled', () => fake.cancelled.push(key));
      reply(options.answers?.[key] ?? { data: { [key]: `value of ${key}` } }, done);
    },
    bulkGet: (call: ServerUnaryCall<unknown, unknown>, done: Reply) => {
      note('BulkGet', call);
      const { code, message, bulk = {} } = options.answers?.bulk ?? {};
      if (code !== undefined) return done({ code, details: message ?? '' });
      done(null, { data: Object.fromEntries(Object.entries(bulk).map(([name, secrets]) => [name, { secrets }])) });
    },
    ping: (call: ServerUnaryCall<unknown, unknown>, done: Reply) => {
      note('Ping', call);
      done(null, {});
    },
  });
  const reflect = (stream: ServerDuplexStream<unknown, unknown>) => {
    const service = (options.services ?? [SecretStore.typeName]).map((name) => ({ name }));
    stream.on('data', () => stream.write({ messageResponse: { case: 'listServicesResponse', value: { service } } }));
    stream.on('end', () => stream.end());
  };
  for (const version of options.reflection ?? ['v1alpha'])
    add(server, version === 'v1' ? V1 : V1Alpha, { serverReflectionInfo: reflect });
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve())),
  );
  return {
    ...fake,
    requestMetadata,
    kill: () => server.forceShutdown(),
    leave: () => new Promise((resolve) => server.tryShutdown(() => resolve())),
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}

function add(server: Server, service: DescService, handlers: UntypedServiceImplementation): void {
  const definitions = service.methods.map((method) => [method.localName, definitionOf(method)] as const);
  server.addService(Object.fromEntries(definitions), handlers);
}

function definitionOf({ parent, name, input, output, methodKind }: DescMethod): MethodDefinition<unknown, unknown> {
  const streams = methodKind === 'bidi_streaming';
  const serialize = (schema: DescMessage) => (value: unknown) => Buffer.from(toBinary(schema, create(schema, value as never)));
  const deserialize = (schema: DescMessage) => (bytes: Buffer) => fromBinary(schema, bytes);
  return {
    path: `/${parent.typeName}/${name}`,
    requestStream: streams,
    responseStream: streams,
    requestSerialize: serialize(input),
    requestDeserialize: deserialize(input),
    responseSerialize: serialize(output),
    responseDeserialize: deserialize(output),
  };
}
