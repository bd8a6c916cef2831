const FIRST_SIZE = 128;

/**
 * Writes a protobuf message from its end to its start: when a length is written, what it measures is there already. So
 * what comes last in the message is written first.
 */
export class ProtoWriter {
  #bytes: Buffer = Buffer.allocUnsafe(FIRST_SIZE);
  #at = FIRST_SIZE;

  /** How much is written: the difference of two is the length of what was written between them. */
  get length(): number {
    return this.#bytes.length - this.#at;
  }

  /** A string field. Throws an Error for a text with lone surrogates: it has no form in UTF-8. */
  string(field: number, text: string): void {
    if (!text.isWellFormed()) throw new Error('string field contains invalid UTF-8');
    const size = Buffer.byteLength(text);
    this.#reserve(size);
    this.#at -= size;
    // Text of so many bytes as characters is ASCII, and is written faster so.
    this.#bytes.write(text, this.#at, size, size === text.length ? 'latin1' : 'utf8');
    this.prefix(field, size);
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#at -= bytes.length;
    this.#bytes.set(bytes, this.#at);
    this.prefix(field, bytes.length);
  }

  /** A field that is a number of at most 31 bits. */
  integer(field: number, value: number): void {
    this.#varint(value);
    this.#varint(field << 3);
  }

  /** Tag and length of a field whose content of `size` bytes is written already. */
  prefix(field: number, size: number): void {
    this.#varint(size);
    this.#varint((field << 3) | 2);
  }

  /** A field that is a map of strings. */
  stringMap(field: number, map: Readonly<Record<string, string>>): void {
    const names = Object.keys(map);
    for (let at = names.length - 1; at >= 0; at--) {
      const name = names[at] as string;
      const end = this.length;
      this.string(2, map[name] as string);
      this.string(1, name);
      this.prefix(field, this.length - end);
    }
  }

  /** The message. The writer must not be used any more. */
  finish(): Buffer {
    return this.#bytes.subarray(this.#at);
  }

  #varint(value: number): void {
    this.#reserve(5);
    let size = 1;
    for (let rest = value >>> 7; rest > 0; rest >>>= 7) size++;
    this.#at -= size;
    let at = this.#at;
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[at++] = (rest & 0x7f) | 0x80;
    this.#bytes[at] = rest;
  }

  #reserve(size: number): void {
    if (this.#at >= size) return;
    const { length } = this;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, length + size));
    larger.set(this.#bytes.subarray(this.#at), larger.length - length);
    this.#at = larger.length - length;
    this.#bytes = larger;
  }
}
