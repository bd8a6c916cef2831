import type { CircuitBreakerPolicy, PolicyNames, Resiliency, RetryPolicy } from '../src/resources/types.ts';

export interface ResourceParts {
  readonly name?: string;
  readonly timeouts?: Readonly<Record<string, number>>;
  readonly retries?: Readonly<Record<string, Partial<RetryPolicy>>>;
  readonly circuitBreakers?: Readonly<Record<string, Partial<CircuitBreakerPolicy>>>;
  readonly components?: Readonly<Record<string, PolicyNames>>;
  readonly whole?: boolean;
}

const RETRY: RetryPolicy = { policy: 'constant', duration: 5000, maxInterval: 60_000, maxRetries: -1 };
const BREAKER: CircuitBreakerPolicy = { maxRequests: 1, interval: 0, timeout: 60_000 };

/** A Resiliency resource as it is read from a file, with the defaults of its policies. */
export function resiliencyResource(parts: ResourceParts): Resiliency {
  const complete = <Value>(defaults: Value, given: Readonly<Record<string, Partial<Value>>> = {}) =>
    new Map(Object.entries(given).map(([name, value]) => [name, { ...defaults, ...value }]));
  return {
    name: parts.name ?? 'res',
    namespace: 'ns',
    scopes: [],
    timeouts: new Map(Object.entries(parts.timeouts ?? {})),
    retries: complete(RETRY, parts.retries),
    circuitBreakers: complete(BREAKER, parts.circuitBreakers),
    components: new Map(Object.entries(parts.components ?? {})),
    whole: parts.whole ?? true,
    source: { file: 'r.yaml', document: 1, line: 1 },
  };
}
