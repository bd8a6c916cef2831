import { SecretStoreError } from '@coffer/core/driver';

/** The request metadata `maxresults`: undefined for no limit, which absent, empty, zero and negative numbers mean. */
export function maxResultsOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw refused(text, 'invalid syntax');
  const number = BigInt(text.replace('+', ''));
  if (BigInt.asIntN(64, number) !== number) throw refused(text, 'value out of range');
  return number > 0n ? Number(number) : undefined;
}

/** In the words of the reference. */
function refused(text: string, why: string): SecretStoreError {
  return new SecretStoreError('invalid_argument', `strconv.Atoi: parsing ${JSON.stringify(text)}: ${why}`, {
    hint: 'metadata.maxresults is how many secrets to read at most',
  });
}
