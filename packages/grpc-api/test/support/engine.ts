import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import { createGrpcServer, type GrpcServer, type GrpcServerOptions, type Method, type ServerCall } from '../../src/index.ts';

/** Methods of a test service whose messages are text. */
export function unary(handle: (request: string, call: ServerCall) => string | Promise<string>): Method {
  return { kind: 'unary', decode: textOf, encode: bytesOf, handle } as Method;
}

export function streaming(handle: (requests: AsyncIterable<string>, call: ServerCall) => AsyncIterable<string>): Method {
  return { kind: 'streaming', decode: textOf, encode: bytesOf, handle } as Method;
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const bytesOf = (text: string): Buffer => Buffer.from(text, 'utf8');

export interface ServedEngine {
  readonly server: GrpcServer;
  readonly port: number;
  /** A client that is closed when the test ends. */
  connect(options?: Readonly<Record<string, string | number>>): TextClient;
}

/** Serves `/test.Echo/<name>` for every given method until the test ends. */
export async function serveMethods(
  methods: Readonly<Record<string, Method>>,
  options: Omit<GrpcServerOptions, 'lookup'> = {},
): Promise<ServedEngine> {
  const table = new Map(Object.entries(methods).map(([name, method]) => [`/test.Echo/${name}`, method]));
  const server = createGrpcServer({ ...options, lookup: (path) => table.get(path) });
  const port = (await server.listen({ host: '127.0.0.1', port: 0 })) as number;
  onTestFinished(() => server.close(0));
  return { server, port, connect: (clientOptions) => new TextClient(`127.0.0.1:${port}`, clientOptions) };
}

export interface Outcome {
  readonly code: number;
  readonly message: string;
  readonly response: string | undefined;
  /** Response headers, when there were any apart from the status. */
  readonly headers: Metadata | undefined;
  readonly trailers: Metadata;
}

export interface CallSettings {
  readonly metadata?: Readonly<Record<string, string | Buffer | readonly string[]>>;
  readonly deadline?: number;
}

/** A real gRPC client for messages of text. */
export class TextClient {
  readonly client: Client;

  constructor(address: string, options: Readonly<Record<string, string | number>> = {}) {
    this.client = new Client(address, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      'grpc.enable_retries': 0,
      ...options,
    });
    onTestFinished(() => this.client.close());
  }

  call(path: string, request: string, settings: CallSettings = {}): Promise<Outcome> & { cancel(): void } {
    let headers: Metadata | undefined;
    let cancel = (): void => undefined;
    const outcome = new Promise<Outcome>((resolve) => {
      let response: string | undefined;
      let failure: ServiceError | null = null;
      const call = this.client.makeUnaryRequest(
        path.startsWith('/') ? path : `/test.Echo/${path}`,
        bytesOf,
        textOf,
        request,
        metadataOf(settings),
        settings.deadline === undefined ? {} : { deadline: Date.now() + settings.deadline },
        (error, value) => {
          failure = error;
          response = value;
        },
      );
      cancel = () => call.cancel();
      call.on('metadata', (received) => {
        headers = received;
      });
      call.on('status', (status) => {
        const message = failure?.details ?? status.details;
        resolve({ code: status.code, message, response, headers, trailers: status.metadata });
      });
    });
    return Object.assign(outcome, { cancel: () => cancel() });
  }

  /** Sends all requests, ends, and answers all responses and the status. */
  async stream(name: string, requests: readonly string[]): Promise<{ responses: string[]; code: number; message: string }> {
    const call = this.client.makeBidiStreamRequest(`/test.Echo/${name}`, bytesOf, textOf);
    const responses: string[] = [];
    const status = new Promise<{ code: number; details: string }>((resolve) => call.on('status', resolve));
    call.on('data', (text: string) => responses.push(text));
    // The status tells it too.
    call.on('error', () => undefined);
    for (const request of requests) call.write(request);
    call.end();
    const { code, details } = await status;
    return { responses, code, message: details };
  }
}

function metadataOf({ metadata = {} }: CallSettings): Metadata {
  const result = new Metadata();
  for (const [name, value] of Object.entries(metadata)) {
    for (const one of [value].flat()) result.add(name, one as string | Buffer);
  }
  return result;
}
