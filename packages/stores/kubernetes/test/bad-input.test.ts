import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Coffer, type Dialect, type LoggerFor, strictDialect } from '@coffer/core';
import { checkSettings } from '@coffer/core/driver';
import { FakeKubernetes } from '@coffer/fake-kubernetes';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';

type Properties = Readonly<Record<string, string>>;

/** What is said of these settings: `name: message (hint)`. */
const said = (properties: Properties, dialect: 'refused' | 'tolerated' = 'refused') =>
  checkSettings(definition, properties, dialect).problems.map(
    ({ severity, name, message, hint }) => `${severity} ${name}: ${message} (${hint})`,
  );

describe('every setting of secretstores.kubernetes', () => {
  it('may be missing, or empty', () => {
    expect(said({})).toEqual([]);
    for (const name of Object.keys(definition.metadata)) expect(said({ [name]: '' })).toEqual([]);
  });

  it.each([
    ['defaultNamspace', 'defaultNamespace'],
    ['kubeConfigFile', 'kubeconfigPath'],
    ['contxt', 'context'],
    ['labelSelectors', 'labelSelector'],
    ['secretType', 'secretTypes'],
    ['requestTimout', 'requestTimeout'],
  ])('%s is not taken for nothing: did you mean %s?', (name, nearest) => {
    expect(said({ [name]: 'x' })).toEqual([`error ${name}: setting ${name} is not known (did you mean ${nearest}?)`]);
    expect(said({ [name]: 'x' }, 'tolerated')).toEqual([
      `warning ${name}: setting ${name} is not known (did you mean ${nearest}?)`,
    ]);
  });

  it.each([
    [{ requestTimeout: 'soon' }, 'requestTimeout', 'not a duration such as 1h30m', 'Time limit of one request'],
    [{ requestTimeout: '-5s' }, 'requestTimeout', 'is negative', 'such as 30s'],
    [{ defaultNamespace: 'Shop' }, 'defaultNamespace', 'not the name of a namespace', 'lower-case letters'],
    [{ defaultNamespace: 'shop/web' }, 'defaultNamespace', 'not the name of a namespace', 'one namespace'],
    [{ defaultNamespace: 'a'.repeat(64) }, 'defaultNamespace', 'not the name of a namespace', 'up to 63'],
    [{ labelSelector: 'app in shop' }, 'labelSelector', 'not a label selector', 'kubectl get --selector'],
    [{ labelSelector: 'app=shop,,tier=web' }, 'labelSelector', 'not a label selector', 'kubectl get --selector'],
    [{ labelSelector: '((' }, 'labelSelector', 'not a label selector', 'kubectl get --selector'],
    [{ secretTypes: '!a,b' }, 'secretTypes', 'both with and without !', 'drop the entries with !'],
    [{ secretTypes: 'Opaque, !' }, 'secretTypes', 'both with and without !', 'drop'],
    [{ secretTypes: '!' }, 'secretTypes', 'a ! without a type', '!helm.sh/release.v1'],
  ])('%j is refused with what to write', (properties, name, message, hint) => {
    const [problem = '', ...more] = said(properties);
    expect(problem).toContain(`error ${name}: setting ${name} `);
    expect(problem).toContain(message);
    expect(problem).toContain(hint);
    for (const other of more) expect(other).toContain(`error ${name}: `);
  });

  it.each([
    { labelSelector: 'app=shop,tier!=test' },
    { labelSelector: 'example.com/app == shop, tier in (web, api),env notin (test),!old, new , size > 5' },
    { labelSelector: 'app=' },
    { secretTypes: ' Opaque , kubernetes.io/tls,' },
    { secretTypes: '!helm.sh/release.v1,!kubernetes.io/service-account-token' },
    { defaultNamespace: 'shop-1', requestTimeout: '500ms', context: 'any name', kubeconfigPath: '/a b/c' },
    { requestTimeout: '30' },
  ])('%j is taken without a word', (properties) => expect(said(properties)).toEqual([]));

  it('that the reference does not know does not fail a component in the strict dialect', () => {
    for (const properties of [{ labelSelector: '((' }, { secretTypes: '!a,b' }, { defaultNamespace: 'UPPER' }]) {
      expect(said(properties, 'tolerated')).toEqual([expect.stringMatching(/^warning /)]);
    }
  });
});

describe('a component with a setting that is wrong', () => {
  async function start(metadata: Properties, dialect?: Dialect) {
    await using fake = await FakeKubernetes.start();
    fake.secret('shop', 'one', { key: 'value' });
    const folder = mkdtempSync(join(tmpdir(), 'store-kubernetes-'));
    const kubeconfigPath = join(folder, 'kubeconfig');
    writeFileSync(kubeconfigPath, fake.kubeconfig());
    const component = (name: string, settings: Properties) =>
      JSON.stringify({
        apiVersion: 'dapr.io/v1alpha1',
        kind: 'Component',
        metadata: { name },
        spec: {
          type: definition.type,
          version: 'v1',
          ignoreErrors: true,
          metadata: Object.entries({ kubeconfigPath, ...settings }).map(([key, value]) => ({ name: key, value })),
        },
      });
    writeFileSync(join(folder, 'bad.yaml'), component('bad', metadata));
    writeFileSync(join(folder, 'good.yaml'), component('good', { defaultNamespace: 'shop' }));
    const errors: string[] = [];
    const none = () => undefined;
    const loggerFor: LoggerFor = () => ({ debug: none, info: none, warn: none, error: (message) => errors.push(message) });
    const options = { appId: 'shop', resourcesPaths: [folder], definitions: [definition], environment: {}, loggerFor };
    try {
      await using coffer = await Coffer.start({ ...options, ...(dialect === undefined ? {} : { dialect }) });
      const served = { ...(await coffer.getSecret('good', 'one')) };
      return { names: coffer.components().map(({ name }) => name), served, errors: errors.join('\n'), folder };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it.each([
    [{ secretTypes: '!a,b' }, 'setting secretTypes names types both with and without !', 'drop the entries with !'],
    [{ requestTimeout: 'soon' }, 'setting requestTimeout is not a duration', 'Time limit of one request'],
    [{ labelselektor: 'app' }, 'setting labelselektor is not known', 'did you mean labelSelector?'],
    [{ context: 'nowhere' }, 'context "nowhere"', ''],
    [{ kubeconfigPath: '/nowhere' }, 'stat /nowhere: no such file or directory', ''],
  ])('%j fails alone, with its file, name and hint', async (metadata, reason, hint) => {
    const { names, served, errors, folder } = await start(metadata);
    expect(names).toEqual(['good']);
    expect(served).toEqual({ key: 'value' });
    const line = errors.split('\n').find((text) => text.includes("can't be started")) ?? '';
    expect(line).toContain('bad (secretstores.kubernetes/v1)');
    expect(line).toContain(join(folder, 'bad.yaml'));
    expect(line).toContain(reason);
    expect(line).toContain(hint);
  });

  it('comes up in the strict dialect, where the reference’s does', async () => {
    expect((await start({ secretTypes: '!a,b', labelSelector: '((' }, strictDialect)).names).toEqual(['bad', 'good']);
  });
});
