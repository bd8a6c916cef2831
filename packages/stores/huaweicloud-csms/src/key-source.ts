import type { Keys } from './sign.ts';

/** Where the keys of requests come from. */
export interface KeySource {
  current(signal: AbortSignal | undefined): Promise<Keys>;
  /** The service does not take these, which `current` gave. Whether others may be had. */
  refuse(keys: Keys): boolean;
  close(): void;
}

/** The keys in the component's settings. */
export function configuredKeys(keys: Keys): KeySource {
  return { current: async () => keys, refuse: () => false, close() {} };
}
