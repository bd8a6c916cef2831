import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { peakMemoryOf } from './memory.ts';

const PIECE = 8 * 2 ** 20;
const PIECES = 10;

test('what is held at one time counts, and what was let go does not', async () => {
  const held: Buffer[] = [];
  const pieces = (keep: (piece: Buffer) => void) => async () => {
    for (let count = 0; count < PIECES; count++) {
      keep(Buffer.alloc(PIECE, 1));
      await sleep(5);
    }
  };
  const bound = 3 * PIECE;
  expect(
    await peakMemoryOf(
      pieces(() => undefined),
      bound,
    ),
  ).toBeLessThan(bound + PIECE);
  expect(
    await peakMemoryOf(
      pieces((piece) => held.push(piece)),
      bound,
    ),
  ).toBeGreaterThan((PIECES - 1) * PIECE);
  expect(held).toHaveLength(PIECES);
});
