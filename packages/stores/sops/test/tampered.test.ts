import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { changed, fileWith, open, sample } from './open.ts';

/** Comments are not protected, by sops neither. */
const ENCRYPTED = /(?<=[=:] ?"?)ENC\[AES256_GCM,[^\]]+\]/;
const DATA = /data:[^,]+/;
const flip = (text: string) => text.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));

/** The encrypted value of a key. */
function encryptedOf(text: string, key: string): string {
  return (new RegExp(`\\b${key}: (ENC\\[[^\\]]+\\])`).exec(text) ?? [])[1] as string;
}

/** A change of the value of one key. */
const value = (key: string, change: (encrypted: string) => string) => (text: string) => {
  const before = encryptedOf(text, key);
  return text.replace(before, change(before));
};

const CHANGED_USER = 'the value of db:user was changed, renamed or moved after sops encrypted it';
const OTHER_VALUES = 'its values are not those that sops encrypted (message authentication code)';
const CHANGED_CODE = 'its message authentication code (sops.mac) or sops.lastmodified was changed';

describe('a file that somebody changed', () => {
  it.each<[string, (text: string) => string, string | RegExp]>([
    [
      'a byte of a value',
      value('user', (text) => text.replace(/data:./, (start) => (start.endsWith('A') ? 'data:B' : 'data:A'))),
      CHANGED_USER,
    ],
    ['a byte of a tag', value('user', (text) => text.replace(/tag:(.+?),/, (_, tag) => `tag:${flip(tag)},`)), CHANGED_USER],
    ['a shorter tag', value('user', (text) => text.replace(/tag:.+?,/, 'tag:AAAA,')), CHANGED_USER],
    ['a byte of the start value', value('user', (text) => text.replace(/iv:(.+?),/, (_, iv) => `iv:${flip(iv)},`)), CHANGED_USER],
    ['a value cut off', value('user', (text) => text.replace(DATA, 'data:AAAA')), CHANGED_USER],
    ['another type of value', value('user', (text) => text.replace('type:str', 'type:bool')), CHANGED_USER],
    ['a type that is none', value('user', (text) => text.replace('type:str', 'type:canary')), CHANGED_USER],
    ['a value that has become a comment', value('user', (text) => text.replace('type:str', 'type:comment')), OTHER_VALUES],
    ['something after a value', value('user', (text) => `${text}x`), 'the value of db:user is not encrypted'],
    [
      'a value that is no Base64',
      value('user', (text) => text.replace(DATA, 'data:$$$$')),
      'the value of db:user is not encrypted',
    ],
    ['a renamed key', (text) => text.replace('    user: ', '    admin: '), CHANGED_USER.replace('user', 'admin')],
    [
      'two values in each other’s place',
      (text) => {
        const [user, password] = [encryptedOf(text, 'user'), encryptedOf(text, 'password')];
        return text.replace(user, '@@').replace(password, user).replace('@@', password);
      },
      CHANGED_USER,
    ],
    ['a value moved up', (text) => text.replace('    user: ', 'user: '), /not valid YAML|not those that sops/],
    ['a value in plain text', value('user', () => 'canary'), 'the value of db:user is not encrypted'],
    ['a number in plain text', value('port', () => '5433'), 'the value of db:port is not encrypted'],
    ['a value emptied', value('user', () => '""'), OTHER_VALUES],
    ['a value taken out', (text) => text.replace(/ {4}user: .*\n/, ''), OTHER_VALUES],
    ['an entry of a list taken out', (text) => text.replace(/ {8}- c: .*\n/, ''), OTHER_VALUES],
    ['a value that was never encrypted', (text) => text.replace('text: hello', 'text: canary'), OTHER_VALUES],
    ['a number that was never encrypted', (text) => text.replace('whole: 5', 'whole: 6'), OTHER_VALUES],
    ['values in another order', (text) => text.replace(/( {4}whole: 5\n)( {4}half: 0.5\n)/, '$2$1'), OTHER_VALUES],
    ['no code', (text) => text.replace(/ {4}mac: .*\n/, ''), 'it has no message authentication code (sops.mac)'],
    ['an empty code', (text) => text.replace(/( {4}mac: ).*/, '$1""'), 'it has no message authentication code (sops.mac)'],
    ['another code', (text) => text.replace(/( {4}mac: ).*/, '$1canary'), CHANGED_CODE],
    ['a value for a code', (text) => text.replace(/( {4}mac: ).*/, `$1${encryptedOf(text, 'user')}`), CHANGED_CODE],
    ['another time', (text) => text.replace(/lastmodified: "\d{4}/, 'lastmodified: "1999'), CHANGED_CODE],
    ['no time', (text) => text.replace(/ {4}lastmodified: .*\n/, ''), 'the time in sops.lastmodified is missing or no time'],
    ['another reach of the code', (text) => text.replace('    mac: ', '    mac_only_encrypted: true\n    mac: '), OTHER_VALUES],
    ['another suffix', (text) => text.replace('suffix: _unencrypted', 'suffix: db'), /is not encrypted|not those that sops/],
    [
      'two rules',
      (text) => text.replace('    unencrypted_suffix', '    encrypted_regex: .\n    unencrypted_suffix'),
      'sops.unencrypted_suffix and sops.encrypted_regex contradict each other',
    ],
    [
      'a broken copy of the key',
      (text) => text.replaceAll(/YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0\+/g, 'AAAALWVuY3J5cHRpb24ub3JnL3YxCi0+'),
      /^its data key for age1\w+ is damaged$/,
    ],
    ['no recipient', (text) => text.replace(/ {4}age:\n(?: {8}.*\n)+/, ''), 'it is encrypted for no recipient'],
    [
      'other services alone',
      (text) => text.replace('    age:', '    pgp:\n        - fp: a\n    kms:\n        - arn: b\n    other:'),
      'it is encrypted for AWS KMS, PGP and not for age',
    ],
    ['nothing of what sops wrote', (text) => text.slice(0, text.indexOf('sops:')), /^it is not encrypted by sops/],
    ['an alias', (text) => text.replace('no_map: {}', 'no_map: &a {}\nagain: *a'), /^it has an alias/],
    [
      'one name twice',
      (text) => text.replace('no_map: {}', 'no_map: {}\nno_map: {}'),
      'two entries of the file have the name no_map',
    ],
    ['a key that is a list', (text) => text.replace('no_map: {}', '[canary]: {}'), 'a key of it is no text'],
  ])('YAML, %s', async (_, change, problem) => {
    const path = changed('values.yaml', change);
    const failure = await open(path).catch((cause) => cause);
    expect(failure).toMatchObject({ code: 'invalid_argument', operation: 'init', hint: expect.any(String) });
    const detail = failure.detail.slice(`${path}: `.length);
    expect(failure.detail.startsWith(`${path}: `)).toBe(true);
    if (typeof problem === 'string') expect(detail).toBe(problem);
    else expect(detail).toMatch(problem);
    expect(`${failure.stack}${JSON.stringify(failure)}`).not.toContain('canary');
  });

  it('cut off anywhere', async () => {
    const text = readFileSync(sample('values.yaml'), 'utf8');
    for (let length = 0; length < text.length; length += 97) {
      const failure = await open(fileWith(text.slice(0, length))).catch((cause) => cause);
      expect(failure, `${length} characters`).toMatchObject({ code: 'invalid_argument' });
    }
  });

  it.each([
    ['values.json', 'the value of a '],
    ['values.env', 'the value of USER '],
    ['values.ini', 'the value of DEFAULT:top '],
    ['bytes.p12', 'the value of data '],
  ])('a byte of %s', async (name, problem) => {
    const path = changed(name, (text) =>
      text.replace(ENCRYPTED, (all) => all.replace(/data:./, (at) => (at.endsWith('A') ? 'data:B' : 'data:A'))),
    );
    await expect(open(path)).rejects.toMatchObject({
      code: 'invalid_argument',
      detail: expect.stringMatching(new RegExp(`: (${problem}was changed|its values are not)`)),
    });
  });

  it('values that its code leaves out may change, as for sops', async () => {
    const path = changed('mac-only-encrypted.yaml', (text) => text.replace('kind: Secret', 'kind: Other'));
    expect((await (await open(path)).values()).get('kind')).toBe('Other');
    const without = changed('mac-only-encrypted.yaml', (text) => text.replace(/ {4}password: .*\n/, ''));
    await expect(open(without)).rejects.toMatchObject({ detail: `${without}: ${OTHER_VALUES}` });
  });
});
