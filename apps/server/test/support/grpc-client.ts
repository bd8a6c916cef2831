import { Client, credentials, Metadata, status } from '@grpc/grpc-js';

export interface SecretOutcome {
  /** Name of the code: `OK`, `INVALID_ARGUMENT`. */
  readonly code: string;
  readonly message: string;
  /** The response as text: names and values stand in it as they are. */
  readonly response: string;
}

/** GetSecret over gRPC, with messages by hand. `address` is `host:port` or `unix:path`. */
export function getSecret(
  address: string,
  store: string,
  key: string,
  metadata: Readonly<Record<string, string>> = {},
): Promise<SecretOutcome> {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.enable_retries': 0,
  });
  const sent = new Metadata();
  for (const [name, value] of Object.entries(metadata)) sent.set(name, value);
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      '/dapr.proto.runtime.v1.Dapr/GetSecret',
      () => Buffer.concat([field(1, store), field(2, key)]),
      (bytes) => bytes.toString('utf8'),
      undefined,
      sent,
      (error, response = '') => {
        client.close();
        resolve({ code: status[error?.code ?? 0] as string, message: error?.details ?? '', response });
      },
    );
  });
}

/** A string field of less than 128 bytes. */
function field(number: number, text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
}
