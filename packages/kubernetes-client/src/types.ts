/** An object of the API. Everything but `metadata` is the resource's own. */
export interface KubernetesObject {
  readonly metadata: ObjectMetadata;
  readonly [member: string]: unknown;
}
export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly resourceVersion?: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Reads JSON text; `JSON.parse` by default. It may keep more of it than that. */
  readonly parse?: ((text: string) => unknown) | undefined;
}

export interface ListOptions extends CallOptions {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Only `metadata` of each object is wanted, and values stay where they are. */
  readonly metadataOnly?: boolean | undefined;
}

export interface Page {
  readonly items: readonly KubernetesObject[];
  /** Of the list, not of an object. */
  readonly resourceVersion: string;
}

export interface WatchOptions extends ListOptions {
  /** Changes after this version. */
  readonly resourceVersion: string;
  /** How long the server is to keep the watch; it ends on this side too, ten seconds later. */
  readonly seconds: number;
  /** Called when the server has begun it. */
  readonly onOpen?: (() => void) | undefined;
}
export interface WatchEvent {
  /** A bookmark tells a resource version and nothing else. */
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: KubernetesObject;
}
