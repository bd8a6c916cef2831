import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfiguration } from './configuration.ts';
import { expandEnvironment } from './expand-environment.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coffer-configuration-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function load(...texts: string[]) {
  const files = texts.map((_, index) => join(directory, `${index}.yaml`));
  await Promise.all(texts.map((text, index) => writeFile(files[index] as string, text)));
  return loadConfiguration(files, { NAME: 'k1', EMPTY: '' });
}
const configurationOf = async (...texts: string[]) => (await load(...texts)).configuration;
const scopesOf = async (...texts: string[]) => (await configurationOf(...texts)).secretScopes;
const scope = (storeName: string, defaultAccess = 'deny') => ({
  storeName,
  defaultAccess,
  allowedSecrets: [],
  deniedSecrets: [],
});
const DENY_A = 'spec: {secrets: {scopes: [{storeName: a, defaultAccess: deny}]}}';

describe('expandEnvironment', () => {
  it.each([
    ['$NAME ${NAME}', 'k1 k1'],
    ['$UNSET|${UNSET}|${EMPTY}', '||'],
    ['${k 1} ${NAME:-x}', ' '],
    ['${} ${', ' '],
    ['$1x $$ $* $@ $#', 'x    '],
    ['$ $. a$', '$ $. a$'],
    ['$NAME_x $NAMEx', ' '],
  ])('%s', (text, expanded) => expect(expandEnvironment(text, { NAME: 'k1', EMPTY: '' })).toBe(expanded));
});

it('has no variables of its own', () => {
  expect(expandEnvironment('<$constructor|${__proto__}|${toString}>', process.env)).toBe('<||>');
});

describe('loadConfiguration', () => {
  it('has the reference’s defaults', async () => {
    const configuration = await configurationOf();
    expect(configuration).toMatchObject({
      files: [],
      secretScopes: [],
      deniedComponents: [],
      metric: { enabled: true },
      tracing: {},
    });
    expect([...configuration.features]).toEqual([
      ['HotReload', true],
      ['WorkflowsRemoteActivityReminder', true],
    ]);
  });

  it.each([
    '',
    '# only a comment\n',
    '---\n',
    'kind: Whatever\nspec:\n',
    '{"spec": {}}',
    'Spec: {secrets: {scopes: [{storeName: a}]}}',
  ])('takes %j for an empty one', async (text) => expect(await scopesOf(text)).toEqual([]));

  it('reads scopes, filled from the environment, only from the first document', async () => {
    const text =
      'spec:\n  secrets:\n    scopes:\n    - storeName: 5\n      defaultAccess: DeNy\n      allowedSecrets: [b, "${NAME}", yes, 1.10]\n      deniedSecrets: [true]\n---\nspec: {secrets: {}}\n';
    expect(await scopesOf(text)).toEqual([
      { storeName: '5', defaultAccess: 'deny', allowedSecrets: ['1.10', 'b', 'k1', 'yes'], deniedSecrets: ['true'] },
    ]);
    expect(await scopesOf('spec: {secrets: {scopes: [{storeName: a, defaultAccess: ""}]}}')).toEqual([scope('a', 'allow')]);
  });

  it('merges files: members one by one, lists as a whole, null clears', async () => {
    const b = 'spec: {secrets: {scopes: [{storeName: b, defaultAccess: deny}]}}';
    expect(await scopesOf(DENY_A, b)).toEqual([scope('b')]);
    expect(await scopesOf(DENY_A, 'spec: {features: [{name: X, enabled: true}]}')).toEqual([scope('a')]);
    expect(await scopesOf(DENY_A, 'spec: {secrets: {scopes: []}}')).toEqual([]);
    expect(await scopesOf(DENY_A, 'spec: {secrets: {scopes: null}}')).toEqual([]);
    expect(await scopesOf(DENY_A, 'spec: {secrets: ~}')).toEqual([]);
    expect(await scopesOf(DENY_A, DENY_A)).toEqual([scope('a')]);
    const { metric } = await configurationOf(
      'spec: {metric: {enabled: false, http: {excludeVerbs: true}}}',
      'spec: {metrics: {enabled: yes}}',
    );
    expect(metric).toMatchObject({ enabled: true, http: { excludeVerbs: true } });
  });

  it('keeps what null does not clear, and drops null from lists', async () => {
    expect(await scopesOf(DENY_A, 'spec:\n')).toEqual([scope('a')]);
    expect(await scopesOf(DENY_A, 'spec: {features: ~}')).toEqual([scope('a')]);
    const [first] = await scopesOf(
      'spec: {secrets: {scopes: [~, {storeName: a, defaultAccess: ~, allowedSecrets: [~], deniedSecrets: [x, ~]}]}}',
    );
    expect(first).toEqual({ ...scope('a', 'allow'), deniedSecrets: ['x'] });
    const { tracing, metric } = await configurationOf(
      'spec: {tracing: {samplingRate: "1"}, metric: {enabled: no}}',
      'spec: {tracing: {samplingRate: ~}, metric: {enabled: ~}}',
    );
    expect([tracing, metric]).toEqual([{ samplingRate: '1' }, { enabled: true }]);
  });

  it('follows anchors and merge keys', async () => {
    expect(await scopesOf('spec: {secrets: {scopes: [{storeName: own, <<: {storeName: merged, defaultAccess: deny}}]}}')).toEqual(
      [scope('own')],
    );
    expect(await scopesOf('x: &d {defaultAccess: deny}\nspec: {secrets: {scopes: [{<<: *d, storeName: a}]}}')).toEqual([
      scope('a'),
    ]);
  });

  it('reads features, access rules, logging, denied components', async () => {
    const configuration = await configurationOf(
      'spec:\n  features: [{name: HotReload, enabled: no}, {name: New, enabled: true}, {name: Off}]\n  api: {denied: [{name: secrets, version: v1.0, protocol: http}]}\n  logging: {apiLogging: {enabled: on, obfuscateURLs: true}}\n  components: {deny: [a/v1]}\n  httpPipeline: {handlers: [{name: oauth, type: middleware.http.oauth2}]}\n',
    );
    expect(configuration).toMatchObject({
      api: { allowed: [], denied: [{ name: 'secrets', version: 'v1.0', protocol: 'http' }] },
      apiLogging: { enabled: true, obfuscateUrls: true, omitHealthChecks: false },
      deniedComponents: ['a/v1'],
      httpPipeline: ['oauth'],
    });
    expect(Object.fromEntries(configuration.features)).toEqual({
      HotReload: false,
      New: true,
      Off: false,
      WorkflowsRemoteActivityReminder: true,
    });
  });

  it.each([
    [
      'a repeated store',
      'spec: {secrets: {scopes: [{storeName: a}, {storeName: a}]}}',
      'a storeName is repeated in secrets configuration',
    ],
    [
      'an unknown word',
      'spec: {secrets: {scopes: [{storeName: a, defaultAccess: maybe}]}}',
      'defaultAccess maybe can be either allow or deny',
    ],
    [
      'white space',
      'spec: {secrets: {scopes: [{storeName: a, defaultAccess: " deny"}]}}',
      'defaultAccess  deny can be either allow or deny',
    ],
    ['a member twice', 'spec: {}\nspec: {}\n', 'yaml: line 2'],
    ['broken YAML', 'spec: [\n', 'yaml: '],
    ['tabs', 'spec:\n\tsecrets: {}\n', 'yaml: '],
    [
      'a bad duration',
      'spec: {tracing: {otel: {timeout: soon}}}',
      'yaml: line 1: spec.tracing.otel.timeout is a string, not a duration',
    ],
    ['a list', '- a\n', 'yaml: line 1: the document is a list'],
    ['a scalar', 'hello\n', 'yaml: line 1: the document is a string'],
    ['a wrong shape', 'spec: {secrets: {scopes: {}}}', 'yaml: line 1: spec.secrets.scopes is a map, not a list'],
    [
      'no boolean',
      'spec: {features: [{name: a, enabled: "true"}]}',
      'yaml: line 1: spec.features[0].enabled is a string, not true or false',
    ],
  ])('refuses %s', async (_, text, detail) => {
    await expect(load(text)).rejects.toThrow(`error loading configuration: ${detail}`);
  });

  it('refuses a file that is not there', async () => {
    const file = join(directory, 'nope.yaml');
    await expect(loadConfiguration([file], {})).rejects.toMatchObject({
      message: `error loading configuration: stat ${file}: no such file or directory`,
      problem: { file, hint: 'check the path given with --config' },
    });
  });

  it('warns of members that nothing knows', async () => {
    const { problems, configuration } = await load('spec:\n  secrets:\n    scopes:\n    - storename: a\n  secretz: 1\n');
    expect(configuration.secretScopes).toEqual([scope('', 'allow')]);
    expect(problems.map(({ field, line, hint }) => [field, line, hint])).toEqual([
      ['spec.secrets.scopes[0].storename', 4, 'did you mean storeName?'],
      ['spec.secretz', 5, 'did you mean secrets?'],
    ]);
  });
});
