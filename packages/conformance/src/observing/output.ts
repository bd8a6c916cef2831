import { inspect } from 'node:util';

/** What the work has written by `console`, standard output or standard error. It is written all the same. */
export async function outputOf(work: () => Promise<void>): Promise<string> {
  const written: string[] = [];
  const restore = [...observeConsole(written), observeStream(process.stdout, written), observeStream(process.stderr, written)];
  try {
    await work();
    // What is written in the next turn is of the work as well.
    await new Promise((resolve) => setTimeout(resolve, 0));
  } finally {
    for (const giveBack of restore) giveBack();
  }
  return written.join('\n');
}

function observeConsole(written: string[]): readonly (() => void)[] {
  const methods = console as unknown as Record<string, unknown>;
  return Object.keys(methods).flatMap((name) => {
    const original = methods[name];
    if (typeof original !== 'function') return [];
    methods[name] = (...given: unknown[]) => {
      written.push(given.map((each) => (typeof each === 'string' ? each : inspect(each, { depth: 12 }))).join(' '));
      return Reflect.apply(original, console, given) as unknown;
    };
    return [
      () => {
        methods[name] = original;
      },
    ];
  });
}

function observeStream(stream: NodeJS.WriteStream, written: string[]): () => void {
  const { write } = stream;
  const observed = (chunk: string | Uint8Array, ...rest: never[]): boolean => {
    written.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    return write.call(stream, chunk, ...rest);
  };
  stream.write = observed as typeof stream.write;
  return () => {
    stream.write = write;
  };
}
