// What a server tells beside its answers: log lines and metrics.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { matches } from './compare.mjs';
import { exchange } from './http-client.mjs';

const ABSENT_MS = 600; // how long to look for a log line that is expected to be absent

// The decoded messages of the log written so far; lines that are not log lines count as messages without a level.
function logEntries(text) {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      if (line.startsWith('{')) {
        try {
          return JSON.parse(line);
        } catch {}
      }
      const entry = { msg: line };
      if (!/^time=/.test(line)) return entry;
      for (const [, name, quoted, bare] of line.matchAll(/([\w.-]+)=(?:("(?:[^"\\]|\\.)*")|(\S*))/g)) {
        entry[name] = quoted === undefined ? bare : unquote(quoted);
      }
      return entry;
    });
}

function unquote(text) {
  try {
    return JSON.parse(
      text
        .replace(/\\x([0-9a-f]{2})/g, '\\u00$1')
        .replace(/\\a/g, '\\u0007')
        .replace(/\\v/g, '\\u000b'),
    );
  } catch {
    return text;
  }
}

// {log: {text | regex, raw, recent, stream, file, fields}}: is there a log line whose message contains the text?
// recent: only lines written since the last step that was not a log step began.
export async function log(run, step, expected) {
  const { text, regex, raw, recent, stream = 'stdout', fields, file } = step.log;
  const fits = regex ? (msg) => new RegExp(regex, 's').test(msg) : (msg) => msg.includes(run.fill(text));
  const look = () => {
    const source = file
      ? fs.existsSync(path.join(run.dir, file))
        ? fs.readFileSync(path.join(run.dir, file), 'utf8')
        : ''
      : run.logs[stream].slice(recent ? run.mark[stream] : 0);
    const found = (raw ? source.split('\n').map((msg) => ({ msg })) : logEntries(source)).filter((entry) =>
      fits(String(entry.msg)),
    );
    if (found.length === 0) return { present: false };
    const entry = found.at(-1);
    const mask = run.masker(step);
    const show = fields
      ? { fields: Object.fromEntries(fields.map((name) => [name, entry[name] === undefined ? null : mask(String(entry[name]))])) }
      : {};
    return { present: true, ...(entry.level ? { level: entry.level } : {}), ...show };
  };
  return poll(look, expected, expected?.present === false || run.exit ? ABSENT_MS : 4000);
}

// {metrics: {match, values}}: the exposition lines that match, with sorted labels; values: false compares the series only.
export async function metrics(run, step, expected) {
  const { match, values = true, target = '/metrics' } = step.metrics;
  const look = async () => {
    const connectTo = run.target({ listener: 'metrics' });
    let text;
    try {
      const { responses } = await exchange({
        connectTo,
        parts: [`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`],
        methods: ['GET'],
      });
      text = responses[0].body.toString('utf8');
    } catch (error) {
      return { error: error.code ?? error.message };
    }
    const mask = run.masker(step);
    const lines = text
      .split('\n')
      .filter((line) => new RegExp(match).test(line))
      .map(normaliseMetric);
    return { lines: lines.map((line) => mask(values ? line : line.replace(/ \S+$/, ''))).sort() };
  };
  return poll(look, expected, 4000);
}

function normaliseMetric(line) {
  const [, name, labels, value] = /^([^{ ]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (labels === undefined) return line;
  return `${name}{${(labels.match(/[\w]+="(?:[^"\\]|\\.)*"/g) ?? []).sort().join(',')}} ${value}`;
}

// Observes repeatedly until the observation equals the expectation; for one of absence, as long as it holds and time lasts.
async function poll(look, expected, ms) {
  const absence = expected?.present === false;
  const deadline = Date.now() + ms;
  for (;;) {
    const seen = await look();
    if (matches(expected, seen) !== absence || Date.now() > deadline) return seen;
    await sleep(50);
  }
}
