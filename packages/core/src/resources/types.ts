/** Where a resource document came from, for messages. Lines and columns count from 1. */
export interface Source {
  readonly file: string;
  /** Number of the document in its file, from 1. */
  readonly document: number;
  /** First line of the document in the file. */
  readonly line: number;
}

/** A problem in a file, with the place to look at and what to do. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly document?: number;
  readonly line?: number;
  readonly column?: number;
  /** Path of the member: `spec.metadata[2].secretKeyRef.name`. */
  readonly field?: string;
  readonly message: string;
  readonly hint?: string;
}

export interface ComponentProperty {
  readonly name: string;
  /** The value as text, coerced as the reference does; absent when the document gives none (or null). */
  readonly value?: string;
  /** `key` is the empty string when absent; it then defaults to `name` at resolution. */
  readonly secretKeyRef?: { readonly name: string; readonly key: string };
  readonly envRef?: string;
  /** Line and column of the property in the file. */
  readonly position?: { readonly line: number; readonly column: number };
}

export interface Component {
  readonly name: string;
  /** Empty when the document names none. */
  readonly namespace: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** As written; matched in lower case. */
  readonly type: string;
  /** As written; empty when absent. */
  readonly version: string;
  readonly ignoreErrors: boolean;
  /** Milliseconds; 5000 when missing, invalid or not positive. */
  readonly initTimeout: number;
  readonly properties: readonly ComponentProperty[];
  /** `auth.secretStore`; empty when absent. */
  readonly secretStore: string;
  readonly scopes: readonly string[];
  readonly source: Source;
}

/** `name (type/version)`, or `name (type)` without a version. */
export function logNameOf(component: Pick<Component, 'name' | 'type' | 'version'>): string {
  return `${component.name} (${component.type}${component.version === '' ? '' : `/${component.version}`})`;
}

/** One entry of `spec.secrets.scopes`. */
export interface SecretScope {
  readonly storeName: string;
  readonly defaultAccess: 'allow' | 'deny';
  readonly allowedSecrets: readonly string[];
  readonly deniedSecrets: readonly string[];
}

export interface AccessRule {
  readonly name: string;
  readonly version: string;
  readonly protocol: string;
}

/** The merged Configuration documents; members that nothing in Coffer reads are left out. */
export interface Configuration {
  /** Names of the files it was merged from; empty for the default configuration. */
  readonly files: readonly string[];
  readonly secretScopes: readonly SecretScope[];
  /** `spec.features` with the reference's defaults appended; insertion order. */
  readonly features: ReadonlyMap<string, boolean>;
  readonly api: { readonly allowed: readonly AccessRule[]; readonly denied: readonly AccessRule[] };
  readonly apiLogging: { readonly enabled: boolean; readonly obfuscateUrls: boolean; readonly omitHealthChecks: boolean };
  /** `spec.components.deny`: `type` or `type/version`. */
  readonly deniedComponents: readonly string[];
  /** Names of the HTTP middleware of `spec.httpPipeline`, which Coffer does not run. */
  readonly httpPipeline: readonly string[];
  /** The merged `spec.metric` and `spec.metrics`, and `spec.tracing`, as plain data for the surfaces that use them. */
  readonly metric: Readonly<Record<string, unknown>>;
  readonly tracing: Readonly<Record<string, unknown>>;
}

export interface RetryPolicy {
  readonly policy: 'constant' | 'exponential';
  /** Milliseconds. */
  readonly duration: number;
  readonly maxInterval: number;
  /** Retries after the first attempt; negative: without limit. */
  readonly maxRetries: number;
}
export interface CircuitBreakerPolicy {
  readonly maxRequests: number;
  /** Milliseconds; 0: counts are never cleared. */
  readonly interval: number;
  readonly timeout: number;
  /** Undefined: `consecutiveFailures > 5`. */
  readonly trip?: Trip;
}
/** What a circuit breaker has counted since it changed its state or its interval began. */
export interface BreakerCounts {
  readonly requests: number;
  readonly totalSuccesses: number;
  readonly totalFailures: number;
  readonly consecutiveSuccesses: number;
  readonly consecutiveFailures: number;
}
/** When a circuit breaker opens. */
export interface Trip {
  /** CEL, as written. */
  readonly expression: string;
  /** False also when the expression fails, or gives something else than a boolean. */
  isMet(counts: BreakerCounts): boolean;
  /** Why it is never met, where its names and types tell. */
  readonly flaw?: string;
}
export interface PolicyNames {
  readonly timeout?: string;
  readonly retry?: string;
  readonly circuitBreaker?: string;
}
/** One Resiliency resource. */
export interface Resiliency {
  readonly name: string;
  readonly namespace: string;
  readonly scopes: readonly string[];
  readonly timeouts: ReadonlyMap<string, number>;
  readonly retries: ReadonlyMap<string, RetryPolicy>;
  readonly circuitBreakers: ReadonlyMap<string, CircuitBreakerPolicy>;
  /** `spec.targets.components.<name>.outbound`. */
  readonly components: ReadonlyMap<string, PolicyNames>;
  /** Whether all of it could be read; else some policies and every target are missing. */
  readonly whole: boolean;
  readonly source: Source;
}
