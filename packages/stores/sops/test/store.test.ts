import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { changed, fileWith, folder, identityOf, open, sample, testKey } from './open.ts';
import { type Node, SopsWriter, type Tree } from './write-sops.ts';

const writer = async () => new SopsWriter([await identityToRecipient(identityOf('one'))]);
const written = async (tree: Tree) => (await writer()).write(tree);
const nested = (levels: number): Tree => {
  let node: Node = 'deep';
  for (let level = 0; level < levels; level++) node = level % 2 ? [node] : new Map([['k', node]]);
  return new Map([['top', node]]);
};

describe('the file', () => {
  it('can’t be read: the operating system says why', async () => {
    const directory = folder();
    const missing = join(directory, 'none.yaml');
    await expect(open(missing)).rejects.toMatchObject({
      code: 'failed_precondition',
      detail: `open ${missing}: no such file or directory`,
      hint: expect.stringContaining('check secretsFile'),
    });
    await expect(open(directory)).rejects.toMatchObject({ detail: `read ${directory}: is a directory` });
    symlinkSync('loop', join(directory, 'loop'));
    await expect(open(join(directory, 'loop'))).rejects.toMatchObject({ hint: expect.stringContaining('circle') });
  });

  it('is not read when it is too big, also when the operating system does not know how big it is', async () => {
    const failure = { code: 'resource_exhausted', retryable: false };
    const properties = { ageKey: testKey('one'), maxFileSize: '1Ki' };
    await expect(open(sample('values.yaml'), properties)).rejects.toMatchObject(failure);
    await expect(open('/dev/zero', properties)).rejects.toMatchObject(failure);
    const exact = await written(new Map([['a', 'b']]));
    const path = fileWith(exact, 'a.json');
    await open(path, { ...properties, maxFileSize: String(exact.length) });
    await expect(open(path, { ...properties, maxFileSize: String(exact.length - 1) })).rejects.toMatchObject(failure);
  });

  it.each([
    ['empty', '', 'it is empty'],
    ['only comments', '# nothing\n', 'it is not encrypted by sops: what sops writes about a file is missing'],
    ['not encrypted', 'password: canary\n', 'it is not encrypted by sops: what sops writes about a file is missing'],
    ['with a text at sops', 'sops: canary\n', 'it is not encrypted by sops: what sops writes about a file is missing'],
    ['a list', '- canary\n', 'a document of it is no YAML mapping'],
    ['a text', 'canary\n', 'a document of it is no YAML mapping'],
    ['not YAML', 'a: "canary\n', /^it is not valid YAML \(line \d+, column \d+\)$/],
    ['with tabs', 'a:\n\tcanary: 1\n', /^it is not valid YAML \(line 2, column \d+\)$/],
    ['binary', Buffer.from('canary: \xff'.repeat(3), 'latin1'), 'it is not UTF-8 text'],
    ['nested too deep', '[canary,'.repeat(20_000), /^it is (nested too deep|not valid YAML .*)$/],
    ['a bomb of aliases', 'a: &a [canary]\nb: &b [*a, *a]\nsops: [*b, *b]\n', 'it has an alias (*name), which sops never writes'],
  ])('%s: is refused, and nothing of it quoted', async (_, content, problem) => {
    const path = fileWith(content);
    const failure = await open(path).catch((cause) => cause);
    expect(failure).toMatchObject({ code: 'invalid_argument', hint: expect.any(String) });
    const detail = failure.detail.slice(`${path}: `.length);
    if (typeof problem === 'string') expect(detail).toBe(problem);
    else expect(detail).toMatch(problem);
    expect(`${failure.stack}${JSON.stringify(failure)}`).not.toContain('canary');
  });

  it.each([
    ['json', '{"canary": 1,}', 'it is not valid JSON (line 1, column 14)'],
    ['json', '{"canary": "', /^it is not valid JSON/],
    ['json', '["canary"]', 'it holds no JSON object'],
    ['json', '{"a": 1, "a": "canary", "sops": {}}', 'two entries of the file have the name a'],
    ['json', `{"a":${'['.repeat(600)}"canary"${']'.repeat(600)}}`, 'it is nested too deep'],
    ['env', 'A=canary\nB\n', 'line 2 is no variable (NAME=value)'],
    ['env', 'A=canary\nA=1\n', 'two entries of the file have the name A'],
    ['env', 'A=canary\nsops_age=1\nsops_age__list_0__map_enc=1\n', /^sops_age__list_0__map_enc contradicts/],
    ['ini', '[a]\nb = canary\nc\n', 'line 3 is neither a section nor a value'],
    ['ini', '[a]\nb = canary\nb = 1\n', 'two entries of the file have the name b'],
    ['ini', '[a]\nb = canary\n[a]\n', 'two sections have the name a'],
    ['ini', '[a]\nb = """canary\n', 'the quote in line 2 is not closed'],
    ['p12', '\x01canary', /^it is not valid JSON/],
  ])('%s, %j: is refused, and nothing of it quoted', async (ending, content, problem) => {
    const failure = await open(fileWith(content, `secrets.${ending}`)).catch((cause) => cause);
    const detail = failure.detail.replace(/^\S+: /, '');
    if (typeof problem === 'string') expect(detail).toBe(problem);
    else expect(detail).toMatch(problem);
    expect(`${failure.stack}${JSON.stringify(failure)}`).not.toContain('canary');
  });

  it('has the format that the setting says', async () => {
    const path = changed('values.env', (text) => `${text}\n`);
    const other = path.replace(/\.env$/, '.env.production');
    symlinkSync(path, other);
    await expect(open(other)).rejects.toMatchObject({ hint: expect.stringContaining('format') });
    expect((await (await open(other, { ageKey: testKey('one'), format: 'dotenv' })).values()).get('USER')).toBe('shop');
  });

  it('can’t hold two values of one name', async () => {
    const tree: Tree = new Map<string, Node>([
      ['a', new Map([['b', '1']])],
      ['a:b', '2'],
    ]);
    const path = fileWith(await written(tree), 'a.json');
    await expect(open(path)).rejects.toMatchObject({
      code: 'invalid_argument',
      detail: `${path}: two entries of the file have the name a:b`,
    });
    const { values } = await open(path, { ageKey: testKey('one'), nestedSeparator: '/' });
    expect(Object.fromEntries(await values())).toEqual({ 'a/b': '1', 'a:b': '2' });
  });
});

describe('values', () => {
  it('are text, and Base64 where they are none', async () => {
    const tree: Tree = new Map<string, Node>([
      ['text', 'é😀\0\r\n'],
      ['bytes', Buffer.from([0, 255, 254])],
      ['empty', ''],
      ['looks-encrypted', 'ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]'],
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['', 'no name'],
      ['a.b/c d', 'x'],
      ['ENC[x]', 'y'],
      ['2', 'two'],
      ['1', 'one'],
    ]);
    const { bulk } = await open(fileWith(await written(tree), 'a.json'));
    const secrets = await bulk();
    expect(secrets.size).toBe(tree.size);
    for (const [name, value] of tree)
      expect(Object.values(secrets.get(name) ?? {}), name).toEqual([Buffer.isBuffer(value) ? value.toString('base64') : value]);
  });

  it('of 64 KiB, and thousands of them', async () => {
    const tree = new Map<string, Node>([['big', 'x'.repeat(65_536)]]);
    for (let index = 0; index < 3000; index++) tree.set(`secret-${index}`, new Map([['password', `p-${index}`]]));
    const { bulk } = await open(fileWith(await written(tree), 'a.json'), { ageKey: testKey('one'), multiValued: 'true' });
    const secrets = await bulk();
    expect(secrets.size).toBe(3001);
    expect(secrets.get('big')?.big).toHaveLength(65_536);
    expect(secrets.get('secret-2999')).toEqual({ password: 'p-2999' });
  });

  it('hundreds of levels down', async () => {
    const { values } = await open(fileWith(await written(nested(400)), 'a.json'));
    expect([...(await values()).values()]).toEqual(['deep']);
    await expect(open(fileWith(await written(nested(600)), 'a.json'))).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

describe('manners', () => {
  it('a missing secret, a closed store, an aborted call', async () => {
    const { store } = await open(sample('values.yaml'));
    await expect(store.get({ name: 'canary', metadata: {} })).rejects.toMatchObject({ code: 'not_found', secret: 'canary' });
    const signal = AbortSignal.abort();
    await expect(store.get({ name: 'db:user', metadata: {} }, { signal })).rejects.toMatchObject({ code: 'canceled' });
    await store.close();
    await store.close();
    await expect(store.get({ name: 'db:user', metadata: {} })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('ping fails once the file is gone', async () => {
    const path = fileWith(await written(new Map([['a', 'b']])), 'a.json');
    const { store } = await open(path);
    await store.ping();
    rmSync(path);
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('nothing decrypted and no key is in what the store prints', async () => {
    const { store } = await open(sample('values.yaml'));
    const printed = `${inspect(store, { depth: 9, showHidden: true })}${JSON.stringify(store)}`;
    expect(printed).not.toMatch(/shop|pa:ss|AGE-SECRET/);
  });

  it('its definition loads neither parser nor library', () => {
    const definition = fileURLToPath(new URL('../src/definition.ts', import.meta.url));
    const script = `
      import { registerHooks } from 'node:module';
      registerHooks({ load(url, context, next) { process.stdout.write(url + '\\n'); return next(url, context); } });
      await import(${JSON.stringify(definition)});`;
    const options = ['--conditions=@coffer/source', '--input-type=module', '-e', script];
    const loaded = execFileSync(process.execPath, options, { encoding: 'utf8' });
    expect(loaded).toContain('sops/src/definition.ts');
    expect(loaded).not.toMatch(/node_modules|file-store|src\/store\.ts/);
  });

  it('a file written over while it is read is read whole, or refused', async () => {
    const sops = await writer();
    const [one, two] = [
      await sops.write(new Map([['a', '1'.repeat(9999)]])),
      await sops.write(new Map([['a', '2'.repeat(9999)]])),
    ];
    const path = fileWith(one, 'a.json');
    const ends = await Promise.allSettled(
      Array.from({ length: 40 }, async (_, index) => {
        writeFileSync(path, index % 2 ? one : two);
        const { values } = await open(path);
        return new Set((await values()).get('a')).size;
      }),
    );
    for (const end of ends) {
      if (end.status === 'fulfilled') expect(end.value).toBe(1);
      else expect(end.reason).toMatchObject({ code: 'invalid_argument' });
    }
  });
});
