import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readResiliency } from './resiliency.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coffer-resiliency-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function read(files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return readResiliency([directory], 'app1');
}
const HEAD = 'kind: Resiliency\nmetadata: {name: res, namespace: ns}\n';

describe('readResiliency', () => {
  it('18-164: reads policies with their defaults, and targets', async () => {
    const { resiliencies, logs, problems } = await read({
      'r.yaml': `${HEAD}spec:
  policies:
    timeouts: {a: 250, b: "250", c: 0.25s, d: 1m}
    retries: {r: {}, e: {policy: Exponential, duration: 10ms, maxInterval: 1s, maxRetries: 3}}
    circuitBreakers: {cb: {}, t: {trip: consecutiveFailures >= 2, timeout: 1s, interval: 8, maxRequests: 2}}
  targets: {components: {fake: {outbound: {timeout: a, retry: r}}, other: {inbound: {timeout: a}}}}
`,
    });
    expect(problems).toEqual([]);
    expect(logs).toEqual([{ level: 'info', message: 'Loading Resiliency configuration: res' }]);
    const [{ name, namespace, timeouts, retries, circuitBreakers, components }] = resiliencies as [(typeof resiliencies)[0]];
    expect([name, namespace]).toEqual(['res', 'ns']);
    expect(Object.fromEntries(timeouts)).toEqual({ a: 250, b: 250, c: 250, d: 60_000 });
    expect(Object.fromEntries(retries)).toEqual({
      r: { policy: 'constant', duration: 5000, maxInterval: 60_000, maxRetries: -1 },
      e: { policy: 'exponential', duration: 10, maxInterval: 1000, maxRetries: 3 },
    });
    expect(Object.fromEntries(circuitBreakers)).toEqual({
      cb: { maxRequests: 1, interval: 0, timeout: 60_000 },
      t: {
        maxRequests: 2,
        interval: 8,
        timeout: 1000,
        trip: expect.objectContaining({ expression: 'consecutiveFailures >= 2' }),
      },
    });
    expect(Object.fromEntries(components)).toEqual({ fake: { timeout: 'a', retry: 'r' }, other: {} });
  });

  it.each([
    ['timeouts', 't: nonsense', 'invalid duration "t", nonsense: invalid duration "nonsense"'],
    ['timeouts', 't: ~', 'invalid duration "t", : invalid duration ""'],
    ['retries', 't: {policy: Linear}', 'invalid retry configuration "t": unexpected back off policy type: Linear'],
    ['retries', 't: {duration: 5x}', 'invalid retry configuration "t": invalid duration "5x"'],
    ['circuitBreakers', 't: {maxRequests: -1}', 'invalid circuit breaker configuration "t": maxRequests is negative'],
    ['circuitBreakers', 't: {timeout: soon}', 'invalid circuit breaker configuration "t": invalid duration "soon"'],
  ])('a bad policy of %s stops its group and what comes after: %s', async (group, policy, message) => {
    const { resiliencies, logs, problems } = await read({
      'r.yaml': `${HEAD}spec:\n  policies:\n    ${group}:\n      ${policy}\n    ${group === 'timeouts' ? 'retries: {r: {}}' : 'timeouts: {a: 1s}'}\n  targets: {components: {c: {outbound: {timeout: a}}}}\n`,
    });
    expect(logs).toEqual([
      { level: 'info', message: 'Loading Resiliency configuration: res' },
      { level: 'error', message: `Could not read resiliency policy res: ${message}` },
    ]);
    expect(problems).toMatchObject([{ severity: 'error', line: 6, field: `spec.policies.${group}.t`, message }]);
    const [{ timeouts, retries, circuitBreakers, components }] = resiliencies as [(typeof resiliencies)[0]];
    expect([timeouts.has('a'), retries.size, components.size]).toEqual([group !== 'timeouts', 0, 0]);
    expect([timeouts.has('t'), retries.has('t'), circuitBreakers.size]).toEqual([false, false, 0]);
  });

  it('refuses a trip that is no CEL, and names its place', async () => {
    const yaml =
      'spec:\n  policies:\n    circuitBreakers:\n      a: {trip: "true"}\n      b:\n        timeout: 1s\n        trip: "consecutiveFailures >"\n';
    const { resiliencies, logs, problems } = await read({ 'r.yaml': HEAD + yaml });
    const message = 'invalid circuit breaker configuration "b": invalid trip expression: Unexpected token: EOF (character 22)';
    expect(logs[1]).toEqual({ level: 'error', message: `Could not read resiliency policy res: ${message}` });
    expect(problems).toMatchObject([
      { severity: 'error', line: 9, column: 15, field: 'spec.policies.circuitBreakers.b.trip', message },
    ]);
    expect(resiliencies[0]).toMatchObject({ circuitBreakers: new Map(), whole: false });
  });

  it('warns of a trip that is never met', async () => {
    const { resiliencies, logs, problems } = await read({
      'r.yaml': `${HEAD}spec:\n  policies:\n    circuitBreakers:\n      a: {trip: failures > 2}\n`,
    });
    expect(logs).toHaveLength(1);
    expect(problems).toMatchObject([
      {
        severity: 'warning',
        line: 6,
        field: 'spec.policies.circuitBreakers.a.trip',
        message: 'the breaker never opens: Unknown variable: failures (character 1)',
      },
    ]);
    expect(resiliencies[0]?.circuitBreakers.has('a')).toBe(true);
  });

  it('takes zero and negative values of a breaker for the defaults', async () => {
    const { resiliencies } = await read({
      'r.yaml': `${HEAD}spec: {policies: {circuitBreakers: {z: {maxRequests: 0, interval: -1s, timeout: 0s, trip: ""}}, retries: {none: ~}}}\n`,
    });
    expect(resiliencies[0]?.circuitBreakers.get('z')).toEqual({ maxRequests: 1, interval: 0, timeout: 60_000 });
    expect(resiliencies[0]?.retries.get('none')).toMatchObject({ policy: 'constant', maxRetries: -1 });
  });

  it.each([
    ['maxRetries in quotes', 'spec: {policies: {retries: {r: {maxRetries: "3"}}}}', 'spec.policies.retries.r.maxRetries'],
    ['half a retry', 'spec: {policies: {retries: {r: {maxRetries: 1.5}}}}', 'spec.policies.retries.r.maxRetries'],
    ['a list of time-outs', 'spec: {policies: {timeouts: [1s]}}', 'spec.policies.timeouts'],
    ['scopes as text', 'scopes: app1', 'scopes'],
  ])('leaves out a file with %s', async (_, yaml, field) => {
    const { resiliencies, logs, problems } = await read({ 'r.yaml': `${HEAD}${yaml}\n` });
    expect(resiliencies).toEqual([]);
    expect(logs[0]?.message).toMatch(/^Could not parse resiliency file r\.yaml: line 3: /);
    expect(problems).toMatchObject([{ severity: 'error', line: 3, field, hint: 'no policy of this file is in force' }]);
  });

  it('warns of members that nothing knows', async () => {
    const { problems } = await read({ 'r.yaml': `${HEAD}spec:\n  policies:\n    retries: {r: {maxRetrys: 1}}\n` });
    expect(problems).toMatchObject([{ severity: 'warning', line: 5, hint: 'did you mean maxRetries?' }]);
  });

  it('looks at the first document, the kind alone and the scopes', async () => {
    const { resiliencies } = await read({
      'a.yaml': `kind: Other\n---\n${HEAD}`,
      'b.yaml': `${HEAD}scopes: [other]\n`,
      'c.yaml': `${HEAD}scopes: [app1]\n`,
      'd.yaml': 'kind: resiliency\n',
      'e.yaml': '- a list\n',
      'f.yaml': '',
    });
    expect(resiliencies.map(({ source }) => source.file)).toEqual([join(directory, 'c.yaml')]);
  });

  it('never fails: bad YAML, odd entries, a directory that is not there', async () => {
    await mkdir(join(directory, 'sub'));
    await mkdir(join(directory, 'dir.yaml'));
    const { logs, problems } = await read({ 'x.json': '{}', 'bad.yaml': 'kind: Resiliency\nspec: [\n' });
    expect(logs.map(({ level, message }) => [level, message.replace(/(type: ).*/, '$1*')])).toEqual([
      ['warn', 'A non-YAML resiliency file x.json was detected, it will not be loaded'],
      ['warn', 'A non-YAML resiliency file sub was detected, it will not be loaded'],
      ['error', 'Could not determine resource type: *'],
      ['error', `Could not read resiliency file dir.yaml: read ${directory}/dir.yaml: is a directory`],
    ]);
    expect(problems).toEqual([]);
    expect(await readResiliency([join(directory, 'nope')], 'app1')).toEqual({ resiliencies: [], problems: [], logs: [] });
    const file = join(directory, 'x.json');
    expect((await readResiliency([file], 'app1')).logs).toEqual([
      { level: 'error', message: `Failed to read resiliency files from path ${file}: open ${file}: not a directory` },
    ]);
  });
});
