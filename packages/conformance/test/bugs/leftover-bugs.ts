import { AcmeStore } from '../acme/src/store.ts';
import { replaced, type SeededBug, withMethods, withPackage } from './seeded-bug.ts';

const { init } = AcmeStore.prototype;

/** What a store leaves when it is closed. */
export const leftoverBugs: readonly SeededBug[] = [
  {
    name: 'leaves its idle connections open',
    seenIn: 'a store without a close, or one that only forgets its client',
    caughtBy: 'leftovers',
    check: 'leaves no connection open, idle ones neither',
    testBed: withMethods((correct) => ({ close: async () => correct.closing.abort() })),
  },
  {
    name: 'closes its connections only when init has succeeded',
    caughtBy: 'leftovers',
    check: 'leaves no connection open when init has failed',
    testBed: withMethods((correct) => {
      let isReady = false;
      return {
        init: async (context, options) => {
          await init.call(correct, context, options);
          isReady = true;
        },
        close: async () => {
          if (isReady) await AcmeStore.prototype.close.call(correct);
        },
      };
    }),
  },
  {
    name: 'renews its token by a timer that nobody clears',
    caughtBy: 'leftovers',
    check: 'leaves no timer running',
    testBed: withMethods((correct) => ({
      init: async (context, options) => {
        await init.call(correct, context, options);
        setInterval(() => undefined, 60_000);
      },
    })),
  },
  {
    name: 'listens on a port of its own after close',
    caughtBy: 'leftovers',
    check: 'lets a process end by itself once the store is closed',
    testBed: withPackage({
      'src/store.ts': (text) =>
        `import { createServer } from 'node:net';\n${replaced(
          'throwIfAborted(signal);',
          "throwIfAborted(signal);\n    createServer().listen(0, '127.0.0.1');",
        )(text)}`,
    }),
  },
  {
    name: 'starts its timer before it knows that init succeeds',
    caughtBy: 'leftovers',
    check: 'lets a process end by itself once a store is closed whose init has failed',
    testBed: withPackage({
      'src/store.ts': replaced(
        "await this.call('/health', 'init', signal);",
        "const timer = setInterval(() => undefined, 60_000);\n    await this.call('/health', 'init', signal);\n    clearInterval(timer);",
      ),
    }),
  },
];
