import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished, vi } from 'vitest';
import type { Coffer } from '../src/index.ts';
import { type MemoryCalls, type MemoryOptions, memoryStore } from './memory-store.ts';
import { useWorkspace, type Workspace } from './workspace.ts';

export const eventually = <Result>(check: () => Result): Promise<Awaited<Result>> =>
  vi.waitFor(check, { timeout: 20_000, interval: 10 }) as Promise<Awaited<Result>>;
/** A component whose secret `a` is this. */
export const setting = (value: string): { metadata: object[] } => ({ metadata: [{ name: 'a', value }] });
export const readA = async (coffer: Coffer, store = 's'): Promise<string | undefined> => (await coffer.getSecret(store, 'a')).a;

interface ReloadWorkspace extends Workspace {
  linesWith(text: string): string[];
  /** Coffer with stores of type memory, closed after the test. */
  startWith(
    options?: Parameters<Workspace['start']>[0],
    memory?: MemoryOptions,
  ): Promise<{ readonly coffer: Coffer; readonly calls: MemoryCalls }>;
}

export function useReloadWorkspace(): ReloadWorkspace {
  const workspace = useWorkspace();
  return {
    ...workspace,
    linesWith: (text) => workspace.lines.filter((line) => line.includes(text)),
    async startWith(options = {}, memory = {}) {
      const { definition, calls } = memoryStore(memory);
      const coffer = await workspace.start({ definitions: [definition], ...options });
      onTestFinished(() => coffer.close());
      return { coffer, calls };
    },
  };
}

/** Reads secret `a` of store `s` for as long as the test goes on. */
export function readAllTheTime(coffer: Coffer): { readonly failures: unknown[]; readonly values: Set<string | undefined> } {
  const failures: unknown[] = [];
  const values = new Set<string | undefined>();
  let goesOn = true;
  onTestFinished(() => {
    goesOn = false;
  });
  const read = async () => {
    while (goesOn) {
      await readA(coffer).then(
        (value) => values.add(value),
        (failure) => failures.push(failure),
      );
      await sleep(0);
    }
  };
  void read();
  return { failures, values };
}
