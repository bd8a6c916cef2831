import type { Logger } from '@coffer/core';
import { describe, expect, it } from 'vitest';
import type { SpanExporter } from '../src/export/span-exporter.ts';
import { SpanQueue, type SpanQueueOptions } from '../src/export/span-queue.ts';
import type { FinishedSpan } from '../src/finished-span.ts';

const span = (name: string): FinishedSpan => ({
  name,
  context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), flags: 1, state: '' },
  parentId: undefined,
  startTime: 0,
  endTime: 1,
  attributes: {},
  failure: undefined,
});

function queueOf(exporting: SpanExporter['export'], more: Partial<SpanQueueOptions> = {}) {
  const [batches, told, lines]: [string[][], [string, number][], string[]] = [[], [], []];
  let closed = 0;
  const write = (message: string) => void lines.push(message);
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  const queue = new SpanQueue({
    exporter: {
      name: 'otlp',
      export(spans) {
        batches.push(spans.map(({ name }) => name));
        return exporting(spans);
      },
      close: () => void closed++,
    },
    logger,
    observer: (_, result, count) => void told.push([result, count]),
    ...more,
  });
  return { queue, batches, told, lines, closed: () => closed };
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('SpanQueue', () => {
  it('sends a full batch at once, the rest after a while, and one batch at a time', async () => {
    let running = 0;
    let most = 0;
    const { queue, batches } = queueOf(
      async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 10));
        running--;
      },
      { batch: 3, delay: 20 },
    );
    for (let at = 0; at < 8; at++) queue.push(span(`${at}`));
    expect(batches).toEqual([['0', '1', '2']]);
    await until(() => batches.length === 3);
    expect(batches).toEqual([
      ['0', '1', '2'],
      ['3', '4', '5'],
      ['6', '7'],
    ]);
    expect(most).toBe(1);
    await queue.close(20_000);
  });

  it('gives up on a batch in time, and logs that once until it works again', async () => {
    let works = false;
    const { queue, told, lines } = queueOf(() => (works ? Promise.resolve() : new Promise(() => undefined)), {
      batch: 1,
      timeout: 20,
    });
    for (let at = 0; at < 3; at++) queue.push(span(`${at}`));
    await until(() => told.length === 3);
    expect(told).toEqual([
      ['failed', 1],
      ['failed', 1],
      ['failed', 1],
    ]);
    works = true;
    queue.push(span('3'));
    await until(() => told.length === 4);
    expect(lines).toEqual([
      "traces don't reach the otlp endpoint: no answer within 20 ms",
      'traces reach the otlp endpoint again',
    ]);
    await queue.close(20_000);
  });

  it('begins no more deliveries than a few while earlier ones hang, and goes on when they end', async () => {
    const hanging: (() => void)[] = [];
    const exporting = () => new Promise<void>((resolve) => hanging.push(resolve));
    const { queue, batches, told } = queueOf(exporting, { batch: 1, timeout: 20 });
    for (let at = 0; at < 10; at++) queue.push(span(`${at}`));
    await until(() => told.length === 10);
    expect(batches).toEqual([['0'], ['1'], ['2'], ['3']]);
    for (const end of hanging.splice(0)) end();
    await Promise.resolve();
    queue.push(span('10'));
    await until(() => batches.length === 5);
    hanging[0]?.();
    await until(() => told.length === 11);
    expect(told.at(-1)).toEqual(['exported', 1]);
    await queue.close(20_000);
  });

  it('sends everything that waits when it closes, once', async () => {
    const { queue, batches, told, closed } = queueOf(async () => undefined, { batch: 2 });
    for (let at = 0; at < 5; at++) queue.push(span(`${at}`));
    await Promise.all([queue.close(20_000), queue.close(20_000)]);
    expect(batches.flat()).toEqual(['0', '1', '2', '3', '4']);
    expect(told.reduce((sum, [, count]) => sum + count, 0)).toBe(5);
    expect(closed()).toBe(1);
  });

  it('goes on after an exporter that fails, and shortens what a collector says', async () => {
    const { queue, told, lines } = queueOf(async () => Promise.reject(new Error('x'.repeat(1000))), { batch: 1 });
    queue.push(span('0'));
    await queue.close(20_000);
    expect(told).toEqual([['failed', 1]]);
    expect(lines[0]?.length).toBeLessThan(300);
  });
});
