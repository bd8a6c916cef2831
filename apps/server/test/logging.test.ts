import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonFormat, textFormat } from '../src/logging/format.ts';
import { createLogging } from '../src/logging/logging.ts';

const IDENTITY = { appId: 'app1', instance: 'host', version: '1.2.3' };
const TIME = new Date('2026-11-24T01:02:03.456Z');
const entry = {
  level: 'warn',
  message: 'a "b"\n\u001b[31m',
  scope: 'dapr.runtime',
  fields: { code: 200, component: 'x y', gone: undefined },
} as const;

describe('formats', () => {
  it('writes text with sorted fields, quoting what could forge a line', () => {
    expect(textFormat(IDENTITY)(entry, TIME)).toBe(
      'time="2026-11-24T01:02:03.456000000Z" level=warning msg="a \\"b\\"\\n\\x1b[31m" app_id=app1 code=200 component="x y" instance=host scope=dapr.runtime type=log ver=1.2.3\n',
    );
  });

  it('writes JSON with sorted members', () => {
    expect(jsonFormat(IDENTITY)(entry, TIME)).toBe(
      '{"app_id":"app1","code":200,"component":"x y","instance":"host","level":"warning","msg":"a \\"b\\"\\n\\u001b[31m","scope":"dapr.runtime","time":"2026-11-24T01:02:03.456000000Z","type":"log","ver":"1.2.3"}\n',
    );
  });

  it('leaves out an empty app id and keeps bare words bare', () => {
    expect(textFormat({ ...IDENTITY, appId: '' })({ ...entry, message: 'ok', fields: {} }, TIME)).toMatch(
      /level=warning msg=ok instance=host /,
    );
  });
});

describe('createLogging', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'coffer-log-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('appends to a file, by level; the API log whatever the level', () => {
    const file = join(folder, 'log');
    for (let round = 0; round < 2; round++) {
      const { loggerFor, alwaysLoggerFor, fatal } = createLogging({ level: 'error', json: true, file, appId: 'a' }, '1.0.0');
      loggerFor('x').info('not this');
      loggerFor('x').error('this', { n: 1 });
      alwaysLoggerFor('api').info('called');
      fatal('x', 'end');
    }
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ level, msg, scope }) => [level, msg, scope])).toEqual(
      [0, 1].flatMap(() => [
        ['error', 'this', 'x'],
        ['info', 'called', 'api'],
        ['fatal', 'end', 'x'],
      ]),
    );
  });
});
