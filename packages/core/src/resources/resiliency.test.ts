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
  it('reads policies with their defaults, and targets', async () => {
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
      t: { maxRequests: 2, interval: 8, timeout: 1000, trip: 'consecutiveFailures >= 2' },
    });
    expect(Object.fromEntries(components)).toEqual({ fake: { timeout: 'a', retry: 'r' }, other: {} });
  });

  it('reports a bad policy and keeps the others', async () => {
    const { resiliencies, logs, problems } = await read({
      'r.yaml': `${HEAD}spec:\n  policies:\n    timeouts:\n      t: nonsense\n      u: 1s\n`,
    });
    expect(Object.fromEntries(resiliencies[0]?.timeouts ?? [])).toEqual({ u: 1000 });
    expect(logs[0]?.message).toMatch(/^Could not read resiliency policy t: /);
    expect(problems).toMatchObject([{ severity: 'error', line: 6, file: join(directory, 'r.yaml') }]);
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
    expect(logs.map(({ level, message }) => [level, message.replace(/(bad\.yaml: ).*/, '$1*')])).toEqual([
      ['warn', 'A non-YAML resiliency file x.json was detected, it will not be loaded'],
      ['warn', 'A non-YAML resiliency file sub was detected, it will not be loaded'],
      ['error', `Could not read resiliency file dir.yaml: read ${directory}/dir.yaml: is a directory`],
      ['error', 'Could not read resiliency file bad.yaml: *'],
    ]);
    expect(problems).toHaveLength(1);
    expect((await readResiliency([join(directory, 'nope')], 'app1')).resiliencies).toEqual([]);
  });
});
