import type { ServiceClient } from './client.ts';
import { memoryClient } from './memory-service.ts';

/** What it takes to reach the service. */
export interface Connection {
  readonly address: string;
  readonly token: string;
}

/**
 * A client of the service at this address. Nothing is sent yet.
 *
 * REPLACE: this one speaks to a service in memory (memory-service.ts). Speak to yours here, and load its SDK here.
 */
export async function connect({ address, token }: Connection): Promise<ServiceClient> {
  return memoryClient(address, token);
}
