import { GrpcError, type StatusCode } from '../server/status.ts';
import { ProtoWriter } from './proto-writer.ts';

const TYPE_PREFIX = 'type.googleapis.com/google.rpc.';

/** `google.rpc.ErrorInfo`. */
export interface ErrorInfo {
  readonly reason: string;
  readonly domain: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** `google.rpc.ResourceInfo`, without an owner. */
export interface ResourceInfo {
  readonly type: string;
  readonly name: string;
  readonly description: string;
}

/** A failure with `google.rpc.Status` details. Field numbers are those of proto/google/rpc. */
export function detailedError(code: StatusCode, message: string, info: ErrorInfo, resource?: ResourceInfo): GrpcError {
  return new GrpcError(code, message, statusDetails(code, message, info, resource));
}

/** A serialised `google.rpc.Status`. */
export function statusDetails(code: StatusCode, message: string, info: ErrorInfo, resource?: ResourceInfo): Uint8Array {
  const writer = new ProtoWriter();
  writeDetail(writer, 'ErrorInfo', encodeErrorInfo(info));
  if (resource !== undefined) writeDetail(writer, 'ResourceInfo', encodeResourceInfo(resource));
  writer.string(2, message.toWellFormed());
  writer.integer(1, code);
  return writer.finish();
}

function writeDetail(writer: ProtoWriter, type: string, value: Uint8Array): void {
  const end = writer.length;
  writer.bytes(2, value);
  writer.string(1, TYPE_PREFIX + type);
  writer.prefix(3, writer.length - end);
}

function encodeErrorInfo({ reason, domain, metadata }: ErrorInfo): Uint8Array {
  const writer = new ProtoWriter();
  const entries = Object.entries(metadata).map(([name, value]) => [name.toWellFormed(), value.toWellFormed()]);
  writer.stringMap(3, Object.fromEntries(entries));
  writer.string(2, domain);
  writer.string(1, reason);
  return writer.finish();
}

function encodeResourceInfo({ type, name, description }: ResourceInfo): Uint8Array {
  const writer = new ProtoWriter();
  writer.string(4, description.toWellFormed());
  writer.string(2, name.toWellFormed());
  writer.string(1, type);
  return writer.finish();
}
