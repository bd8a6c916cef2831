const DEFAULT_RATE = 1e-4;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^[+-]?inf(?:inity)?$/i;

/** `samplingRate` as a number; what is none, or too large for one, is the default of 0.0001. */
export function parseSamplingRate(text: string): number {
  if (INFINITE.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const rate = DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(rate) ? rate : DEFAULT_RATE;
}

/** Decides by the trace id alone, so that every process of a trace decides alike: the lower 63 bits of it against the rate. */
export function ratioSampler(rate: number): (traceId: string) => boolean {
  if (rate >= 1) return () => true;
  if (rate <= 0) return () => false;
  const bound = BigInt(Math.trunc(rate * 2 ** 63));
  return (traceId) => BigInt(`0x${traceId.slice(16)}`) >> 1n < bound;
}

/** As the reference's log names its sampler. */
export function samplerDescription(rate: number): string {
  const root = `TraceIDRatioBased{${shortest(Math.min(1, Math.max(0, rate)))}}`;
  const remote = 'remoteParentSampled:AlwaysOnSampler,remoteParentNotSampled:AlwaysOffSampler';
  return `ParentBased{root:${root},${remote},localParentSampled:AlwaysOnSampler,localParentNotSampled:AlwaysOffSampler}`;
}

/** Of numbers from 0 to 1, as Go's `%g` writes them. */
function shortest(rate: number): string {
  if (rate === 0 || rate >= 1e-4) return String(rate);
  const [digits, exponent] = rate.toExponential().split('e-');
  return `${digits}e-${exponent?.padStart(2, '0')}`;
}
