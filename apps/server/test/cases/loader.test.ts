import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cofferd, startCofferd } from '../support/cofferd.ts';
import { component, failureOf, metadataOf } from './fixtures.ts';

const namesOf = async (cofferd: Cofferd): Promise<string[]> =>
  ((await metadataOf(cofferd)).components ?? []).map(({ name }) => name);

describe('documents', () => {
  test('18-120: a name that a path could not carry skips the document', async () => {
    const names = ['a/b', 'a%b', '.'];
    const files = names.map((name, i) => [`components/${i}.yaml`, component(`"${name}"`, 'secretstores.local.env')]);
    await using cofferd = await startCofferd({ files: Object.fromEntries(files) });
    expect(await namesOf(cofferd)).toEqual([]);
    const warnings = cofferd.log().match(/level=warning .*invalid name .*/g);
    for (const name of names) expect(warnings?.join()).toContain(`invalid name \\"${name}\\" for \\"Component\\"`);
  });

  test('18-121: a name that YAML takes for a number is text', async () => {
    await using cofferd = await startCofferd({ files: { 'components/a.yaml': component('123', 'secretstores.local.env') } });
    expect(await namesOf(cofferd)).toEqual(['123']);
  });

  test('18-125: a version that no driver serves ends the start', async () => {
    const files = { 'components/a.yaml': component('a', 'secretstores.local.env', '', '  version: v2\n') };
    const log = await failureOf({ files });
    expect(log).toContain('exit code 1');
    expect(log).toMatch(/\[CREATE_COMPONENT_FAILURE\].*couldn't find secret store secretstores\.local\.env\/v2/);
  });

  test('18-128: an unknown type with ignoreErrors is left out', async () => {
    const files = { 'components/a.yaml': component('a', 'secretstores.nope', '', '  ignoreErrors: true\n') };
    await using cofferd = await startCofferd({ files });
    expect(await namesOf(cofferd)).toEqual([]);
    expect(cofferd.log()).toContain('Ignoring error processing component: process component a error');
  });
});

describe('properties', () => {
  // Each is the prefix of a store of the environment: which variable X it then finds tells the property's text.
  const written: Readonly<Record<string, string>> = {
    true: 'value: true',
    yes: 'value: yes',
    integer: 'value: 5',
    octal: 'value: 0777',
    map: 'value: {b: 1, a: 2}',
    nothing: 'value:',
    template: 'value: "{appID}-{namespace}"',
    variable: 'envRef: T_A',
    forbidden: 'envRef: DAPR_X',
    forbidden2: 'envRef: app_api_token',
    both: 'value: ""\nenvRef: T_A',
  };
  const prefixes = ['', 'true', '5', '511', '{"a":2,"b":1}', 'app1-default.app1', 'P_'];
  let cofferd: Cofferd;
  beforeAll(async () => {
    const files = Object.entries(written).map(([name, yaml]) => {
      const property = `    - name: prefix\n${yaml.replace(/^/gm, '      ')}\n`;
      return [`components/${name}.yaml`, component(`"${name}"`, 'secretstores.local.env', property)];
    });
    const env = Object.fromEntries(prefixes.map((prefix) => [`${prefix}X`, prefix]));
    cofferd = await startCofferd({
      files: Object.fromEntries(files),
      env: { ...env, T_A: 'P_', DAPR_X: 'P_', app_api_token: 'P_' },
    });
  });
  afterAll(() => cofferd[Symbol.asyncDispose]());

  test.each([
    ['18-131: a boolean', 'true', 'true'],
    ['18-131: another spelling of it', 'yes', 'true'],
    ['18-131: an integer', 'integer', '5'],
    ['18-131: an octal integer', 'octal', '511'],
    ['18-131: a map', 'map', '{"a":2,"b":1}'],
    ['18-131: nothing', 'nothing', ''],
    ['18-134: the templates, "default" being the namespace without one', 'template', 'app1-default.app1'],
    ['18-136: a variable', 'variable', 'P_'],
    ['18-137: a variable of Dapr’s, which is forbidden', 'forbidden', ''],
    ['18-137: the token of the application, which is forbidden', 'forbidden2', ''],
    ['18-139: an empty value beside a variable', 'both', ''],
  ])('%s (%s) is the text %j', async (_, name, text) => {
    expect(await (await cofferd.get(`/v1.0/secrets/${name}/X`)).json()).toEqual({ X: text });
  });

  test('18-137: a forbidden variable is told in the log', () => {
    for (const name of ['DAPR_X', 'app_api_token'])
      expect(cofferd.log()).toContain(`references an env variable that isn't allowed: ${name}`);
  });
});
