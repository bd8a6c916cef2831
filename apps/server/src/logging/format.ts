import type { LogFields } from '@coffer/core/driver';
import { goJson, goQuote } from '@coffer/core/internal';
import type { LogLevel } from '../flags/server-options.ts';

/** One line of the log: its own fields beside those that every line has. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  readonly scope: string;
  readonly fields: LogFields;
}

/** What every line of a process has. */
export interface LogIdentity {
  readonly appId: string;
  readonly instance: string;
  readonly version: string;
}

export type LogFormat = (entry: LogEntry, time: Date) => string;

const LEVEL_TEXT: Readonly<Record<LogLevel, string>> = {
  debug: 'debug',
  info: 'info',
  warn: 'warning',
  error: 'error',
  fatal: 'fatal',
};
// What logrus leaves without quotes.
const BARE = /^[a-zA-Z0-9\-._/@^+]*$/;

/** `time="…" level=info msg="…"`, then the other fields sorted by name. */
export function textFormat(identity: LogIdentity): LogFormat {
  return (entry, time) => {
    const { level, message, ...rest } = membersOf(entry, identity);
    const others = Object.keys(rest)
      .sort()
      .map((name) => ` ${name}=${quoted(String(rest[name]))}`);
    return `time="${timestamp(time)}" level=${LEVEL_TEXT[entry.level]} msg=${quoted(String(message))}${others.join('')}\n`;
  };
}

/** One JSON object a line, members sorted by name. */
export function jsonFormat(identity: LogIdentity): LogFormat {
  return (entry, time) => {
    const { level, message, ...rest } = membersOf(entry, identity);
    return `${goJson({ ...rest, level, msg: message, time: timestamp(time) })}\n`;
  };
}

function membersOf(
  { level, message, scope, fields }: LogEntry,
  identity: LogIdentity,
): Record<string, string | number | boolean> {
  const members: Record<string, string | number | boolean> = {
    level: LEVEL_TEXT[level],
    message,
    instance: identity.instance,
    scope,
    type: 'log',
    ver: identity.version,
  };
  if (identity.appId !== '') members.app_id = identity.appId;
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) members[name] = value;
  return members;
}

const quoted = (text: string): string => (BARE.test(text) ? text : goQuote(text));

/** RFC 3339 with nanoseconds; the clock gives milliseconds. */
const timestamp = (time: Date): string => time.toISOString().replace('Z', '000000Z');
