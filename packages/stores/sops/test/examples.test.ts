import { readdirSync, readFileSync } from 'node:fs';
import { checkSettings } from '@coffer/core/driver';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { definition } from '../src/definition.ts';
import { identityOf, open, sample } from './open.ts';

interface Component {
  readonly spec: { readonly type: string; readonly metadata: readonly { readonly name: string; readonly value?: string }[] };
}

const folder = new URL('../examples/', import.meta.url);

/** What each example reads, with a sample in place of its file and the test key in place of its own. */
const READS: Readonly<Record<string, readonly [file: string, name: string, read: object]>> = {
  'developer.yaml': ['values.yaml', 'db:user', { 'db:user': 'shop' }],
  'git-checkout.yaml': ['values.yaml', 'multi', { multi: 'line 1\nline 2\n' }],
  'key-from-another-store.yaml': ['values.env', 'TWO', { TWO: 'two words' }],
  'key-from-environment.yaml': ['values.json', 'l', { '0': 'q', '1:w': 'e', '2:0': '1' }],
};

it('every example is worked through', () => expect(readdirSync(folder)).toEqual(Object.keys(READS)));

it.each(Object.entries(READS))('%s reads what it says', async (file, [secretsFile, name, read]) => {
  const documents = parseAllDocuments(readFileSync(new URL(file, folder), 'utf8')).map(
    (document) => document.toJS() as Component,
  );
  const [component, ...others] = documents.filter(({ spec }) => spec.type === definition.type) as [Component];
  expect(others).toEqual([]);
  const given = Object.fromEntries(component.spec.metadata.map((entry) => [entry.name, entry.value ?? identityOf('one')]));
  expect(checkSettings(definition, given, 'refused').problems).toEqual([]);
  const keys = given.ageKeyFile || !given.ageKey ? { ageKeyFile: sample('insecure-test-key-one.txt') } : {};
  const { store } = await open(sample(secretsFile), { ...given, ...keys });
  expect({ ...(await store.get({ name, metadata: {} })).data }).toEqual(read);
});
