/** Items of several sources as they come. The first failure ends all; `stop` has to make the sources end. */
export async function* merge<Item>(sources: readonly AsyncIterable<Item>[], stop: () => void): AsyncGenerator<Item> {
  const ready: Item[] = [];
  let failure: { readonly cause: unknown } | undefined;
  let running = sources.length;
  let wake = Promise.withResolvers<void>();
  for (const source of sources) {
    const drain = async (): Promise<void> => {
      for await (const item of source) {
        ready.push(item);
        wake.resolve();
      }
    };
    drain()
      .catch((cause) => {
        failure ??= { cause };
      })
      .finally(() => {
        running--;
        wake.resolve();
      });
  }
  try {
    while (running > 0 || ready.length > 0) {
      yield* ready.splice(0);
      if (failure !== undefined) throw failure.cause;
      if (running > 0 && ready.length === 0) await wake.promise;
      wake = Promise.withResolvers();
    }
    if (failure !== undefined) throw failure.cause;
  } finally {
    stop();
  }
}
