export function fill<Value>(value: Value, known: Readonly<Record<string, string>>): Value;
