import { checkSettings, type MetadataProblem } from '@coffer/core/driver';
import { describe, expect, it } from 'vitest';
import { metadata } from '../metadata.ts';
import { checkLogin } from './check.ts';
import { loginMetadata } from './metadata.ts';

function problemsOf(properties: Readonly<Record<string, string>>): readonly MetadataProblem[] {
  return checkSettings({ metadata: { ...metadata, ...loginMetadata }, check: checkLogin }, properties, 'refused').problems;
}

/** What would let each method log in. */
const METHODS = {
  token: { vaultToken: 't' },
  approle: { vaultAuthMethod: 'approle', vaultRoleId: 'r', vaultSecretId: 's' },
  kubernetes: { vaultAuthMethod: 'kubernetes', vaultRole: 'shop' },
  jwt: { vaultAuthMethod: 'jwt', vaultJwt: 'j' },
  userpass: { vaultAuthMethod: 'userpass', vaultUsername: 'u', vaultPassword: 'p' },
  aws: { vaultAuthMethod: 'aws' },
  cert: { vaultAuthMethod: 'cert', clientCert: '/c.pem', clientKey: '/k.pem' },
} as const;

const RIGHT: readonly Readonly<Record<string, string>>[] = [
  ...Object.values(METHODS),
  { vaultTokenMountPath: '/t' },
  { vaultAuthMethod: 'token', vaultToken: 't', vaultTokenWrapped: 'true' },
  { vaultTokenMountPath: '/t', vaultTokenWrapped: 'true' },
  { ...METHODS.approle, vaultSecretIdWrapped: 'true', vaultAuthMountPath: 'approle/shop/', vaultAuthNamespace: 'team' },
  { vaultAuthMethod: 'approle', vaultRoleId: 'r', vaultSecretIdPath: '/s' },
  { vaultAuthMethod: 'approle', vaultRoleId: 'r' },
  { ...METHODS.kubernetes, vaultJwtPath: '/t' },
  { vaultAuthMethod: 'jwt', vaultJwtPath: '/j', vaultRole: 'shop' },
  { vaultAuthMethod: 'userpass', vaultUsername: 'u', vaultPasswordPath: '/p' },
  { ...METHODS.aws, vaultRole: 'shop', vaultAwsRegion: 'eu-central-1', vaultAwsServerId: 'vault' },
  { ...METHODS.cert, vaultRole: 'shop' },
  // Empty counts as absent.
  { vaultToken: 't', vaultTokenMountPath: '', vaultRole: '', vaultSecretId: '', vaultSecretIdWrapped: 'false' },
];

it.each(RIGHT.map((properties) => [properties]))('%o is right', (properties) => {
  expect(problemsOf(properties)).toEqual([]);
});

describe('the token', () => {
  it('V3: neither token source', () => {
    expect(problemsOf({})).toEqual([
      {
        severity: 'error',
        name: 'vaultToken',
        message: 'token mount path and token not set',
        hint: 'set vaultToken, vaultTokenMountPath, or vaultAuthMethod to log in',
      },
    ]);
    expect(problemsOf({ vaultToken: '' })[0]?.message).toBe('token mount path and token not set');
  });

  it('V3: neither token source, but the settings of a method', () => {
    expect(problemsOf({ vaultRoleId: 'r' })[0]).toMatchObject({
      message: 'token mount path and token not set',
      hint: 'set vaultAuthMethod: approle',
    });
  });

  it('V4: both', () => {
    expect(problemsOf({ vaultToken: 't', vaultTokenMountPath: '/t' })).toEqual([
      {
        severity: 'error',
        name: 'vaultToken',
        message: 'token mount path and token both set',
        hint: 'keep one of vaultToken and vaultTokenMountPath',
      },
    ]);
  });
});

describe('what contradicts', () => {
  it.each<[Readonly<Record<string, string>>, string, string, string]>([
    [
      { ...METHODS.token, vaultRoleId: 'r' },
      'vaultRoleId',
      'setting vaultRoleId has no use with a token',
      'remove it; or, for vaultAuthMethod: approle, remove vaultToken',
    ],
    [
      { ...METHODS.token, vaultRole: 'r' },
      'vaultRole',
      'setting vaultRole has no use with a token',
      'remove it; or, for a login, remove vaultToken',
    ],
    [
      { ...METHODS.approle, vaultToken: 't' },
      'vaultToken',
      'setting vaultToken and vaultAuthMethod: approle are both set',
      'remove it, or write vaultAuthMethod: token',
    ],
    [
      { ...METHODS.aws, vaultTokenWrapped: 'true' },
      'vaultTokenWrapped',
      'setting vaultTokenWrapped and vaultAuthMethod: aws are both set',
      'remove it, or write vaultAuthMethod: token',
    ],
    [
      { ...METHODS.approle, vaultRole: 'r' },
      'vaultRole',
      'setting vaultRole has no use with vaultAuthMethod: approle',
      'roles of approle are named by vaultRoleId',
    ],
    [
      { ...METHODS.kubernetes, vaultJwt: 'j' },
      'vaultJwt',
      'setting vaultJwt has no use with vaultAuthMethod: kubernetes',
      'tokens of service accounts expire: use vaultJwtPath',
    ],
    [
      { ...METHODS.userpass, vaultSecretId: 's' },
      'vaultSecretId',
      'setting vaultSecretId has no use with vaultAuthMethod: userpass',
      'remove it, or write vaultAuthMethod: approle',
    ],
    [
      { ...METHODS.cert, vaultJwtPath: '/j' },
      'vaultJwtPath',
      'setting vaultJwtPath has no use with vaultAuthMethod: cert',
      'remove it',
    ],
    [
      { ...METHODS.approle, vaultSecretIdPath: '/s' },
      'vaultSecretId',
      'settings vaultSecretId and vaultSecretIdPath are both set',
      'keep one of them',
    ],
    [{ ...METHODS.jwt, vaultJwtPath: '/j' }, 'vaultJwt', 'settings vaultJwt and vaultJwtPath are both set', 'keep one of them'],
    [
      { ...METHODS.userpass, vaultPasswordPath: '/p' },
      'vaultPassword',
      'settings vaultPassword and vaultPasswordPath are both set',
      'keep one of them',
    ],
    [
      { vaultAuthMethod: 'approle', vaultRoleId: 'r', vaultSecretIdWrapped: 'true' },
      'vaultSecretIdWrapped',
      'setting vaultSecretIdWrapped has nothing to unwrap',
      'set vaultSecretId or vaultSecretIdPath to the wrapping token',
    ],
    [
      { ...METHODS.aws, vaultAuthMountPath: '/auth/aws' },
      'vaultAuthMountPath',
      'setting vaultAuthMountPath is below auth/ already',
      'write aws',
    ],
    [
      { ...METHODS.aws, vaultAuthMountPath: 'a/../b' },
      'vaultAuthMountPath',
      'setting vaultAuthMountPath is no mount path',
      'write it as `vault auth list` shows it',
    ],
    [
      { ...METHODS.aws, vaultAuthMountPath: 'a//b' },
      'vaultAuthMountPath',
      'setting vaultAuthMountPath is no mount path',
      'write it as `vault auth list` shows it',
    ],
    [
      { ...METHODS.userpass, vaultUsername: '../x' },
      'vaultUsername',
      'setting vaultUsername is no name of a user',
      'names hold no slash',
    ],
  ])('%o', (properties, name, message, hint) => {
    expect(problemsOf(properties)).toEqual([{ severity: 'error', name, message, hint, doubtful: true }]);
  });
});

describe('what is missing', () => {
  it.each([
    ['approle', 'vaultRoleId'],
    ['kubernetes', 'vaultRole'],
    ['jwt', 'vaultJwt or vaultJwtPath'],
    ['userpass', 'vaultUsername'],
    ['userpass', 'vaultPassword or vaultPasswordPath'],
    ['cert', 'clientCert'],
  ])('%s needs %s', (method, needed) => {
    const [name] = needed.split(' ');
    const message = `vaultAuthMethod: ${method} needs ${needed}`;
    for (const empty of [{}, { [`${name}`]: '' }]) {
      expect(problemsOf({ vaultAuthMethod: method, ...empty })).toContainEqual({
        severity: 'error',
        name,
        message,
        hint: `set ${needed}`,
        doubtful: true,
      });
    }
  });
});

describe('what is wrong by itself', () => {
  it('no method of that name', () => {
    expect(problemsOf({ vaultAuthMethod: 'AppRole', vaultRoleId: 'r' })).toEqual([
      {
        severity: 'error',
        name: 'vaultAuthMethod',
        message: 'setting vaultAuthMethod is not one of token, approle, kubernetes, jwt, userpass, aws, cert',
        hint: loginMetadata.vaultAuthMethod.description,
      },
    ]);
  });

  it.each(Object.keys(loginMetadata))('%s misspelt names the right one', (name) => {
    const misspelt = `${name.slice(0, -1)}x`;
    expect(problemsOf({ ...METHODS.token, [misspelt]: 'x' })).toContainEqual(
      expect.objectContaining({ severity: 'error', name: misspelt, hint: `did you mean ${name}?` }),
    );
  });

  it.each(['vaultTokenWrapped', 'vaultSecretIdWrapped'])('%s is a switch', (name) => {
    expect(problemsOf({ ...METHODS.token, [name]: 'wrapped' })).toContainEqual(
      expect.objectContaining({ severity: 'error', name, message: `setting ${name} is not a boolean` }),
    );
  });

  it('marks what is secret', () => {
    const sensitive = Object.entries(loginMetadata).filter(([, field]) => 'sensitive' in field);
    expect(sensitive.map(([name]) => name)).toEqual(['vaultSecretId', 'vaultJwt', 'vaultPassword']);
  });
});
