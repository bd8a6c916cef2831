import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Logger, osErrorText } from '../driver/index.ts';

/** Events come from a directory, not from a path: how often it is looked at whether the path names another one by now. */
const IDENTITY_MILLISECONDS = 1000;

/**
 * Calls `changed` soon after every change of an entry of the directory, and when its path comes to name another directory,
 * or none, until `signal` aborts. Resolves when watching has begun; fails with Node's error when the directory is not there.
 * Does not keep the process alive.
 */
export async function watchDirectory(directory: string, changed: () => void, signal: AbortSignal, logger: Logger): Promise<void> {
  let identity = await identityOf(directory);
  if (signal.aborted) return;
  let watcher: FSWatcher | undefined;
  let isLost = false;
  let isLooking = false;
  let complaint = '';

  const lose = () => {
    isLost = true;
    void look();
  };

  /** `identity` is older than the watcher, so that a directory which takes the place in between is noticed at the next look. */
  function open(): void {
    watcher?.close();
    watcher = undefined;
    isLost = false;
    if (identity === '') return;
    try {
      watcher = watch(directory, { persistent: false }, (_event, name) => {
        // What happens to the directory itself comes under its own name, and is the last that this watcher tells.
        if (name === null || name === basename(directory)) lose();
        else changed();
      });
      watcher.on('error', lose);
      complaint = '';
    } catch (cause) {
      const reason = osErrorText(cause);
      if (reason !== complaint) logger.warn(`can't watch ${directory}, its changes are noticed late: ${reason}`);
      complaint = reason;
    }
  }

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    const found = await identityOf(directory).catch(() => '');
    isLooking = false;
    if (signal.aborted) return;
    const isNews = isLost || found !== identity;
    identity = found;
    if (isNews || watcher === undefined) open();
    // Only now: what changes from here on is an event of the new watcher.
    if (isNews) changed();
  }

  open();
  const timer = setInterval(() => void look(), IDENTITY_MILLISECONDS).unref();
  signal.addEventListener(
    'abort',
    () => {
      clearInterval(timer);
      watcher?.close();
    },
    { once: true },
  );
}

/** Which directory a path names now: inode numbers come back, together with the time of birth they do not. */
async function identityOf(directory: string): Promise<string> {
  const { dev, ino, birthtimeNs } = await stat(directory, { bigint: true });
  return `${dev} ${ino} ${birthtimeNs}`;
}
