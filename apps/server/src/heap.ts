import { setFlagsFromString } from 'node:v8';

/** What an operator tells Node about the heap is not ours to change. */
const GIVEN = /semi[-_]space|heap[-_]growing|optimize[-_]for[-_]size/;

/**
 * Keeps the process small under load. V8 lets the young generation grow to 64 MB and the old one to several times what is
 * alive in it; smaller ones may cost CPU time under load (bench/README.md has the figures). V8 reads these two settings whenever
 * it decides on either, so they hold from here on, however the process was started.
 * `nodeArguments`: what Node itself was given, on the command line and in `NODE_OPTIONS`.
 */
export function keepHeapSmall(nodeArguments: readonly string[] = [...process.execArgv, process.env.NODE_OPTIONS ?? '']): void {
  if (nodeArguments.some((argument) => GIVEN.test(argument))) return;
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=20');
}
