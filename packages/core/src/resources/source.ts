import type { CallOptions } from '../driver/index.ts';
import type { LoadedConfiguration } from './configuration.ts';
import type { ReadComponents } from './read-components.ts';
import type { ReadResiliency } from './resiliency.ts';

/** What has changed at the source: resource documents (Component, Resiliency), or the Configuration. */
export type SourceChange = 'resources' | 'configuration';

/**
 * Where resources come from: files and directories (`diskSource`), or an API server. Readings fail with an Error in the
 * reference's words when nothing can be had at all; parts that can't be read are reported beside the parts that can.
 */
export interface ResourceSource {
  /** The merged Configuration. Fails with `ConfigurationError`. */
  readConfiguration(environment: Readonly<Record<string, string | undefined>>): Promise<LoadedConfiguration>;
  /** Components of every application and namespace, in load order; they are selected afterwards. */
  readComponents(options?: CallOptions): Promise<ReadComponents>;
  /** Resiliency resources of this application, in load order. */
  readResiliency(appId: string, options?: CallOptions): Promise<ReadResiliency>;
  /**
   * Resolves when the source is not in the middle of a change, where that can be seen half-way; readings are of such a moment
   * too. Waits a bounded time, and fails only with the signal's reason. Everything told by `watch` before it resolves is in
   * readings that begin after it.
   */
  settled?(signal: AbortSignal): Promise<void>;
  /**
   * Calls `changed` soon after every change until `signal` aborts; several changes may be told in one call, and a call without
   * a change does no harm. Resolves when no later change can be missed; fails when watching can't begin. What goes wrong
   * later is logged by the source, which then tries again.
   */
  watch(changed: (what: SourceChange) => void, signal: AbortSignal): Promise<void>;
}
