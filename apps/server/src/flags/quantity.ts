const QUANTITY = /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d+)|([kMGTPE])|([KMGTPE])i)?$/;
const STEPS = 'KMGTPE';

/**
 * Whole bytes of a Kubernetes quantity as the reference's flags accept it, else undefined. Decimals are fine only where a
 * power of ten swallows them: `1.5k` is, `0.5Ki` and `1.5` are not.
 */
export function parseByteQuantity(text: string): number | undefined {
  const match = QUANTITY.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent, decimal, binary] = match;
  if (whole + fraction === '') return undefined;
  const power =
    exponent === undefined ? (decimal === undefined ? 0 : 3 * (STEPS.indexOf(decimal.toUpperCase()) + 1)) : Number(exponent);
  if (power < fraction.length) return undefined;
  const value =
    Number(whole + fraction) * 10 ** (power - fraction.length) * (binary === undefined ? 1 : 1024 ** (STEPS.indexOf(binary) + 1));
  return sign === '-' ? -value : value;
}
