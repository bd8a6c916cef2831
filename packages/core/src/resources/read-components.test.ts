import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseComponents, readComponents } from './read-components.ts';

const HEAD = 'apiVersion: dapr.io/v1alpha1\nkind: Component\n';
const parse = (text: string) => parseComponents(text, 'dir/a.yaml');

/** The only component of a text. */
function one(text: string) {
  const { components, problems } = parse(text);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(components).toHaveLength(1);
  return components[0] as (typeof components)[0];
}

const propertyOf = (yaml: string) =>
  one(`${HEAD}metadata: {name: c}\nspec:\n  metadata:\n  - name: p\n    value: ${yaml}\n`).properties[0]?.value;
const nameOf = (yaml: string) => one(`${HEAD}metadata:\n  name: ${yaml}\n`).name;

describe('property values', () => {
  it.each([
    ['text', 'text'],
    ['"5"', '5'],
    ["'yes'", 'yes'],
    ['!!str 5', '5'],
    ['true', 'true'],
    ['yes', 'true'],
    ['On', 'true'],
    ['y', 'true'],
    ['NO', 'false'],
    ['off', 'false'],
    ['yEs', 'yEs'],
    ['5', '5'],
    ['-5', '-5'],
    ['+5', '5'],
    ['0777', '511'],
    ['0o17', '15'],
    ['0x1F', '31'],
    ['0b101', '5'],
    ['08', '8'],
    ['1_000', '1000'],
    ['-0', '0'],
    ['-0.0', '-0'],
    ['1.5', '1.5'],
    ['1.10', '1.1'],
    ['.5', '0.5'],
    ['1e3', '1000'],
    ['1e21', '1e+21'],
    ['0.0000001', '1e-7'],
    ['123456789012345678901234567890', '1.2345678901234568e+29'],
    ['18446744073709551615', '18446744073709551615'],
    ['9007199254740993', '9007199254740993'],
    ['1:30', '1:30'],
    ['2024-01-02', '2024-01-02'],
    ['1.2.3', '1.2.3'],
    ['!!binary aGk=', 'hi'],
    ['!!float 5', '5'],
    ['!!bool "yes"', 'true'],
    ['!other 5', '5'],
    ['1e999', '1e999'],
    ['+18446744073709551615', '18446744073709552000'],
    ['{1.5: a, 0x10: b, .inf: c}', '{".inf":"c","1.5":"a","16":"b"}'],
    ['{a: 1, <<: {a: 2, b: 3}}', '{"a":2,"b":3}'],
    ['{<<: [{a: 1}, {a: 2, b: 3}], c: 4}', '{"a":1,"b":3,"c":4}'],
    ['{"<<": 1}', '{"\\u003c\\u003c":1}'],
    ['{b: 1, a: 2}', '{"a":2,"b":1}'],
    ['{y: n}', '{"true":false}'],
    ['[1, "1", null, {x: <&>}]', '[1,"1",null,{"x":"\\u003c\\u0026\\u003e"}]'],
    ['{a: 1, a: 2}', '{"a":2}'],
    ['', undefined],
    ['~', undefined],
    ['null', undefined],
    ['""', ''],
  ])('%s is %j', (yaml, text) => expect(propertyOf(yaml)).toBe(text));

  it('keeps block scalars, quotes and line ends as YAML does', () => {
    expect(propertyOf('|\n      a\n      b\n')).toBe('a\nb\n');
    expect(propertyOf('"a\\u00fc\\n"')).toBe('aü\n');
  });

  it.each(['.nan', '.inf', '-.INF', '[.nan]'])('%s makes the document invalid', (yaml) => {
    const { components, problems, warnings } = parse(`${HEAD}spec:\n  metadata:\n  - name: p\n    value: ${yaml}\n`);
    expect(components).toEqual([]);
    expect(problems).toMatchObject([{ severity: 'error', line: 6, message: expect.stringContaining('not a finite number') }]);
    expect(warnings[0]).toMatch(/^daprd load Component error when parsing manifests yaml resource in dir\/a\.yaml: /);
  });
});

describe('texts', () => {
  it.each([
    ['123', '123'],
    ['true', 'true'],
    ['yes', 'true'],
    ['1.10', '1.1'],
    ['0777', '511'],
    ['.inf', '+Inf'],
    ['-0', '0'],
    ['0.1', '0.1'],
    ['123456.0', '123456'],
    ['16777217.0', '1.6777216e+07'],
    ['1e30', '1e+30'],
    ['0.00001', '1e-05'],
    ['null', ''],
    ['"a b.c ü"', 'a b.c ü'],
    ['2024-01-02', '2024-01-02'],
  ])('name %s is %j', (yaml, name) => expect(nameOf(yaml)).toBe(name));

  it('takes member names whatever their case, and of several the last in byte order', () => {
    const component = one(
      'APIVERSION: dapr.io/v1alpha1\nKind: Component\nMETADATA: {NAME: a, name: b}\nSpec: {TYPE: t, Version: 1}\n',
    );
    expect(component).toMatchObject({ name: 'b', type: 't', version: '1' });
  });

  it('gives every member its default', () => {
    expect(one(HEAD)).toEqual({
      name: '',
      namespace: '',
      annotations: {},
      type: '',
      version: '',
      ignoreErrors: false,
      initTimeout: 5000,
      properties: [],
      secretStore: '',
      scopes: [],
      source: { file: 'dir/a.yaml', document: 1, line: 1 },
    });
  });

  it.each([
    ['10ms', 10],
    ['1m30s', 90_000],
    ['nonsense', 5000],
    ['5', 5000],
    ['0', 5000],
    ['-1s', 5000],
    ['""', 5000],
  ])('initTimeout %s is %d ms', (yaml, milliseconds) => {
    expect(one(`${HEAD}spec: {initTimeout: ${yaml}}\n`).initTimeout).toBe(milliseconds);
  });

  it('reads references, scopes, anchors and merge keys', () => {
    const component = one(
      `${HEAD}x: &base {secretStore: vault}\nauth: {<<: *base}\nscopes: [a, '1', ~]\nmetadata: {annotations: {note: 1}}\nspec:\n  metadata:\n  - {name: a, secretKeyRef: {name: s}}\n  - {name: b, secretKeyRef: {name: s, key: k}, value: v}\n  - {name: c, envRef: E}\n`,
    );
    expect(component).toMatchObject({
      secretStore: 'vault',
      scopes: ['a', '1', ''],
      annotations: { note: '1' },
      properties: [
        { name: 'a', secretKeyRef: { name: 's', key: '' }, position: { line: 9, column: 5 } },
        { name: 'b', secretKeyRef: { name: 's', key: 'k' }, value: 'v' },
        { name: 'c', envRef: 'E' },
      ],
    });
  });
});

describe('documents', () => {
  it('loads the good ones around a bad one, and tells where the bad one is', () => {
    const { components, problems, warnings } = parse(
      `${HEAD}metadata: {name: a}\n---\nmetadata: [\n--- ignored\n${HEAD}metadata: {name: c}\nspec:\n  ignoreErrors: "true"\n---\n${HEAD}metadata: {name: d}\n`,
    );
    expect(components.map(({ name, source }) => [name, source.document, source.line])).toEqual([
      ['a', 1, 1],
      ['d', 4, 13],
    ]);
    expect(problems).toMatchObject([
      { severity: 'error', file: 'dir/a.yaml', document: 2 },
      { document: 3, line: 11, column: 17, field: 'spec.ignoreErrors', hint: 'write ignoreErrors: true, without quotes' },
    ]);
    expect(warnings).toHaveLength(1);
  });

  it.each([
    ['another apiVersion', 'apiVersion: dapr.io/v1\nkind: Component\n'],
    ['another kind', 'apiVersion: dapr.io/v1alpha1\nkind: component\n'],
    ['a kind with a space', 'apiVersion: dapr.io/v1alpha1\nkind: " Component"\n'],
    ['nothing', ''],
    ['a comment', '# nothing\n'],
    ['separators', '---\n---\n'],
  ])('skips %s silently', (_, text) =>
    expect(parse(text)).toEqual({ components: [], problems: [], warnings: [], unreadable: [] }),
  );

  it.each([
    ['a leading marker', `---\n${HEAD}`, 1],
    ['a byte order mark', `\ufeff${HEAD}`, 1],
    ['Windows line ends', HEAD.replaceAll('\n', '\r\n'), 1],
    ['four dashes', `${HEAD}----\n${HEAD}`, 2],
    ['a marker after a marker', `${HEAD}---\n---\n${HEAD}`, 2],
    ['old line ends', HEAD.replaceAll('\n', '\r'), 1],
    ['an indented marker', `${HEAD}x: |\n  a\n ---\n`, 0],
    ['a last marker with nothing after it', `${HEAD}---`, 1],
    ['a last marker with text and no line end', `${HEAD}---x`, 0],
    ['a last marker with a space and no line end', `${HEAD}--- `, 0],
    ['an end marker', `${HEAD}...\n`, 1],
    ['a directive', `%YAML 1.1\n---\n${HEAD}`, 1],
    ['200 KiB', `# ${'x'.repeat(200_000)}\n${HEAD}`, 1],
  ])('%s', (_, text, count) => expect(parse(text).components).toHaveLength(count));

  it.each([
    ['a/b', "may not contain '/'"],
    ['a%b', "may not contain '%'"],
    ['.', "may not be '.'"],
    ['..', "may not be '..'"],
    ['a/b%', "may not contain '/'; may not contain '%'"],
  ])('refuses the name %s', (name, text) => {
    const { components, warnings } = parse(`${HEAD}metadata: {name: "${name}"}\n`);
    expect(components).toEqual([]);
    expect(warnings[0]).toContain(`invalid name "${name}" for "Component": ${text}`);
  });

  it.each([
    ['spec: foo', 'spec'],
    ['spec: {metadata: foo}', 'spec.metadata'],
    ['spec: {metadata: [foo]}', 'spec.metadata[0]'],
    ['spec: {metadata: {name: a}}', 'spec.metadata'],
    ['scopes: app1', 'scopes'],
    ['scopes: [app1, 1]', 'scopes[1]'],
    ['auth: x', 'auth'],
    ['metadata: g', 'metadata'],
    ['metadata: {name: [h]}', 'metadata.name'],
    ['metadata: {labels: x}', 'metadata.labels'],
  ])('names the member of the wrong shape: %s', (yaml, field) => {
    expect(parse(HEAD + yaml)).toMatchObject({ components: [], problems: [{ field, line: 3 }] });
  });

  it('warns of members that nothing knows, with the nearest', () => {
    const { components, problems, warnings } = parse(`${HEAD}spec: {tpye: x, metadata: [{nme: a}]}\nextra: [1]\n`);
    expect(components).toHaveLength(1);
    expect(warnings).toEqual([]);
    expect(problems.map(({ severity, field, hint }) => [severity, field, hint])).toEqual([
      ['warning', 'extra', undefined],
      ['warning', 'spec.tpye', 'did you mean type?'],
      ['warning', 'spec.metadata[0].nme', 'did you mean name?'],
    ]);
  });

  it('tells of repeated members and of a time-out that is none', () => {
    const { components, problems } = parse(`${HEAD}spec:\n  type: a\n  initTimeout: 5\n  type: b\n`);
    expect(components).toMatchObject([{ type: 'b', initTimeout: 5000 }]);
    expect(problems).toMatchObject([
      { severity: 'warning', line: 6, column: 9, field: 'spec.type', message: expect.stringContaining('given twice') },
      { severity: 'warning', line: 5, column: 16, field: 'spec.initTimeout', hint: expect.stringContaining('5s') },
    ]);
  });

  it.each([
    ['infinity in an unknown member', 'x: .inf', 'x is a number, not a finite number'],
    ['null as a name', 'x: {~: 1}', 'cannot be member names'],
    ['a list as a name', 'x: {[a]: 1}', 'cannot be a member name'],
    ['a value that does not fit its tag', 'x: !!int five', 'does not fit its tag !!int'],
    ['broken base64', 'x: !!binary a!', 'invalid base64'],
    ['a merged scalar', 'x: {<<: 1}', 'map merge requires'],
    ['a control character', 'x: "a\u0007b"', 'control character'],
    ['an escape that YAML 1.1 has not', 'x: "a\\/b"', 'unknown escape'],
    ['half a character', 'x: "\\ud83d\\ude00"', 'unknown escape'],
    ['an unknown anchor', 'x: *nope', 'needs quotes'],
    ['a number as kind', 'KIND: 1\nkind: 2', 'kind is a number'],
    ['a tab', '\tx: 1', ''],
  ])('refuses %s', (_, yaml, message) => {
    const { components, problems } = parse(`${HEAD}metadata: {name: a}\n${yaml}\n`);
    expect(components).toEqual([]);
    expect(problems).toMatchObject([{ severity: 'error', line: expect.any(Number), message: expect.stringContaining(message) }]);
  });

  it('says what to do about tabs', () => {
    expect(parse(`${HEAD}spec:\n\ttype: a\n`).problems).toMatchObject([{ line: 4, hint: expect.stringContaining('use spaces') }]);
  });

  it('quotes no value in any message', () => {
    const texts = [
      'value: "canary',
      'value: [canary',
      'value: >canary',
      'value: | canary',
      'value: "\\unope canary"',
      'value: `canary`',
      'value: !!canary!',
      "value: 'canary",
      'value: {canary: *canary}',
      'value: canary: canary',
      '\tvalue: canary',
    ];
    for (const text of texts) {
      const { problems, warnings } = parse(`${HEAD}spec:\n  metadata:\n  - name: p\n    ${text}\n`);
      expect(problems.length, text).toBeGreaterThan(0);
      expect(JSON.stringify([problems, warnings])).not.toContain('canary');
    }
  });

  it('refuses aliases that unfold without end', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n');
    const { components, problems } = parse(`${HEAD}a0: &a0 x\n${levels}\n`);
    expect(components).toEqual([]);
    expect(problems[0]?.message).toContain('too many nodes');
  });
});

describe('directories', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'coffer-resources-'));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const write = (name: string, text = `${HEAD}metadata: {name: "${name}"}\n`) => writeFile(join(directory, name), text);

  it('reads YAML files in byte order, follows links, and skips the rest', async () => {
    for (const name of ['ü.yaml', 'a.yaml', 'B.YML', '10.yaml', '9.yaml', '.hidden.yaml', '.yaml', 'c.json', 'yaml'])
      await write(name);
    await mkdir(join(directory, 'dir.yaml'));
    await symlink(join(directory, 'a.yaml'), join(directory, 'link.yaml'));
    await symlink(join(directory, 'nowhere'), join(directory, 'dangling.yaml'));
    const { components, warnings, problems } = await readComponents([directory]);
    expect(components.map(({ name }) => name)).toEqual([
      '.hidden.yaml',
      '.yaml',
      '10.yaml',
      '9.yaml',
      'B.YML',
      'a.yaml',
      'a.yaml',
      'ü.yaml',
    ]);
    expect(warnings).toEqual([
      'A non-YAML Component file c.json was detected, it will not be loaded',
      'A non-YAML Component file yaml was detected, it will not be loaded',
      `daprd load Component error when opening file ${directory}/dangling.yaml: open ${directory}/dangling.yaml: no such file or directory`,
    ]);
    expect(problems).toMatchObject([{ file: `${directory}/dangling.yaml`, severity: 'error' }]);
  });

  it('reads UTF-16 by its mark, and refuses only the document with bytes that are not UTF-8', async () => {
    await writeFile(join(directory, 'a.yaml'), Buffer.from(`\ufeff${HEAD}metadata: {name: sixteen ü}\n`, 'utf16le'));
    const [before, after] = [`${HEAD}metadata: {name: "b`, `"}\n---\n${HEAD}metadata: {name: c}\n`];
    await writeFile(join(directory, 'b.yaml'), Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]));
    const { components, problems } = await readComponents([directory]);
    expect(components.map(({ name }) => name)).toEqual(['sixteen ü', 'c']);
    expect(problems).toMatchObject([{ document: 1, line: 3, column: 20, message: expect.stringContaining('not UTF-8') }]);
  });

  it('fails on a directory that can’t be listed', async () => {
    await expect(readComponents([join(directory, 'nope')])).rejects.toMatchObject({
      message: `open ${directory}/nope: no such file or directory`,
      code: 'ENOENT',
      path: join(directory, 'nope'),
    });
    await write('file.yaml');
    await expect(readComponents([join(directory, 'file.yaml')])).rejects.toThrow(`open ${directory}/file.yaml: not a directory`);
  });
});
