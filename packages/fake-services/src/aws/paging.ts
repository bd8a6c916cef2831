import { createHash } from 'node:crypto';
import { AwsFailure } from './failure.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly token: string | undefined;
}

/** One page of what is there, from where a token of an earlier page for the same question points. */
export function pageOf<Item>(all: readonly Item[], size: number, token: string, question: unknown): Page<Item> {
  const mark = createHash('sha256').update(JSON.stringify(question)).digest('base64url').slice(0, 16);
  const start = token === '' ? 0 : startOf(token, mark);
  const items = all.slice(start, start + size);
  const next = start + items.length;
  return { items, token: next < all.length ? Buffer.from(`${mark}:${next}`).toString('base64') : undefined };
}

function startOf(token: string, mark: string): number {
  const [question, start] = Buffer.from(token, 'base64').toString().split(':');
  if (question === mark && /^\d+$/.test(start ?? '')) return Number(start);
  throw new AwsFailure('InvalidNextTokenException', 'The NextToken value is invalid.');
}
