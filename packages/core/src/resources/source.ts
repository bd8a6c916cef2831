import type { CallOptions } from '../driver/index.ts';
import type { LoadedConfiguration } from './configuration.ts';
import type { ReadComponents } from './read-components.ts';
import type { ReadResiliency } from './resiliency.ts';

/** A part of a source that could not be read: what was in it before is not known to be gone. */
export interface UnreadableResource {
  readonly kind: 'directory' | 'file';
  /** A component came from it when its `source.file` is this path, or lies in it. */
  readonly path: string;
  /** In the reference's words: `open /components: no such file or directory`. */
  readonly message: string;
}

export interface ReadableComponents extends ReadComponents {
  readonly unreadable: readonly UnreadableResource[];
}

/** What has changed at the source: resource documents (Component, Resiliency), or the Configuration. */
export type SourceChange = 'resources' | 'configuration';

/**
 * Where resources come from: files and directories (`diskSource`), or an API server. Every reading is of the moment, and of
 * one that is not in the middle of a change: a source that can be seen half-way waits until it is not.
 *
 * Fails with an Error in the reference's words when nothing can be had at all; parts that can't be read are reported beside
 * the parts that can. `problems` of severity `error` tell which files hold documents that can't be read, by `file`.
 */
export interface ResourceSource {
  /** The merged Configuration. Fails with `ConfigurationError`. */
  readConfiguration(environment: Readonly<Record<string, string | undefined>>): Promise<LoadedConfiguration>;
  /** Components of every application and namespace, in load order; they are selected afterwards. */
  readComponents(options?: CallOptions): Promise<ReadableComponents>;
  /** Resiliency resources of this application, in load order. */
  readResiliency(appId: string, options?: CallOptions): Promise<ReadResiliency>;
  /**
   * Calls `changed` soon after every change until `signal` aborts; several changes may be told in one call, and a call without
   * a change does no harm. Resolves when no later change can be missed; fails when watching can't begin. What goes wrong
   * later is logged by the source, which then tries again.
   */
  watch(changed: (what: SourceChange) => void, signal: AbortSignal): Promise<void>;
}
