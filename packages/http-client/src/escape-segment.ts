/**
 * Text as one segment of a path, or as a name or value of a query: whatever it holds stays inside. A byte that is not UTF-8 (to
 * the contract the lone surrogate U+DC00 + byte) is itself; any other lone surrogate is U+FFFD. `.` and `..` stay as they are,
 * and are for the caller to refuse.
 */
export function escapeSegment(text: string): string {
  if (text.isWellFormed()) return encodeURIComponent(text);
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) as number;
    return code >= 0xdc80 && code <= 0xdcff
      ? `%${(code - 0xdc00).toString(16).toUpperCase()}`
      : encodeURIComponent(character.toWellFormed());
  }).join('');
}
