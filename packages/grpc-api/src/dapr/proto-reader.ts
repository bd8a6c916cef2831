import { isUtf8 } from 'node:buffer';

const TRUNCATED = 'unexpected EOF';
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const START_GROUP = 3;
const END_GROUP = 4;
const FIXED32 = 5;
/** How deep groups may lie in groups. */
const MOST_GROUPS = 100;

/** Takes the fields out of a protobuf message. Throws an Error for bytes that are none. */
export class ProtoReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  #tag = 0;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
    this.#end = end;
  }

  /** Number of the next field, 0 at the end. What the field holds must be taken, or skipped, before the next one. */
  next(): number {
    if (this.#at >= this.#end) return 0;
    this.#tag = this.#varint();
    const field = this.#tag >>> 3;
    if (field === 0) throw new Error('invalid field number');
    return field;
  }

  /** Whether the field holds bytes: a string, or a message. */
  get isDelimited(): boolean {
    return (this.#tag & 7) === LENGTH_DELIMITED;
  }

  string(): string {
    const start = this.#delimited();
    const text = this.#bytes.toString('utf8', start, this.#at);
    if (text.includes('\ufffd') && !isUtf8(this.#bytes.subarray(start, this.#at))) {
      throw new Error('string field contains invalid UTF-8');
    }
    return text;
  }

  /** A reader of the message that the field holds. */
  message(): ProtoReader {
    const start = this.#delimited();
    return new ProtoReader(this.#bytes, start, this.#at);
  }

  skip(): void {
    this.#skip(this.#tag, 0);
  }

  #delimited(): number {
    const size = this.#varint();
    const start = this.#at;
    this.#advance(size);
    return start;
  }

  #skip(tag: number, depth: number): void {
    const wireType = tag & 7;
    if (wireType === VARINT) this.#longVarint();
    else if (wireType === FIXED64) this.#advance(8);
    else if (wireType === LENGTH_DELIMITED) this.#delimited();
    else if (wireType === FIXED32) this.#advance(4);
    else if (wireType === START_GROUP && depth < MOST_GROUPS) this.#skipGroup(tag, depth);
    else throw new Error('cannot parse invalid wire-format data');
  }

  #skipGroup(start: number, depth: number): void {
    const end = start - START_GROUP + END_GROUP;
    for (let tag = this.#varint(); tag !== end; tag = this.#varint()) this.#skip(tag, depth + 1);
  }

  #advance(size: number): void {
    if (size > this.#end - this.#at) throw new Error(TRUNCATED);
    this.#at += size;
  }

  #longVarint(): void {
    for (let size = 1; size <= 10; size++) {
      if (this.#at >= this.#end) throw new Error(TRUNCATED);
      if ((this.#bytes[this.#at++] as number) < 0x80) return;
    }
    throw new Error('variable length integer overflow');
  }

  /** A tag or a length: at most 32 bits. */
  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.#at >= this.#end) throw new Error(TRUNCATED);
      const byte = this.#bytes[this.#at++] as number;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new Error('variable length integer overflow');
  }
}
