/** Replaces `{{name}}` in every text and name; what nobody knows here is left for the replay. */
export function fill(value, known) {
  if (typeof value === 'string') return value.replace(/\{\{(\w+)\}\}/g, (all, name) => known[name] ?? all);
  if (Array.isArray(value)) return value.map((item) => fill(item, known));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [fill(name, known), fill(member, known)]));
}
