import { isDeepStrictEqual } from 'node:util';

// Deep equality, except that {regex: "…"} as an expectation matches any string that the expression matches.
export function matches(expected, actual) {
  if (expected && typeof expected === 'object' && typeof expected.regex === 'string' && Object.keys(expected).length === 1) {
    return typeof actual === 'string' && new RegExp(expected.regex, 's').test(actual);
  }
  if (Array.isArray(expected))
    return Array.isArray(actual) && expected.length === actual.length && expected.every((item, i) => matches(item, actual[i]));
  if (expected && typeof expected === 'object') {
    if (!actual || typeof actual !== 'object' || Array.isArray(actual)) return false;
    const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...names].every((name) => name in expected && name in actual && matches(expected[name], actual[name]));
  }
  return isDeepStrictEqual(expected, actual);
}

// The members that differ, one line each.
export function differences(expected, actual, at = '') {
  const compound = (value) => value && typeof value === 'object' && !('regex' in value);
  if (matches(expected, actual)) return [];
  if (compound(expected) && compound(actual) && Array.isArray(expected) === Array.isArray(actual)) {
    const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
    return names.flatMap((name) =>
      name in expected && name in actual && matches(expected[name], actual[name])
        ? []
        : differences(expected[name], actual[name], `${at}/${name}`),
    );
  }
  return [`${at || '/'}: expected ${show(expected)}`, `${' '.repeat((at || '/').length)}    actual ${show(actual)}`];
}

const show = (value) => (value === undefined ? '(nothing)' : JSON.stringify(value)).slice(0, 1500);
