import type { MetadataProblem } from '@coffer/core/driver';
import type { Metadata } from './metadata.ts';

/**
 * What is wrong with the settings taken together, found before anything connects. Each setting is known to be right by itself.
 * Sensitive ones are only looked at for being there: `coffer check` gives stand-ins for them.
 */
export function checkMetadata({ address, requestTimeout }: Metadata): readonly MetadataProblem[] {
  const problems: MetadataProblem[] = [];
  if (!URL.canParse(address)) {
    problems.push({
      severity: 'error',
      name: 'address',
      message: 'address is not an address',
      hint: 'such as memory:demo',
    });
  }
  if (requestTimeout <= 0) {
    problems.push({
      severity: 'error',
      name: 'requestTimeout',
      message: 'requestTimeout leaves no time',
      hint: 'such as 30s',
    });
  }
  return problems;
}
