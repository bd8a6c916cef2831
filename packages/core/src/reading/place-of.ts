/** Where an error was made: the first line of its stack, without its message, which may quote a value. Undefined when it has none. */
export function placeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { stack = '', message } = cause;
  // A message may have several lines, and they may look like places.
  const at = message === '' ? -1 : stack.indexOf(message);
  return /\n\s+at (.*)/.exec(at < 0 ? stack : stack.slice(at + message.length))?.[1];
}
