import {
  type BulkSecretData,
  type GetManyData,
  type SecretData,
  SecretStoreError,
  type SecretTable,
  type SecretValues,
  secretTable,
} from '../driver/index.ts';

/*
 * A driver is somebody else's code: what it answers is looked at once, before anybody relies on it. Each function gives the
 * answer back, or fails with `internal` and says what is wrong without a value.
 */

export function checkedSecret(answer: SecretData): SecretData {
  if (!isRecord(answer)) throw rubbish(`${kindOf(answer)} in place of a secret`);
  const data = checkedValues(answer.data, '');
  return data === answer.data ? answer : { ...answer, data };
}

export function checkedSecrets(answer: BulkSecretData): BulkSecretData {
  if (!isRecord(answer)) throw rubbish(`${kindOf(answer)} in place of secrets`);
  const { data } = answer;
  if (data === null) return answer;
  if (!isRecord(data)) throw rubbish(`${kindOf(data)} in place of a record of secrets`);
  let checked: SecretTable<SecretValues | null> = data;
  if (Object.getPrototypeOf(data) !== null) checked = secretTable(Object.entries(data));
  for (const name of Object.keys(data)) {
    const values = checkedValues(data[name] as SecretValues, ` of secret ${name}`);
    if (values === checked[name]) continue;
    // The driver's own table may be shared, or frozen.
    if (checked === data) checked = secretTable(Object.entries(data));
    checked[name] = values;
  }
  return checked === data ? answer : { data: checked };
}

export function checkedPage(page: readonly string[]): readonly string[] {
  if (!Array.isArray(page)) throw rubbish(`${kindOf(page)} in place of a page of names`);
  const wrong = page.find((name) => typeof name !== 'string');
  if (wrong !== undefined) throw rubbish(`${kindOf(wrong)} in place of a name`);
  return page;
}

export function checkedMany(answer: GetManyData): GetManyData {
  if (!isRecord(answer) || !isRecord(answer.found) || !isRecord(answer.failed)) {
    throw rubbish(`${kindOf(answer)} in place of what it found and what failed`);
  }
  return answer;
}

function checkedValues(data: SecretValues | null, whose: string): SecretValues | null {
  if (data === null) return null;
  if (!isRecord(data)) throw rubbish(`${kindOf(data)} in place of the values${whose}`);
  const values = Object.getPrototypeOf(data) === null ? data : secretTable(Object.entries(data));
  for (const key in values) {
    if (typeof values[key] !== 'string') throw rubbish(`${kindOf(values[key])} under the key ${key}${whose}`);
  }
  return values;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

function rubbish(what: string): SecretStoreError {
  return new SecretStoreError('internal', `the driver answered ${what}`, {
    hint: 'report it to the maintainers of the driver; the conformance kit finds such defects',
  });
}

/** What a value is, without the value. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a Map';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
