import { randomFillSync } from 'node:crypto';

// A call into the random generator costs more than the bytes it gives.
const pool = Buffer.alloc(4096);
let used: number = pool.length;

/** Random bytes as hexadecimal digits, not all of them zero. */
export function randomId(bytes: 8 | 16): string {
  for (;;) {
    if (used + bytes > pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    const id = pool.toString('hex', used, used + bytes);
    used += bytes;
    if (/[^0]/.test(id)) return id;
  }
}
