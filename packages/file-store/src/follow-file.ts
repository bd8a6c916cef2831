import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SecretStoreError, secretStoreErrorFrom } from '@coffer/core/driver';

/** How often the file is looked at: that also sees what makes no event, a link that is swapped or a network mount. */
const LOOK_MILLISECONDS = 1000;
/** How long a file must stay the same until it is read: somebody may be writing it. */
export const QUIET_MILLISECONDS = 100;

export interface FollowFileOptions<Content> {
  readonly path: string;
  /** Of what was read before. */
  readonly stamp: string;
  readonly read: () => Promise<Content>;
  /** Told once while the file can't be read, and only when it still can't at the next look. */
  readonly failed: (failure: SecretStoreError) => void;
  readonly signal: AbortSignal | undefined;
}

/** What a file holds after each change of it, with its stamp, until `signal` aborts. Does not keep the process alive. */
export async function* followFile<Content>(
  options: FollowFileOptions<Content>,
): AsyncGenerator<{ readonly stamp: string; readonly content: Content }, void, undefined> {
  const { path, read, failed, signal } = options;
  let current = options.stamp;
  let broken: { readonly stamp: string; readonly failure: SecretStoreError } | undefined;
  let misses = 0;
  while (await pause(LOOK_MILLISECONDS, signal)) {
    const stamp = await stampOf(path);
    if (stamp === current) {
      misses = 0;
      continue;
    }
    if (stamp !== broken?.stamp) {
      if (!(await pause(QUIET_MILLISECONDS, signal))) return;
      if ((await stampOf(path)) !== stamp) continue;
      try {
        const content = await read();
        current = stamp;
        broken = undefined;
        misses = 0;
        yield { stamp, content };
        continue;
      } catch (cause) {
        if (signal?.aborted) return;
        broken = { stamp, failure: secretStoreErrorFrom(cause) };
      }
    }
    misses++;
    if (misses === 2) failed(broken.failure);
    // Content stays what it is, but the operating system may change its mind.
    if (broken.failure.code !== 'invalid_argument') broken = undefined;
  }
}

/** Another text after every change of what a path names; empty when it names nothing. */
export async function stampOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? '' : [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(' ');
}

/** False when `signal` aborts before. */
function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<boolean> {
  return sleep(milliseconds, true, { ref: false, ...(signal && { signal }) }).catch(() => false);
}
