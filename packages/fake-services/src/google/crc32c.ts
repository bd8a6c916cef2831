/** CRC-32C, bit by bit: slow, and nothing like what it checks. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const low = (crc ^ (byte >> bit)) & 1;
      crc = (crc >>> 1) ^ (low === 1 ? 0x82f6_3b78 : 0);
    }
  }
  return ~crc >>> 0;
}
