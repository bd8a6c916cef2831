import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ACME, coffer, fixture } from './support/coffer.ts';

const EXPECTED = fileURLToPath(new URL('fixtures/broken/expected.txt', import.meta.url));

describe('coffer check', () => {
  it('reads like help from a colleague on a broken directory', async () => {
    const broken = fixture('broken');
    const result = await coffer(broken, ['check', '--config', 'config.yaml', '--driver-path', ACME]);
    // What the workspace's own packages say of themselves changes with every certification.
    const stable = result.stdout.replace(/(driver \S+ of @coffer\/[^@]+)@.*\n {4}.*/g, '$1');
    expect(stable).toBe(readFileSync(EXPECTED, 'utf8'));
    expect(result).toMatchObject({ code: 1, stderr: '' });
  });

  it('says the same as JSON, and no value of any setting', async () => {
    const broken = fixture('broken');
    const args = ['check', '--config', 'config.yaml', '--driver-path', ACME];
    const { stdout, stderr, code } = await coffer(broken, [...args, '--json']);
    const { findings, errors, warnings, notes, files } = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(findings).toHaveLength(errors + warnings + notes);
    expect(files).toBe(10);
    expect(findings[0]).toEqual({
      severity: expect.stringMatching(/^(error|warning|note)$/),
      file: 'components/acme.yaml',
      line: expect.any(Number),
      column: expect.any(Number),
      message: expect.any(String),
      hint: expect.any(String),
    });
    expect(stdout + stderr).not.toContain('canary-');
  });

  it('is content with a good directory', async () => {
    const shop = fixture('shop');
    const { stdout, code } = await coffer(shop, ['check', '--config', 'config.yaml', '--driver-path', ACME]);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/ (error|warning) /);
    expect(stdout).toMatch(/\n2 notes in 3 files with 4 components\n$/);
  });

  it('tells of each driver that is used what its package says of its certification', async () => {
    const shop = fixture('shop');
    const args = ['check', '--config', 'config.yaml', '--driver-path', ACME];
    const { stdout } = await coffer(shop, args);
    expect(stdout).toContain(
      'driver secretstores.acme/v1 of coffer-store-acme@1.2.3\n    certified by kit 1.0.0 on Acme Cloud 7 (real): 1 passed, 1 skipped\n',
    );
    const { drivers } = JSON.parse((await coffer(shop, [...args, '--json'])).stdout);
    expect(drivers).toContainEqual({
      type: 'secretstores.acme',
      version: 'v1',
      package: 'coffer-store-acme@1.2.3',
      conformance: {
        state: 'certified',
        kit: '1.0.0',
        backends: [{ name: 'Acme Cloud', version: '7', tier: 'real', passed: 1, failed: 0, skipped: 1 }],
      },
    });
  });

  it('checks a single file against what lies around it', async () => {
    const shop = fixture('shop');
    const good = await coffer(shop, ['check', 'components/others.yaml', '--driver-path', ACME, '--json']);
    expect(JSON.parse(good.stdout)).toMatchObject({ errors: 0, warnings: 0, files: 1, components: 3 });
    writeFileSync(join(shop, 'components', 'zwei.yaml'), readFileSync(join(shop, 'components', 'vault.yaml')));
    const twin = await coffer(shop, ['check', 'components/vault.yaml']);
    expect(twin.stdout).toContain('components/vault.yaml:4:9 error component name vault is taken by components/zwei.yaml:4');
    const other = await coffer(shop, ['check', 'config.yaml', 'components/vault.yaml']);
    expect(other.stdout).not.toContain('others.yaml');
  });

  it('minds namespaces as the loader does, and cannot be made to steer the terminal', async () => {
    const shop = fixture('shop');
    const text = readFileSync(join(shop, 'components', 'vault.yaml'), 'utf8');
    const twin = text.replace('name: vault\n', 'name: vault\n  namespace: other\n');
    writeFileSync(join(shop, 'components', 'zwei.yaml'), `${twin}    - name: "\\e[31mred"\n      value: x\n`);
    const { stdout } = await coffer(shop, ['check', '--driver-path', ACME]);
    expect(stdout).toContain('component name vault is taken by components/vault.yaml:4');
    expect(stdout).toContain('environment variable NAMESPACE');
    expect(stdout).toContain('setting \\x1b[31mred is not known');
    const elsewhere = await coffer(shop, ['check', '--driver-path', ACME], { NAMESPACE: 'shop' });
    expect(elsewhere.stdout).not.toContain('is taken by');
    expect(stdout).not.toContain('\x1b');
  });

  it('tells of directories and files that are not there', async () => {
    const shop = fixture('shop');
    const { stdout, code } = await coffer(shop, ['check', 'gone', '--config', 'missing.yaml']);
    expect(code).toBe(1);
    expect(stdout).toContain("gone error it can't be read: no such file or directory\n");
    expect(stdout).toContain('missing.yaml error ');
    expect(stdout).toContain('2 errors in ');
  });

  it('takes a reference for a value that a setting accepts', async () => {
    const shop = fixture('shop');
    const text = readFileSync(join(shop, 'components', 'others.yaml'), 'utf8');
    writeFileSync(join(shop, 'components', 'others.yaml'), text.replace('name: token\n', 'name: patience\n'));
    const { stdout } = await coffer(shop, ['check', '--driver-path', ACME]);
    expect(stdout).not.toMatch(/patience/);
  });

  it('looks at a value with braces, unless it is filled in at start', async () => {
    const shop = fixture('shop');
    const text = readFileSync(join(shop, 'components', 'others.yaml'), 'utf8');
    const messages = async (value: string): Promise<string> => {
      const setting = `    - name: patience\n      value: "${value}"\n    - name: url\n`;
      writeFileSync(join(shop, 'components', 'others.yaml'), text.replace('    - name: url\n', setting));
      return (await coffer(shop, ['check', '--driver-path', ACME])).stdout;
    };
    expect(await messages('{soon}')).toContain('setting patience is not a duration');
    expect(await messages('{appID}')).not.toMatch(/patience/);
  });
});

describe('coffer check --online', () => {
  it('pings the stores and follows the references', async () => {
    const shop = fixture('shop');
    const good = await coffer(shop, ['check', '--online', '--json', '--driver-path', ACME]);
    expect(good).toMatchObject({ code: 0, stderr: '' });
    const { findings } = JSON.parse(good.stdout);
    expect(findings.map(({ message }: { message: string }) => message)).toContainEqual(
      'private was not asked: its scopes name billing and not coffer-cli',
    );
  });

  it('tells where a failure is written', async () => {
    const shop = fixture('shop');
    const others = join(shop, 'components', 'others.yaml');
    const text = readFileSync(others, 'utf8');
    writeFileSync(others, text.replace('https://acme.example', 'down').replace('key: password', 'key: passwort'));
    const down = await coffer(shop, ['check', '--online', '--driver-path', ACME]);
    expect(down.code).toBe(1);
    expect(down.stdout).toContain(
      'components/others.yaml:4:9 error acme does not answer: acme does not answer\n    hint: look at its status page\n',
    );
    expect(down.stdout).toContain(
      'components/others.yaml:28:7 error secret database of store vault has no key passwort\n    hint: its keys are: user, password\n',
    );
    writeFileSync(others, text.replace('https://acme.example', 'refused').replace('name: database', 'name: databse'));
    const refused = await coffer(shop, ['check', '--online', '--driver-path', ACME]);
    expect(refused.stdout).toContain('the token was refused\n    hint: renew the token\n');
    expect(refused.stdout).toContain('components/others.yaml:28:7 error failed getting secret with key databse');
    writeFileSync(join(shop, 'secrets.json'), '{"canary-json": ');
    const unreadable = await coffer(shop, ['check', '--online', '--driver-path', ACME]);
    expect(unreadable.stdout).toContain('components/vault.yaml:4:9 error vault does not answer: ');
    for (const { stdout, stderr } of [down, refused, unreadable]) expect(stdout + stderr).not.toContain('canary-');
  });
});
