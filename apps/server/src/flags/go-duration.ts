/** Milliseconds as Go prints a time.Duration: `1.5s`, `1m30s`, `250ms`, `0s`. */
export function formatGoDuration(milliseconds: number): string {
  const size = Math.abs(milliseconds);
  const sign = milliseconds < 0 ? '-' : '';
  if (size === 0) return '0s';
  if (size < 1e-3) return `${sign}${Math.round(size * 1e6)}ns`;
  if (size < 1) return `${sign}${decimal(size * 1000)}µs`;
  if (size < 1000) return `${sign}${decimal(size)}ms`;
  const minutes = Math.floor(size / 60_000);
  const seconds = `${decimal((size % 60_000) / 1000)}s`;
  if (minutes === 0) return sign + seconds;
  return minutes < 60 ? `${sign}${minutes}m${seconds}` : `${sign}${Math.floor(minutes / 60)}h${minutes % 60}m${seconds}`;
}

/** At most nine decimals, as many as a nanosecond needs. */
const decimal = (value: number): string => String(Number(value.toFixed(9)));
