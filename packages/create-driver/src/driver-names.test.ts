import { describe, expect, it } from 'vitest';
import { driverNames } from './driver-names.ts';
import { OFFICIAL_TYPES } from './facts.ts';

describe('the names of a driver', () => {
  it.each([
    ['coffer-store-acme', 'secretstores.acme', 'Acme', 'acme', 'Acme'],
    ['coffer-store-acme-cloud', 'secretstores.acme-cloud', 'Acme Cloud', 'acme-cloud', 'AcmeCloud'],
    ['@acme/coffer-store', 'secretstores.acme', 'Acme', 'acme', 'Acme'],
    ['@acme/coffer-store-eu', 'secretstores.eu', 'Eu', 'eu', 'Eu'],
    ['@acme/coffer-driver', 'secretstores.acme', 'Acme', 'acme', 'Acme'],
    ['@coffer/store-acme', 'secretstores.acme', 'Acme', 'acme', 'Acme'],
    ['coffer-store-1vault', 'secretstores.1vault', '1vault', '1vault', 'The1vault'],
    ['acme', 'secretstores.acme', 'Acme', 'acme', 'Acme'],
    ['acme-store', 'secretstores.acme-store', 'Acme Store', 'acme-store', 'AcmeStore'],
    ['coffer-store-coffer', 'secretstores.coffer', 'Coffer', 'coffer', 'Coffer'],
    ['acme.v2_x', 'secretstores.acme-v2-x', 'Acme V2 X', 'acme-v2-x', 'AcmeV2X'],
    ['-a-', 'secretstores.a', 'A', 'a', 'A'],
  ])('are made of %s', (name, type, title, short, identifier) => {
    expect(driverNames({ package: name })).toEqual({ package: name, type, title, short, identifier });
  });

  it('are those given', () => {
    const given = { package: 'coffer-store-acme', type: 'secretstores.acme.cloud2.x-y', title: 'Äcme (EU), v1.5+' };
    expect(driverNames(given)).toMatchObject(given);
  });

  it.each([
    ['', 'it is empty'],
    ['Acme', 'lower case'],
    ['.acme', 'begins with a dot'],
    ['_acme', 'begins with a dot or an underscore'],
    ['@acme/_x', 'begins with a dot or an underscore'],
    ['@acme', 'npm takes letters'],
    ['@/acme', 'npm takes letters'],
    ['@acme/', 'npm takes letters'],
    ['a/b', 'npm takes letters'],
    ['../acme', 'npm takes'],
    ['@a/../b', 'npm takes'],
    ['acme store', 'npm takes letters'],
    ['acmé', 'npm takes letters'],
    ['acme\n', 'npm takes letters'],
    ['a'.repeat(215), '214 characters'],
    ['fs', 'Node or npm uses it'],
    ['node_modules', 'Node or npm uses it'],
    ['--', 'does not say what the driver is for'],
    ['coffer', 'does not say what the driver is for'],
    ['coffer-store', 'does not say what the driver is for'],
    [`coffer-store-${'a'.repeat(41)}`, 'its own part is longer than 40 characters'],
  ])('are refused: the package %j', (name, why) => {
    expect(() => driverNames({ package: name })).toThrow(
      expect.objectContaining({
        name: 'UnusableInput',
        message: expect.stringContaining(why),
        hint: expect.stringMatching(/./),
      }),
    );
  });

  it.each(['acme', 'secretstores', 'secretstores.', 'secretstores.Acme', 'secretstores.a..b', 'secretstores.a_b', 'state.redis'])(
    'are refused: the type %s',
    (type) => {
      expect(() => driverNames({ package: 'acme', type })).toThrow(`"${type}" is no component type`);
    },
  );

  it.each(Object.entries(OFFICIAL_TYPES))('are refused: the type %s, which is that of %s', (type, owner) => {
    expect(() => driverNames({ package: 'acme', type })).toThrow(`${type} is the type of ${owner}`);
    expect(driverNames({ package: 'acme', type }, {}).type).toBe(type);
  });

  it.each(['', ' Acme', "Acme's", 'a`b', 'a\\b', 'a\nb', '*/', '<!--', '${x}', 'x'.repeat(61)])(
    'are refused: the title %j, which can not stand everywhere',
    (title) => {
      expect(() => driverNames({ package: 'acme', title })).toThrow('is no title');
    },
  );
});
