import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** A span as a collector sees it. */
export interface ReceivedSpan {
  readonly service: string;
  readonly scope: string;
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly state: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly status: { readonly code: number; readonly message: string } | undefined;
  /** Milliseconds. */
  readonly duration: number;
}

export interface Collector extends AsyncDisposable {
  /** `host:port` */
  readonly address: string;
  readonly spans: ReceivedSpan[];
  /** Headers or metadata of the last delivery. */
  readonly headers: Record<string, string>;
  readonly paths: string[];
}

const definition = loadSync(fileURLToPath(new URL('otlp-trace.proto', import.meta.url)), { longs: String, defaults: true });
const service = definition['opentelemetry.proto.collector.trace.v1.TraceService'] as grpc.ServiceDefinition;

/** OTLP over HTTP: decodes the protobuf that it is sent. */
export async function otlpHttpCollector(): Promise<Collector> {
  return httpCollector((body, collector) => {
    const request = service.Export?.requestDeserialize(body) as ExportRequest;
    collector.spans.push(...spansOf(request));
    return Buffer.alloc(0);
  });
}

/** Zipkin's version 2 API. */
export async function zipkinCollector(): Promise<Collector> {
  return httpCollector((body, collector) => {
    for (const span of JSON.parse(body.toString('utf8')) as ZipkinSpan[]) {
      collector.spans.push({
        service: span.localEndpoint.serviceName,
        scope: '',
        name: span.name,
        kind: span.kind === 'CLIENT' ? 3 : 0,
        traceId: span.traceId,
        spanId: span.id,
        parentId: span.parentId ?? '',
        state: '',
        attributes: span.tags,
        status: undefined,
        duration: span.duration / 1000,
      });
    }
    return Buffer.alloc(0);
  });
}

/** OTLP over gRPC. */
export async function otlpGrpcCollector(): Promise<Collector> {
  const collector = { spans: [] as ReceivedSpan[], headers: {} as Record<string, string>, paths: [] as string[] };
  const server = new grpc.Server();
  server.addService(service, {
    Export(call: grpc.ServerUnaryCall<ExportRequest, object>, answer: grpc.sendUnaryData<object>) {
      Object.assign(collector.headers, call.metadata.getMap());
      collector.paths.push(call.getPath());
      collector.spans.push(...spansOf(call.request));
      answer(null, {});
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, ...collector, [Symbol.asyncDispose]: async () => server.forceShutdown() };
}

/** Accepts connections, reads, and never answers. */
export async function hangingEndpoint(): Promise<
  { readonly address: string; readonly connections: () => number } & AsyncDisposable
> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = net.createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined).resume();
  });
  await listening(server);
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function httpCollector(
  receive: (body: Buffer, collector: { readonly spans: ReceivedSpan[] }) => Buffer,
): Promise<Collector> {
  const collector = { spans: [] as ReceivedSpan[], headers: {} as Record<string, string>, paths: [] as string[] };
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    Object.assign(collector.headers, request.headers as IncomingHttpHeaders);
    collector.paths.push(request.url ?? '');
    response.writeHead(200).end(receive(Buffer.concat(chunks), collector));
  });
  await listening(server);
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...collector,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listening(server: net.Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}
interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly OtlpSpan[] }[];
  }[];
}
interface OtlpSpan {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly traceState: string;
  readonly parentSpanId: Buffer;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code: number; readonly message: string };
}
interface ZipkinSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parentId?: string;
  readonly name: string;
  readonly kind: string;
  readonly duration: number;
  readonly localEndpoint: { readonly serviceName: string };
  readonly tags: Readonly<Record<string, string>>;
}

const recordOf = (attributes: readonly Attribute[]): Record<string, string> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));

function spansOf({ resourceSpans }: ExportRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        service: recordOf(resource.attributes)['service.name'] ?? '',
        scope: scope.name,
        name: span.name,
        kind: span.kind,
        traceId: span.traceId.toString('hex'),
        spanId: span.spanId.toString('hex'),
        parentId: span.parentSpanId.toString('hex'),
        state: span.traceState,
        attributes: recordOf(span.attributes),
        status: span.status,
        duration: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
      })),
    ),
  );
}
