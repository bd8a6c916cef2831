import { describe, expect, it } from 'vitest';
import { crc32c } from './checksum.ts';

describe('crc32c', () => {
  // Check values of RFC 3720, appendix B.4, and of the CRC catalogue.
  it.each([
    [Buffer.from('123456789'), 0xe3069283],
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
    [Buffer.alloc(0), 0],
  ])('of %j', (bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });
});
