import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';

export interface GrpcOutcome {
  /** `OK`, `UNAUTHENTICATED` … */
  readonly code: string | undefined;
  readonly message: string;
  /** The bytes of the status details, one character each. */
  readonly details: string;
}

const asIs = (bytes: Buffer): Buffer => bytes;

/** A string field of a message, of at most 127 bytes. */
export const stringField = (number: number, text: string): Buffer =>
  Buffer.concat([Buffer.from([(number << 3) | 2, Buffer.byteLength(text)]), Buffer.from(text)]);

/** Calls a method of the Dapr service, or one named in full, with the bytes of a message. */
export async function grpcCall(
  { grpcPort }: { readonly grpcPort: number },
  method: string,
  message: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<GrpcOutcome> {
  const client = new Client(`127.0.0.1:${grpcPort}`, credentials.createInsecure());
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const path = method.startsWith('/') ? method : `/dapr.proto.runtime.v1.Dapr/${method}`;
  const failed = await new Promise<ServiceError | null>((resolve) => {
    client.makeUnaryRequest(path, asIs, asIs, message, metadata, (error) => resolve(error));
  });
  client.close();
  const [details = ''] = failed?.metadata.get('grpc-status-details-bin') ?? [];
  return { code: status[failed?.code ?? status.OK], message: failed?.details ?? '', details: details.toString('latin1') };
}
