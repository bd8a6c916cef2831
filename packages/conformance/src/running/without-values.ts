import type { TestBackend, TestBed } from '../test-bed.ts';

/** The beginning of a value that the kit has made up, however little of it was quoted. */
const MADE_UP = /canary[0-9a-f]*/g;
/** Shorter settings stand in sentences by chance. */
const SHORTEST = 6;

/** A reason as a report may hold it: neither a value of the kit's nor a credential of the test bed's is in it. */
export function withoutValues(
  reason: string,
  { definition }: Pick<TestBed, 'definition'>,
  { settings }: Pick<TestBackend, 'settings'>,
): string {
  const sensitive = Object.entries(definition.metadata)
    .filter(([, field]) => field.sensitive)
    .flatMap(([name, { aliases = [] }]) => [name, ...aliases].map((each) => each.toLowerCase()));
  const credentials = Object.entries(settings)
    .filter(([name, text]) => sensitive.includes(name.toLowerCase()) && text.length >= SHORTEST)
    .map(([, text]) => text);
  return credentials.reduce(
    (text, credential) => text.replaceAll(credential, '‹credential›'),
    reason.replaceAll(MADE_UP, '‹value›'),
  );
}
