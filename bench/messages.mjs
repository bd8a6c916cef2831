// What a GetSecret call of the bench asks and gets, as protobuf bytes, so that no contender and no client shares an encoder.
const bytes = (content) => (typeof content === 'string' ? Buffer.from(content) : content);
const field = (number, content) => Buffer.concat([Buffer.from([(number << 3) | 2, bytes(content).length]), bytes(content)]);

export const METHOD = '/dapr.proto.runtime.v1.Dapr/GetSecret';

/** GetSecretRequest { store_name, key }. */
export const REQUEST = Buffer.concat([field(1, 'example'), field(2, 'greeting')]);

/** GetSecretResponse { data: { greeting: … } }. */
export const ANSWER = field(1, Buffer.concat([field(1, 'greeting'), field(2, 'hello from Coffer')]));

/** A message as it travels in DATA frames: not compressed, its length, itself. */
export function frame(message) {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
