/** Longest path of a unix socket that the system's address structure holds. */
const LIMIT = process.platform === 'linux' ? 107 : 103;

/** Why no socket can have this path; undefined when one can. Node would cut the path without a word. */
export function unixPathProblem(path: string): string | undefined {
  const bytes = Buffer.byteLength(path);
  if (bytes <= LIMIT) return undefined;
  return `the path of a unix socket may have ${LIMIT} bytes, and this one has ${bytes}: use a shorter folder`;
}
