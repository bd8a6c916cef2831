/** Samples of the exposition on a metrics port that match, one a line. */
export async function metricLines(port: number, pattern: RegExp, path = '/metrics'): Promise<string[]> {
  const text = await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  return text.split('\n').filter((line) => !line.startsWith('#') && pattern.test(line));
}
