import { fileURLToPath } from 'node:url';

/** A file that sops wrote, or a test key that opens it. */
export function sopsSample(name: string): string {
  return fileURLToPath(new URL(`../../../../packages/stores/sops/test/data/${name}`, import.meta.url));
}
