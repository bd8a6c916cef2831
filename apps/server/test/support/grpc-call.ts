import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';

export interface GrpcOutcome {
  /** `OK`, `UNAUTHENTICATED` … */
  readonly code: string | undefined;
  readonly message: string;
  /** The bytes of the status details, one character each. */
  readonly details: string;
  /** The response as text: names and values stand in it as they are. */
  readonly response: string;
}

/** A cofferd, or an address as gRPC has it: `unix:/path`. */
export type GrpcTarget = { readonly grpcPort: number } | string;

const asIs = (bytes: Buffer): Buffer => bytes;

/** A string field of a message, of at most 127 bytes. */
export const stringField = (number: number, text: string): Buffer =>
  Buffer.concat([Buffer.from([(number << 3) | 2, Buffer.byteLength(text)]), Buffer.from(text)]);

/** Calls a method of the Dapr service, or one named in full, with the bytes of a message. */
export async function grpcCall(
  target: GrpcTarget,
  method: string,
  message: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<GrpcOutcome> {
  const address = typeof target === 'string' ? target : `127.0.0.1:${target.grpcPort}`;
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.enable_retries': 0,
  });
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const path = method.startsWith('/') ? method : `/dapr.proto.runtime.v1.Dapr/${method}`;
  const [failed, response] = await new Promise<[ServiceError | null, Buffer | undefined]>((resolve) => {
    client.makeUnaryRequest(path, asIs, asIs, message, metadata, (error, answer) => resolve([error, answer]));
  });
  client.close();
  const [details = ''] = failed?.metadata.get('grpc-status-details-bin') ?? [];
  return {
    code: status[failed?.code ?? status.OK],
    message: failed?.details ?? '',
    details: details.toString('latin1'),
    response: response?.toString('utf8') ?? '',
  };
}

export function getSecret(
  target: GrpcTarget,
  store: string,
  key: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<GrpcOutcome> {
  return grpcCall(target, 'GetSecret', Buffer.concat([stringField(1, store), stringField(2, key)]), headers);
}
