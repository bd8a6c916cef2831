import type { Logger } from '@coffer/core';
import type { FinishedSpan } from '../finished-span.ts';
import { ZERO_SPAN_ID } from '../w3c/span-context.ts';
import type { SpanExporter } from './span-exporter.ts';

/** Writes each span as a line of the log. */
export function createLogExporter(logger: Logger): SpanExporter {
  return {
    name: 'stdout',
    export: async (spans) => {
      for (const span of spans) logger.info(lineOf(span));
    },
    close: () => undefined,
  };
}

function lineOf({ name, context, parentId = ZERO_SPAN_ID, startTime, endTime }: FinishedSpan): string {
  const times = `[${goTime(startTime)} ->  ${goTime(endTime)}]`;
  return `[${name}] Trace: ${context.traceId} Span: ${parentId}/${context.spanId} Time: ${times} Annotations: []`;
}

/** `2026-11-25 10:00:00.123456 +0000 UTC` */
function goTime(milliseconds: number): string {
  const whole = new Date(Math.floor(milliseconds)).toISOString();
  const micros = String(Math.floor((milliseconds % 1) * 1000)).padStart(3, '0');
  return `${whole.slice(0, 10)} ${whole.slice(11, -1)}${micros} +0000 UTC`;
}
