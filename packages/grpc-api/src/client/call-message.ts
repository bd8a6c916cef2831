import type { ClientHttp2Session } from 'node:http2';
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { StatusCode } from '../server/status.ts';
import { CallError } from './call-error.ts';
import { type CallOptions, callUnary } from './call-unary.ts';

/** A method of a generated service. */
export type MethodOf<Input extends DescMessage, Output extends DescMessage> = DescMethod & {
  readonly input: Input;
  readonly output: Output;
};

/** `callUnary` with messages. Every text of the request must be well-formed. */
export async function callMessage<Input extends DescMessage, Output extends DescMessage>(
  session: ClientHttp2Session,
  method: MethodOf<Input, Output>,
  request: MessageInitShape<Input>,
  options: CallOptions,
): Promise<MessageShape<Output>> {
  const { input, output, parent, name } = method;
  const message = toBinary(input, create(input, request));
  const answer = await callUnary(session, `/${parent.typeName}/${name}`, message, options);
  try {
    return fromBinary(output, answer);
  } catch (cause) {
    const problem = `proto: invalid wire format or UTF-8 in ${output.typeName}`;
    throw new CallError(StatusCode.internal, `grpc: failed to unmarshal the received message: ${problem}`, { cause });
  }
}
