import type { TokenSource } from './token-source.ts';

/** The token of the settings. There is no other. */
export function staticToken(token: string): TokenSource {
  return {
    token: async () => token,
    rejected: async () => false,
    close: async () => undefined,
  };
}
