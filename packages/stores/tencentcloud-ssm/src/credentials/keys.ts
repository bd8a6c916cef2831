/** A key of the API. */
export interface Keys {
  readonly secretId: string;
  readonly secretKey: string;
  /** Goes with a temporary key; empty for others. */
  readonly token: string;
}

/** A key that ends. */
export interface TemporaryKeys extends Keys {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Where requests get their key. */
export interface KeySource {
  /** Fails with a `SecretStoreError`. */
  current(signal: AbortSignal | undefined): Promise<Keys>;
  /** The service does not take this key, which `current` gave. True when the next one may be another. */
  refuse(keys: Keys): boolean;
  close(): void;
}

/** A key that never changes. */
export function fixedKeys(keys: Keys): KeySource {
  return { current: async () => keys, refuse: () => false, close: () => undefined };
}
