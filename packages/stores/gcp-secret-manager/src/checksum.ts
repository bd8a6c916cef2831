/** CRC-32C (Castagnoli) as an unsigned number, which Secret Manager sends along with each payload. */
export function crc32c(bytes: Uint8Array): number {
  table ??= makeTable();
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const REVERSED_POLYNOMIAL = 0x82f63b78;
let table: Uint32Array | undefined;

function makeTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, index) => {
    let entry = index;
    for (let bit = 0; bit < 8; bit++) entry = entry & 1 ? (entry >>> 1) ^ REVERSED_POLYNOMIAL : entry >>> 1;
    return entry;
  });
}
