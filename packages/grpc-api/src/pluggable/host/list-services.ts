import type { ClientHttp2Session } from 'node:http2';
import { CallError } from '../../client/call-error.ts';
import { callMessage } from '../../client/call-message.ts';
import type { CallOptions } from '../../client/call-unary.ts';
import { connectUnix } from '../../client/connect-unix.ts';
import { ServerReflection as ReflectionV1 } from '../../gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as ReflectionV1Alpha } from '../../gen/grpc/reflection/v1alpha/reflection_pb.js';
import { StatusCode } from '../../server/status.ts';

export interface ListServicesOptions {
  readonly socket: string;
  /** Versions of server reflection, tried one after the other while the server has none of them. */
  readonly versions: readonly ('v1alpha' | 'v1')[];
  /** Milliseconds for all of it. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** Far more than a list of services needs. */
const MAX_ANSWER = 2 ** 20;
const ALL_SERVICES = { messageRequest: { case: 'listServices', value: '*' } } as const;

/** Full names of the services behind a socket, by server reflection. Fails with `CallError`, or with the signal's reason. */
export async function listServices({ socket, versions, timeout, signal }: ListServicesOptions): Promise<string[]> {
  const session = await connectUnix({ path: socket, timeout, signal });
  const late = AbortSignal.timeout(timeout);
  const either = signal === undefined ? late : AbortSignal.any([signal, late]);
  try {
    let failure: unknown;
    for (const version of versions) {
      try {
        return await servicesBy(version, session, { maxMessageSize: MAX_ANSWER, signal: either });
      } catch (cause) {
        failure = cause;
        if (!(cause instanceof CallError) || cause.code !== StatusCode.unimplemented) break;
      }
    }
    signal?.throwIfAborted();
    throw late.aborted ? new CallError(StatusCode.deadlineExceeded, `no answer within ${timeout} ms`) : failure;
  } finally {
    session.destroy();
  }
}

async function servicesBy(version: 'v1alpha' | 'v1', session: ClientHttp2Session, options: CallOptions): Promise<string[]> {
  const { messageResponse: answer } =
    version === 'v1'
      ? await callMessage(session, ReflectionV1.method.serverReflectionInfo, ALL_SERVICES, options)
      : await callMessage(session, ReflectionV1Alpha.method.serverReflectionInfo, ALL_SERVICES, options);
  if (answer.case === 'listServicesResponse') return answer.value.service.map(({ name }) => name);
  if (answer.case === 'errorResponse') throw new CallError(answer.value.errorCode, answer.value.errorMessage);
  throw new CallError(StatusCode.internal, 'reflection gave no list of services');
}
