import { SecretStoreError } from '@coffer/core/driver';

/** A `version_id` as it is sent: a 32-bit whole number. Undefined for the latest. Fails in the reference's words. */
export function parameterVersion(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw refused(text, 'invalid syntax');
  const number = BigInt(text.replace('+', ''));
  if (BigInt.asIntN(32, number) !== number) throw refused(text, 'value out of range');
  return String(number);
}

function refused(text: string, reason: string): SecretStoreError {
  const hint = 'version_id is a whole number, from 1 on';
  return new SecretStoreError('invalid_argument', `strconv.ParseInt: parsing ${JSON.stringify(text)}: ${reason}`, { hint });
}
