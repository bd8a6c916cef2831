import type { RequestMetadata, SecretTable, SecretValues } from '@coffer/core/driver';
import { ProtoReader } from './proto-reader.ts';
import { ProtoWriter } from './proto-writer.ts';

/*
 * The four messages of the two calls that are made all the time, read and written by hand: who only reads secrets never
 * loads a protobuf library. Field numbers are those of proto/dapr/proto/runtime/v1/secret.proto.
 */

export interface GetSecretRequest {
  readonly store: string;
  readonly name: string;
  readonly metadata: RequestMetadata;
}

const NO_METADATA: RequestMetadata = Object.freeze(Object.create(null));

/** Throws an Error for bytes that are no such message, as for a string that is not UTF-8. */
export function decodeGetSecretRequest(bytes: Uint8Array): GetSecretRequest {
  return decodeRequest(bytes, 2);
}

export function decodeGetBulkSecretRequest(bytes: Uint8Array): GetSecretRequest {
  return decodeRequest(bytes, undefined);
}

/** The two requests differ in the name, without which the metadata move up. */
function decodeRequest(bytes: Uint8Array, nameField: number | undefined): GetSecretRequest {
  const reader = new ProtoReader(bytes);
  const metadataField = nameField === undefined ? 2 : 3;
  let store = '';
  let name = '';
  let metadata = NO_METADATA;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (!reader.isDelimited) reader.skip();
    else if (field === 1) store = reader.string();
    else if (field === nameField) name = reader.string();
    else if (field === metadataField) {
      if (metadata === NO_METADATA) metadata = Object.create(null);
      readEntry(reader.message(), metadata as Record<string, string>);
    } else reader.skip();
  }
  return { store, name, metadata };
}

function readEntry(reader: ProtoReader, map: Record<string, string>): void {
  let name = '';
  let value = '';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (!reader.isDelimited || field > 2) reader.skip();
    else if (field === 1) name = reader.string();
    else value = reader.string();
  }
  map[name] = value;
}

/** Throws an Error for text with bytes that are not UTF-8 (lone surrogates). */
export function encodeGetSecretResponse(data: SecretValues | null): Uint8Array {
  const writer = new ProtoWriter();
  if (data !== null) writer.stringMap(1, data);
  return writer.finish();
}

export function encodeGetBulkSecretResponse(data: SecretTable<SecretValues | null> | null): Uint8Array {
  const writer = new ProtoWriter();
  const names = data === null ? [] : Object.keys(data);
  for (let at = names.length - 1; at >= 0; at--) {
    const name = names[at] as string;
    const end = writer.length;
    const values = data?.[name];
    if (values) writer.stringMap(1, values);
    writer.prefix(2, writer.length - end);
    writer.string(1, name);
    writer.prefix(1, writer.length - end);
  }
  return writer.finish();
}
