import type { Logger } from '../driver/index.ts';

/** Gives the logger of a part of the process, by the reference's scope names: `dapr.runtime`, `dapr.contrib` … */
export type LoggerFor = (scope: string) => Logger;

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** For embedders that give no logger. */
export const silentLoggerFor: LoggerFor = () => silent;
