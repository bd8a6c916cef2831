const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of bytes that should be UTF-8; a byte that is not stays as the lone surrogate U+DC00 + byte, for the surfaces to write. */
export function textOfBuffer(bytes: Uint8Array): string {
  const whole = decoded(bytes);
  if (whole !== undefined) return whole;
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const size = expectedSize(bytes[at] as number);
    const sequence = size === 0 || at + size > bytes.length ? undefined : decoded(bytes.subarray(at, at + size));
    text += sequence ?? String.fromCharCode(0xdc00 + (bytes[at] as number));
    at += sequence === undefined ? 1 : size;
  }
  return text;
}

/** Undefined when the bytes are no UTF-8. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    if (cause instanceof TypeError) return undefined;
    throw cause;
  }
}

/** Length of the sequence that a byte begins, 0 when it begins none. */
function expectedSize(first: number): number {
  if (first < 0x80) return 1;
  return first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}
