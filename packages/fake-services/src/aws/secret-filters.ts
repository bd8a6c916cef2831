import { AwsFailure, invalid } from './failure.ts';
import { type Input, listOf } from './json-protocol.ts';
import type { SecretRecord } from './secret-records.ts';

const PATTERN = /^!?[a-zA-Z0-9 :_@/+=.\-!]*$/;
const KEYS: Readonly<Record<string, (secret: SecretRecord) => readonly string[]>> = {
  name: ({ name }) => [name],
  description: ({ description }) => [description],
  'tag-key': ({ tags }) => Object.keys(tags),
  'tag-value': ({ tags }) => Object.values(tags),
  'primary-region': () => [],
  'owning-service': () => [],
  all: ({ name, description, tags }) => [name, description, ...Object.entries(tags).flat()],
};

/** Which secrets the input's `Filters` choose: all filters, of each one any value; `!` in front of a value negates it. */
export function filterOf(input: Input): (secret: SecretRecord) => boolean {
  const filters = (listOf(input, 'Filters') ?? []) as readonly { readonly Key?: string; readonly Values?: readonly string[] }[];
  if (filters.length > 10) throw invalid('filters', 'Member must have length less than or equal to 10');
  const tests = filters.map(({ Key = '', Values = [] }) => {
    const textsOf = KEYS[Key];
    if (textsOf === undefined)
      throw invalid('filters.1.member.key', `Member must satisfy enum value set: [${Object.keys(KEYS).join(', ')}]`);
    if (Values.length < 1 || Values.length > 10)
      throw invalid('filters.1.member.values', 'Member must have length between 1 and 10');
    for (const value of Values) {
      if (value.length > 512 || !PATTERN.test(value)) {
        throw new AwsFailure('InvalidParameterException', 'The filter value is not valid.');
      }
    }
    const ignoresCase = Key === 'description' || Key === 'all';
    const fold = (text: string) => (ignoresCase ? text.toLowerCase() : text);
    const holds = (secret: SecretRecord, value: string) =>
      textsOf(secret).some((text) => (Key === 'all' ? fold(text).includes(fold(value)) : fold(text).startsWith(fold(value))));
    return (secret: SecretRecord) =>
      Values.some((value) => (value.startsWith('!') ? !holds(secret, value.slice(1)) : holds(secret, value)));
  });
  return (secret) => tests.every((test) => test(secret));
}
