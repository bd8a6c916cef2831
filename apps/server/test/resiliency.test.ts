import { describe, expect, test } from 'vitest';
import { type Cofferd, startCofferd } from './support/cofferd.ts';
import { freePort } from './support/free-port.ts';
import { scriptedStores } from './support/scripted-driver.ts';

// Policies from files, at work in the built cofferd. Their timing has tests of its own, with a clock that waits for nobody.

async function start(spec: string, args: readonly string[] = []): Promise<Cofferd> {
  const resource = `apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata:\n  name: res\nspec:\n${spec}`;
  const files = { ...scriptedStores('fake', 'second'), 'components/r.yaml': resource };
  return startCofferd({ files, args: ['--driver-path=.', ...args] });
}

/** The value, or the end of the error message behind the name of the store. */
async function read(cofferd: Cofferd, path: string): Promise<string> {
  const response = await cofferd.get(`/v1.0/secrets/${path}`);
  const body = (await response.json()) as Record<string, string>;
  if (response.status === 200) return Object.values(body)[0] as string;
  return `${response.status} ${body.errorCode} ${body.message?.replace(/^.* from secret store [^:]*: /, '')}`;
}

const LATE = '500 ERR_SECRET_GET context deadline exceeded';
const OPEN = '500 ERR_SECRET_GET circuit breaker is open';

describe.each([
  ['as it is', []],
  ['--strict-dapr', ['--strict-dapr']],
] as const)('policies of files, %s', (_, args) => {
  test('18-161: a store that is slower than its time-out', async () => {
    await using cofferd = await start(
      '  policies: {timeouts: {t: 100ms}}\n  targets: {components: {fake: {outbound: {timeout: t}}}}\n',
      args,
    );
    expect(await read(cofferd, 'fake/never')).toBe(LATE);
    expect(await read(cofferd, 'fake/slow-60000')).toBe(LATE);
    expect(await read(cofferd, 'second/slow-300')).toBe('v');
    expect(cofferd.log()).toContain('Loading Resiliency configuration: res');
    const metadata = (await (await cofferd.get('/v1.0/metadata')).json()) as { resiliencies: unknown };
    expect(metadata.resiliencies).toEqual([{ name: 'res' }]);
  });

  test('18-162: two retries on a failing store are three calls and one failed read', async () => {
    const metricsPort = await freePort();
    await using cofferd = await start(
      '  policies: {retries: {r: {policy: constant, duration: 10ms, maxRetries: 2}}}\n  targets: {components: {fake: {outbound: {retry: r}}}}\n',
      [...args, `--metrics-port=${metricsPort}`],
    );
    expect(await read(cofferd, 'fake/fail-unavailable')).toBe('500 ERR_SECRET_GET unavailable');
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    const failed = metrics.split('\n').filter((line) => /^dapr_component_secret_count.*success="false"/.test(line));
    expect(failed).toEqual([
      'dapr_component_secret_count{app_id="app1",component="fake",namespace="",operation="get",success="false"} 1',
    ]);
    expect(await read(cofferd, 'fake/calls-fail-unavailable')).toBe('3');
    expect(cofferd.log()).toMatch(/level=warn.*Error processing operation component\[fake\] output\. Retrying in 10ms…/);
    // A missing secret: an answer, and for the reference a failure like any other.
    expect(await read(cofferd, 'fake/fail-not_found')).toBe('500 ERR_SECRET_GET not_found');
    expect(await read(cofferd, 'fake/calls-fail-not_found')).toBe(args.length === 0 ? '1' : '3');
  });

  test('18-163: a breaker that has opened asks the store no more', async () => {
    await using cofferd = await start(
      '  policies: {circuitBreakers: {cb: {trip: consecutiveFailures >= 2, timeout: 1h}}}\n  targets: {components: {fake: {outbound: {circuitBreaker: cb}}}}\n',
      args,
    );
    for (const _ of 'ab') expect(await read(cofferd, 'fake/fail-unavailable')).toBe('500 ERR_SECRET_GET unavailable');
    expect(await read(cofferd, 'fake/x')).toBe(OPEN);
    expect(await read(cofferd, 'fake/bulk')).toBe(OPEN);
    expect(await read(cofferd, 'second/x')).toBe('v');
    expect(await read(cofferd, 'second/calls-x')).toBe('1');
    expect(cofferd.log()).toMatch(/level=info.*Circuit breaker \\?"cb-fake\\?" changed state from closed to open/);
  });

  test('18-165 18-166: a default policy is for every store that has no target of its own', async () => {
    await using cofferd = await start(
      `  policies:
    timeouts: {DefaultSecretstoreComponentOutboundTimeoutPolicy: 50ms}
    retries: {r: {maxRetries: 0}}
  targets: {components: {second: {outbound: {retry: r}}}}
`,
      args,
    );
    expect(await read(cofferd, 'fake/never')).toBe(LATE);
    expect(await read(cofferd, 'second/slow-300')).toBe('v');
  });
});

test.each(['"250"', '250', '0.25s'])('18-164: a time-out of %s', async (text) => {
  await using cofferd = await start(`  policies: {timeouts: {DefaultTimeoutPolicy: ${text}}}\n`);
  expect(await read(cofferd, 'fake/never')).toBe(LATE);
});

test('a policy that can not be read is told, and ends nothing', async () => {
  await using cofferd = await start('  policies: {circuitBreakers: {cb: {trip: consecutiveFailures >}}}\n');
  expect(cofferd.log()).toMatch(/level=error.*Could not read resiliency policy res: invalid circuit breaker configuration/);
  expect(await read(cofferd, 'fake/x')).toBe('v');
});
