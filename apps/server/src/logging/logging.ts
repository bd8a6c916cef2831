import { openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import type { LoggerFor } from '@coffer/core';
import type { LogFields, Logger } from '@coffer/core/driver';
import { LOG_LEVELS, type LogLevel, type LogOptions } from '../flags/server-options.ts';
import { jsonFormat, textFormat } from './format.ts';

export interface Logging {
  readonly loggerFor: LoggerFor;
  /** Loggers that write whatever the level is: for the API log. */
  readonly alwaysLoggerFor: LoggerFor;
  /** Writes a line of level fatal. The caller ends the process. */
  fatal(scope: string, message: string): void;
}

/**
 * The process's log, on standard output or in a file. Lines are written at once and whole: what was logged before a crash
 * is in the log.
 */
export function createLogging(options: LogOptions, version: string): Logging {
  const descriptor = options.file === '' ? 1 : openSync(options.file, 'a', 0o600);
  const identity = { appId: options.appId, instance: hostname(), version };
  const format = options.json ? jsonFormat(identity) : textFormat(identity);
  const least = LOG_LEVELS.indexOf(options.level);
  const write = (scope: string, level: LogLevel, message: string, fields: LogFields = {}): void => {
    writeAll(descriptor, format({ level, message, scope, fields }, new Date()));
  };
  const loggerAbove = (threshold: number): LoggerFor => {
    const loggers = new Map<string, Logger>();
    const at = (scope: string, level: LogLevel) =>
      LOG_LEVELS.indexOf(level) < threshold
        ? () => undefined
        : (message: string, fields?: LogFields) => write(scope, level, message, fields);
    return (scope) => {
      const existing = loggers.get(scope);
      if (existing) return existing;
      const logger = { debug: at(scope, 'debug'), info: at(scope, 'info'), warn: at(scope, 'warn'), error: at(scope, 'error') };
      loggers.set(scope, logger);
      return logger;
    };
  };
  return {
    loggerFor: loggerAbove(least),
    alwaysLoggerFor: loggerAbove(0),
    fatal: (scope, message) => write(scope, 'fatal', message),
  };
}

/** A pipe may be full (EAGAIN) or gone (EPIPE); neither may end the process. */
function writeAll(descriptor: number, line: string): void {
  let rest: Uint8Array = Buffer.from(line);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
      if (code !== 'EAGAIN') return;
      Atomics.wait(PAUSE, 0, 0, 1);
    }
  }
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4));
