import type { Logger } from '@coffer/core';
import type { GrpcObserver } from '../options.ts';
import { STATUS_NAMES } from '../server/status.ts';
import type { CallObserver } from '../server/types.ts';

/** The metrics of the reference know unary calls only. */
export function metrics(observer: GrpcObserver): CallObserver {
  return {
    finished({ unary, path, startedAt, receivedBytes, sentBytes }, code) {
      if (!unary) return;
      observer.completed(path, STATUS_NAMES[code] ?? 'Unknown', performance.now() - startedAt, receivedBytes, sentBytes);
    },
  };
}

export function apiLog(logger: Logger): CallObserver {
  return {
    finished({ path, metadata, startedAt }, code) {
      logger.info('gRPC API Called', {
        method: path,
        useragent: metadata.get('user-agent') || undefined,
        code,
        duration: Math.trunc(performance.now() - startedAt),
      });
    },
  };
}
