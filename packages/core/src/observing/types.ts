import type { ErrorCode } from '../driver/index.ts';
import type { ResiliencyObserver } from '../resiliency/types.ts';

/** What a surface asks of a store. */
export type ReadOperation = 'get' | 'bulk_get';

/** What core asks of a driver. */
export type UpstreamOperation = 'get' | 'bulk_get' | 'list' | 'get_many';

export type ResultCode = 'ok' | ErrorCode;

/** Told what happens while components are up; for metrics. Calls come after the fact and must not throw. */
export interface RuntimeObserver {
  /** Who is told of one store's reads. Asked each time a component of the name comes up, so also after a reload. */
  readonly store?: (component: string) => StoreObserver;
  /** A read that no store could be asked for: none is loaded, or none of that name. */
  readonly readUnknown?: (operation: ReadOperation, code: ErrorCode) => void;
  /** A component is up, for the first time or anew. */
  readonly componentStarted?: (component: ObservedComponent) => void;
  /** `creation`: its type is not served, or the driver made no store; `init`: everything that came later. */
  readonly componentFailed?: (component: ObservedComponent, reason: 'creation' | 'init') => void;
  /** Something was read anew while the process ran; after a failure the old one stays in force. */
  readonly reloaded?: (resource: ReloadedResource, success: boolean) => void;
  /** Who is told what policies do. */
  readonly resiliency?: ResiliencyObserver;
}

export interface ObservedComponent {
  readonly name: string;
  /** As written. */
  readonly type: string;
}

export type ReloadedResource = 'component' | 'configuration' | 'resiliency';

/** Told of one store's reads. */
export interface StoreObserver {
  /** A read that the scopes allowed. `elapsed` in milliseconds, with fractions. */
  read(operation: ReadOperation, code: ResultCode, elapsed: number): void;
  /** A read of one secret that the scopes refused; the store was not asked. */
  denied(): void;
  /** A read that joined an equal one in flight; `read` is told of it too. */
  coalesced(operation: ReadOperation): void;
  /** The driver is called, by a read or for a component's reference. `upstreamEnded` follows. */
  upstreamStarted(): void;
  /**
   * `elapsed` in milliseconds, with fractions. Of a `list` every page is a call; that there is no further page is told
   * without a code, and counts as none.
   */
  upstreamEnded(operation: UpstreamOperation, code: ResultCode | undefined, elapsed: number): void;
  /** A value came with the time (milliseconds since the epoch) after which the service no longer vouches for it. */
  expiring(secret: string, expiresAt: number): void;
  /** The store tells that a secret has changed. */
  changed(): void;
}
