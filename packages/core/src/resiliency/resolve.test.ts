import { describe, expect, it } from 'vitest';
import { resiliencyResource as resource } from '../../test/resiliency-resource.ts';
import type { CircuitBreakerPolicy, Resiliency, RetryPolicy } from '../resources/types.ts';
import { mergeResiliencies, resolvePolicies } from './resolve.ts';

const retry = (maxRetries: number): RetryPolicy => ({ policy: 'constant', duration: 10, maxInterval: 100, maxRetries });
const breaker: CircuitBreakerPolicy = { maxRequests: 1, interval: 0, timeout: 60_000 };
const resolve = (...resources: Resiliency[]) => resolvePolicies(mergeResiliencies(resources), 'vault');

describe('resolvePolicies', () => {
  it('gives nothing without a target or a default', () => {
    expect(resolve()).toEqual({});
    expect(resolve(resource({ timeouts: { t: 100 }, components: { other: { timeout: 't' } } }))).toEqual({});
  });

  it('gives what the target names', () => {
    const policies = { timeouts: { t: 100 }, retries: { r: retry(2) }, circuitBreakers: { cb: breaker } };
    const components = { vault: { timeout: 't', retry: 'r', circuitBreaker: 'cb' } };
    expect(resolve(resource({ ...policies, components }))).toEqual({
      timeout: { name: 't', milliseconds: 100 },
      retry: { name: 'r', policy: retry(2) },
      circuitBreaker: { name: 'cb', policy: breaker },
    });
  });

  it.each(['DefaultSecretstoreComponentOutbound', 'DefaultComponentOutbound', 'DefaultComponent', 'Default'])(
    '18-165: without a target, policies named %s… apply',
    (prefix) => {
      const policies = {
        timeouts: { [`${prefix}TimeoutPolicy`]: 1 },
        retries: { [`${prefix}RetryPolicy`]: retry(1) },
        circuitBreakers: { [`${prefix}CircuitBreakerPolicy`]: breaker },
      };
      expect(resolve(resource(policies))).toEqual({
        timeout: { name: `${prefix}TimeoutPolicy`, milliseconds: 1 },
        retry: { name: `${prefix}RetryPolicy`, policy: retry(1) },
        circuitBreaker: { name: `${prefix}CircuitBreakerPolicy`, policy: breaker },
      });
    },
  );

  it.each(['DefaultSecretstoreComponent', 'DefaultSecretstore', 'default', 'DefaultComponentInbound', 'DefaultAppOutbound'])(
    'policies named %s… do not',
    (prefix) => expect(resolve(resource({ timeouts: { [`${prefix}TimeoutPolicy`]: 1 } }))).toEqual({}),
  );

  it('takes the nearest default of each kind on its own', () => {
    const timeouts = { DefaultTimeoutPolicy: 1, DefaultComponentTimeoutPolicy: 2, DefaultComponentOutboundTimeoutPolicy: 3 };
    const resolved = resolve(resource({ timeouts, retries: { DefaultRetryPolicy: retry(9) } }));
    expect([resolved.timeout?.milliseconds, resolved.retry?.policy.maxRetries, resolved.circuitBreaker]).toEqual([
      3,
      9,
      undefined,
    ]);
  });

  it('18-166: a target keeps every default out, also of kinds it does not name', () => {
    const timeouts = { DefaultSecretstoreComponentOutboundTimeoutPolicy: 1 };
    const named = resolve(resource({ timeouts, retries: { r: retry(2) }, components: { vault: { retry: 'r' } } }));
    expect(Object.keys(named)).toEqual(['retry']);
    expect(resolve(resource({ timeouts, components: { vault: {} } }))).toEqual({});
  });

  it('takes a name that nothing defines, an empty one, and a time-out that is not positive for none', () => {
    const components = { vault: { timeout: 'nope', retry: '', circuitBreaker: 'nope' } };
    expect(resolve(resource({ retries: { '': retry(1) }, components }))).toEqual({});
    for (const milliseconds of [0, -5]) {
      expect(resolve(resource({ timeouts: { DefaultTimeoutPolicy: milliseconds } }))).toEqual({});
    }
  });

  it('merges resources by name, the later over the earlier', () => {
    const first = resource({ timeouts: { t: 1, u: 2 }, components: { vault: { timeout: 't' } } });
    expect(resolve(first, resource({ timeouts: { t: 7 } })).timeout).toEqual({ name: 't', milliseconds: 7 });
    const second = resource({ retries: { r: retry(1) }, components: { vault: { retry: 'r' } } });
    expect(Object.keys(resolve(first, second))).toEqual(['retry']);
    expect(Object.keys(resolve(second, first))).toEqual(['timeout']);
  });

  it('knows the built-in retries, and what may be changed of them', () => {
    const retryOf = (name: string, retries: Readonly<Record<string, RetryPolicy>> = {}) =>
      resolve(resource({ retries, components: { vault: { retry: name } } })).retry?.policy;
    expect(retryOf('DaprBuiltInServiceRetries')).toMatchObject({ policy: 'constant', duration: 1000, maxRetries: 3 });
    const counts = [-1, 0, 2, 3, 8].map(
      (count) => retryOf('DaprBuiltInServiceRetries', { DaprBuiltInServiceRetries: retry(count) })?.maxRetries,
    );
    expect(counts).toEqual([3, 3, 3, 3, 8]);
    expect(retryOf('DaprBuiltInActorNotFoundRetries', { DaprBuiltInActorNotFoundRetries: retry(9) })?.maxRetries).toBe(5);
  });
});
