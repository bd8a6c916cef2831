import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import {
  Coffer,
  ComponentFailure,
  type Dialect,
  diskSource,
  parseComponents,
  type ResourceSource,
  type StoreDefinition,
  strictDialect,
} from '@coffer/core';
import { createHttpApi, createHttpListener } from '@coffer/http-api';
import type { RecordedCase } from './exchange.ts';

export interface ClientOptions {
  /** The driver, with its store's dependencies in it: the address of the recorded vendor. */
  readonly definition: StoreDefinition;
  /** The strict one by default: what was recorded is the reference's. */
  readonly dialect?: Dialect;
}

/** What became of a case's component and of its client's request. */
export interface ClientOutcome {
  /** Undefined when the start failed, or the case has no request. */
  readonly answer: { readonly status: number; readonly body: Buffer } | undefined;
  /** Why the component is not up, in the driver's words. */
  readonly failure: string | undefined;
  /** Everything that was logged. */
  readonly lines: readonly string[];
}

/** Starts Coffer with a case's component, serves it over HTTP, and sends the case's request as its client did. */
export async function askAsClient(
  recorded: RecordedCase,
  { definition, dialect = strictDialect }: ClientOptions,
): Promise<ClientOutcome> {
  const lines: string[] = [];
  const log = (message: string) => void lines.push(message);
  const logger = { debug: log, info: log, warn: log, error: log };
  let runtime: Coffer;
  try {
    runtime = await Coffer.start({
      appId: 'recorded',
      source: sourceOf(recorded),
      definitions: [definition],
      dialect,
      environment: recorded.env,
      loggerFor: () => logger,
      hotReload: false,
    });
  } catch (cause) {
    const failure = cause instanceof Error ? cause.cause : undefined;
    if (failure instanceof ComponentFailure) return { answer: undefined, failure: failure.reason, lines };
    throw cause;
  }
  try {
    const { clientRequest } = recorded;
    return { answer: clientRequest === null ? undefined : await send(runtime, clientRequest), failure: undefined, lines };
  } finally {
    await runtime.close();
  }
}

function sourceOf({ component }: RecordedCase): ResourceSource {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const nothing = diskSource({ directories: [], configurationFiles: [], logger });
  return { ...nothing, readComponents: async () => parseComponents(component, 'component.yaml') };
}

async function send(
  runtime: Coffer,
  request: { readonly method: string; readonly path: string },
): Promise<ClientOutcome['answer']> {
  const listener = createHttpListener({ api: createHttpApi({ runtime }) });
  const port = Number(await listener.listen({ host: '127.0.0.1', port: 0 }));
  try {
    // The path goes out as it is written: a URL object would tidy it up.
    const sent = http.request({ host: '127.0.0.1', port, ...request, agent: false }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) };
  } finally {
    await listener.close(0);
  }
}
