import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { checkSettings } from '@coffer/core/driver';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { definition } from '../src/definition.ts';
import { fileWith, folder, identityOf, open, sample, testKey } from './open.ts';

const FILE = sample('values.yaml');
const ONE_RECIPIENT = sample('text.txt');
const keyFile = (content: string) => fileWith(content, 'keys.txt');

let home: string;
beforeEach(() => {
  home = folder();
  for (const name of ['SOPS_AGE_KEY', 'SOPS_AGE_KEY_FILE']) vi.stubEnv(name, undefined);
  vi.stubEnv('XDG_CONFIG_HOME', home);
});
afterEach(() => vi.unstubAllEnvs());

function putDefault(content: string): string {
  mkdirSync(join(home, 'sops', 'age'), { recursive: true });
  const path = join(home, 'sops', 'age', 'keys.txt');
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

const opens = async (properties: Record<string, string>, file = ONE_RECIPIENT) =>
  expect((await open(file, properties)).store.get({ name: 'data', metadata: {} })).resolves.toBeDefined();

describe('identities', () => {
  it('come from the setting: bare, with comments, several in one line', async () => {
    await opens({ ageKey: identityOf('one') });
    await opens({ ageKey: testKey('one').replaceAll('\n', '\r\n') });
    await opens({ ageKey: `${identityOf('two')} ${identityOf('hybrid')}\t${identityOf('one')}` });
  });

  it('come from a file, and from both settings together', async () => {
    await opens({ ageKeyFile: keyFile(`\n\n${testKey('two')}\n${testKey('one')}`) });
    await opens({ ageKey: identityOf('two'), ageKeyFile: keyFile(testKey('one')) });
  });

  it('come from where sops finds them, when no setting names them', async () => {
    vi.stubEnv('SOPS_AGE_KEY', testKey('one'));
    await opens({});
    vi.stubEnv('SOPS_AGE_KEY', testKey('two'));
    vi.stubEnv('SOPS_AGE_KEY_FILE', keyFile(testKey('one')));
    await opens({});
    vi.stubEnv('SOPS_AGE_KEY_FILE', undefined);
    putDefault(testKey('one'));
    await opens({});
  });

  it('of the environment are not looked at when a setting names some', async () => {
    vi.stubEnv('SOPS_AGE_KEY', testKey('one'));
    vi.stubEnv('SOPS_AGE_KEY_FILE', '/nowhere');
    await expect(open(ONE_RECIPIENT, { ageKey: testKey('two') })).rejects.toMatchObject({ code: 'permission_denied' });
  });

  it('are needed: without any, the failure says where to put one and for whom the file is', async () => {
    const failure = await open(FILE, {}).catch((cause) => cause);
    expect(failure).toMatchObject({ code: 'unauthenticated', detail: `${FILE}: there is no age identity to open it with` });
    expect(failure.hint).toContain('ageKeyFile');
    expect(failure.hint).toContain(join(home, 'sops', 'age', 'keys.txt'));
    expect(failure.hint.match(/age1\w{58}/g)).toHaveLength(2);
    await expect(open(FILE, { ageKey: ' \n# nothing\n' })).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(open(FILE, { ageKey: '' })).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('must be one of the file’s: else the failure names both public keys', async () => {
    const path = keyFile(testKey('two'));
    const failure = await open(ONE_RECIPIENT, { ageKeyFile: path }).catch((cause) => cause);
    expect(failure).toMatchObject({ code: 'permission_denied', detail: `${ONE_RECIPIENT}: no age identity at hand opens it` });
    expect(failure.hint.match(/age1\w{58}/g)).toHaveLength(2);
    expect(failure.hint).toContain(path);
    const hybrid = await open(ONE_RECIPIENT, { ageKey: testKey('hybrid') }).catch((cause) => cause);
    expect(hybrid.hint.length).toBeLessThan(500);
  });

  it.each([
    ['cut off', identityOf('one').slice(0, -3), 'holds an age identity that is cut off or has a slip of the pen'],
    ['with a slip', identityOf('one').replace(/.$/, (last) => (last === 'Q' ? 'P' : 'Q')), 'cut off or has a slip'],
    ['in small letters', identityOf('one').toLowerCase(), 'line 1 of setting ageKey is no age identity'],
    ['a public key', 'age1e8jl3xqpkprcmjms3v5f4vqvdnguvyvepnd043c4qya87m2p2djqgvfl5w', 'setting ageKey holds a public key'],
    ['a public SSH key', 'ssh-ed25519 AAAA canary', 'setting ageKey holds a public key'],
    ['an SSH key', '-----BEGIN OPENSSH PRIVATE KEY-----\nCANARY\n', 'setting ageKey holds an SSH or PEM key'],
    ['one with a passphrase', '-----BEGIN AGE ENCRYPTED FILE-----\nCANARY\n', 'setting ageKey is encrypted with a passphrase'],
    ['anything else', '# x\nCANARY', 'line 2 of setting ageKey is no age identity'],
  ])('that are none are told and not quoted: %s', async (_, ageKey, problem) => {
    const failure = await open(FILE, { ageKey }).catch((cause) => cause);
    expect(failure).toMatchObject({
      code: 'unauthenticated',
      detail: expect.stringContaining(problem),
      hint: expect.any(String),
    });
    const printed = `${inspect(failure, { depth: 9 })}${failure.stack}${JSON.stringify(failure)}${inspect(failure.cause)}`;
    const parts = [ageKey.slice(20), ageKey.slice(4, 40)].filter((part) => part.length > 8);
    for (const secret of [...parts, 'CANARY', 'canary']) expect(printed).not.toContain(secret);
  });

  it('of plugins are not used, and said not to be', async () => {
    const plugin = 'AGE-PLUGIN-YUBIKEY-1CANARY';
    const { lines } = await open(FILE, { ageKey: `${plugin} ${identityOf('one')}` });
    expect(lines).toEqual([
      'warn setting ageKey: 1 identities belong to plugins of age, which are not supported, and are not used',
    ]);
    await expect(open(FILE, { ageKey: plugin })).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it.skipIf(process.platform === 'win32')('in a file that others may read are reported', async () => {
    const path = keyFile(testKey('one'));
    expect((await open(FILE, { ageKeyFile: path })).lines).toEqual([]);
    chmodSync(path, 0o640);
    expect((await open(FILE, { ageKeyFile: path })).lines).toEqual([
      `warn age key file ${path} may be read or written by other users: chmod 600 ${path}`,
    ]);
  });

  it('in a file that can’t be read fail as the operating system says', async () => {
    await expect(open(FILE, { ageKeyFile: '/nowhere/keys.txt' })).rejects.toMatchObject({
      code: 'failed_precondition',
      detail: 'open /nowhere/keys.txt: no such file or directory',
      hint: expect.stringContaining('ageKeyFile'),
    });
    vi.stubEnv('SOPS_AGE_KEY_FILE', home);
    await expect(open(FILE, {})).rejects.toMatchObject({ detail: `read ${home}: is a directory` });
    await expect(open(FILE, { ageKeyFile: keyFile('x'.repeat(2 ** 20 + 1)) })).rejects.toMatchObject({
      code: 'resource_exhausted',
      retryable: false,
    });
  });
});

describe('settings', () => {
  const problems = (properties: Record<string, string>) => checkSettings(definition, properties, 'refused').problems;

  it.each<[string, Record<string, string>, string]>([
    ['no file', {}, 'setting secretsFile is required'],
    ['an empty file name', { secretsFile: '' }, 'setting secretsFile is required'],
    ['an empty key file name', { secretsFile: 'x', ageKeyFile: '' }, 'setting ageKeyFile is empty'],
    [
      'a format that is none',
      { secretsFile: 'x', format: 'toml' },
      'setting format is not one of yaml, json, dotenv, ini, binary',
    ],
    ['an empty format', { secretsFile: 'x', format: '' }, 'setting format is not one of yaml, json, dotenv, ini, binary'],
    ['no size', { secretsFile: 'x', maxFileSize: 'big' }, 'setting maxFileSize is not a size such as 100, 1Ki or 4Mi'],
    ['a size of nothing', { secretsFile: 'x', maxFileSize: '0' }, 'setting maxFileSize leaves room for no file'],
    ['a negative size', { secretsFile: 'x', maxFileSize: '-5' }, 'setting maxFileSize leaves room for no file'],
    ['no boolean', { secretsFile: 'x', multiValued: 'ja' }, 'setting multiValued is not a boolean'],
    ['a slip in a name', { secretsFile: 'x', ageKeyfiles: 'y' }, 'setting ageKeyfiles is not known'],
  ])('%s', (_, properties, message) => {
    expect(problems(properties)).toMatchObject([{ severity: 'error', message, hint: expect.any(String) }]);
  });

  it('names of settings ignore case', () => expect(problems({ SECRETSFILE: 'x', agekeyfile: 'y' })).toEqual([]));
});
