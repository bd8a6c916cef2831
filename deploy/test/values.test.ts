import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { chart, renderings } from '../charts.ts';
import { documentsOf } from './manifests.ts';

const schema = JSON.parse(readFileSync(path.join(chart, 'values.schema.json'), 'utf8')) as object;
const validate = new Ajv({ allErrors: true }).compile(schema);
const [defaults] = documentsOf(readFileSync(path.join(chart, 'values.yaml'), 'utf8')) as [object];

const problemsOf = (values: unknown): string[] => {
  validate(values);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
};

test('the schema of the values knows every one that there is', () => {
  expect(problemsOf(defaults)).toEqual([]);
  expect(undescribed(schema, defaults)).toEqual([]);
});

/** Values without a schema of their own, by their paths. */
function undescribed(node: object, values: object, at = ''): string[] {
  const { properties = {} } = node as { properties?: Record<string, object> };
  return Object.entries(values).flatMap(([name, value]) => {
    const inner = properties[name];
    if (inner === undefined) return [`${at}/${name}`];
    const deeper = 'properties' in inner && typeof value === 'object' && value !== null && !Array.isArray(value);
    return deeper ? undescribed(inner, value, `${at}/${name}`) : [];
  });
}

describe('the schema of the values', () => {
  test.each(renderings.flatMap(({ name, values }) => (values === undefined ? [] : [[name, values]])))(
    'takes those of %s',
    (_, file) => {
      expect(documentsOf(readFileSync(file ?? '', 'utf8')).flatMap(problemsOf)).toEqual([]);
    },
  );

  test.each([
    [{ form: 'injector' }, '/form must be equal to one of the allowed values'],
    [{ appId: 'a.b' }, '/appId must match pattern'],
    [{ ports: { http: '3500' } }, '/ports/http must be integer'],
    [{ ports: { http: 70000 } }, '/ports/http must be <= 65535'],
    [{ image: { digest: 'abc' } }, '/image/digest must match pattern'],
    [{ scopes: [{ store: 'kubernetes' }] }, "/scopes/0 must have required property 'storeName'"],
    [{ secrets: { names: [''] } }, '/secrets/names/0 must NOT have fewer than 1 characters'],
    [{ shutdown: { graceSeconds: 0 } }, '/shutdown/graceSeconds must be >= 1'],
    [{ networkPolicy: { clients: 'all' } }, '/networkPolicy/clients must be array'],
    [{ resource: {} }, ' must NOT have additional properties'],
  ])('refuses %j', (values, problem) => {
    expect(problemsOf(values).join()).toContain(problem);
  });
});
