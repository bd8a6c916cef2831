import type { Logger } from '@coffer/core';
import type { GrpcObserver } from '../options.ts';
import { STATUS_NAMES } from '../server/status.ts';
import type { CallObserver } from '../server/types.ts';

/** The metrics of the reference know unary calls only. */
export function metrics(observer: GrpcObserver): CallObserver {
  return {
    finished({ unary, path, startedAt, receivedBytes, sentBytes }, code, error) {
      if (!unary) return;
      observer.completed({
        method: path,
        status: STATUS_NAMES[code] ?? 'Unknown',
        elapsed: performance.now() - startedAt,
        requestBytes: receivedBytes,
        responseBytes: sentBytes,
        errorCode: error?.errorCode,
      });
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
