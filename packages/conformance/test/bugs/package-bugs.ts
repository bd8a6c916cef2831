import { acmeTestBed } from '../acme/test-bed.ts';
import { replaced, type SeededBug, withBackend, withDefinition, withPackage } from './seeded-bug.ts';

const PACKED = 'packs what it needs to be used with its declared dependencies alone, and nothing that should stay at home';

/** What a package says of itself, and what is in it. */
export const packageBugs: readonly SeededBug[] = [
  {
    name: 'announces a type that it does not export',
    caughtBy: 'importing',
    check: 'exports its definition where package.json says',
    testBed: withPackage({ 'src/definition.ts': replaced("'secretstores.acme'", "'secretstores.acme.cloud'") }),
  },
  {
    name: 'is announced under the name of its package in place of its type',
    caughtBy: 'manifest',
    check: 'announces its component type in package.json as the registry reads it',
    testBed: withPackage({ 'package.json': replaced('"secretstores.acme"', '"coffer-store-acme"') }),
  },
  {
    name: 'is written for a contract that does not exist',
    caughtBy: 'manifest',
    check: 'announces its component type in package.json as the registry reads it',
    testBed: withPackage({ 'package.json': replaced('"contract": 1', '"contract": 2') }),
  },
  {
    name: 'has a manifest from before its last setting',
    seenIn: 'descriptions that are kept by hand beside the code, as in Dapr',
    caughtBy: 'manifest',
    check: 'has a manifest that equals its definition',
    testBed: withPackage({ 'component.json': replaced('"requestTimeout"', '"timeout"') }),
  },
  {
    name: 'closes its package.json to those who look for drivers',
    caughtBy: 'manifest',
    check: 'lets others read package.json and manifest, as both are in "exports"',
    testBed: withPackage({ 'package.json': replaced(',\n    "./package.json": "./package.json"', '') }),
  },
  {
    name: 'brings a second copy of the core',
    caughtBy: 'manifest',
    check: 'has a package.json that says what it is and what it needs',
    testBed: withPackage({ 'package.json': replaced('"peerDependencies"', '"devDependencies"') }),
  },
  {
    name: 'has a setting that its README does not know',
    seenIn: 'Dapr’s driver for Huawei Cloud lists request metadata among its settings, and some settings nowhere',
    caughtBy: 'settings',
    check: 'documents every setting, every request metadata field and an unfinished status in README.md',
    testBed: withDefinition({
      metadata: { ...acmeTestBed.definition.metadata, region: { type: 'string', description: 'Where the account is.' } },
    }),
  },
  {
    name: 'does not say in its README that it is unfinished',
    caughtBy: 'settings',
    check: 'documents every setting, every request metadata field and an unfinished status in README.md',
    testBed: withDefinition({ status: 'alpha' }),
  },
  {
    name: 'shows a component in its README that it refuses',
    caughtBy: 'settings',
    check: 'documents components with settings that it takes',
    testBed: withPackage({
      'README.md': replaced('name: url\n      value: https://acme.example', 'name: urll\n      value: https://acme.example'),
    }),
  },
  {
    name: 'declares its token as an ordinary setting',
    seenIn: 'Dapr’s drivers for Huawei Cloud and Tencent Cloud do not declare their keys as sensitive',
    caughtBy: 'settings',
    check: 'declares credentials as sensitive, so that they arrive wrapped',
    testBed: withDefinition({
      metadata: {
        ...acmeTestBed.definition.metadata,
        token: { type: 'string', required: true, description: 'Token of the account.' },
      },
    }),
  },
  {
    name: 'has a default that it refuses',
    caughtBy: 'settings',
    check: 'has defaults, examples and allowed values that it takes itself',
    testBed: withDefinition({
      metadata: {
        ...acmeTestBed.definition.metadata,
        requestTimeout: { type: 'duration', default: '30 seconds', description: 'Limit of one call.' },
      },
    }),
  },
  {
    name: 'forgets that its address is required',
    seenIn: 'Dapr’s driver for Huawei Cloud panics without the region that it declares as required',
    caughtBy: 'settings',
    check: 'refuses settings that can’t work when they are checked',
    testBed: withDefinition({
      metadata: { ...acmeTestBed.definition.metadata, url: { type: 'string', description: 'Address of the service.' } },
    }),
  },
  {
    name: 'takes settings that its maker says can’t work',
    caughtBy: 'failures',
    check: 'fails for each of the broken settings where and as it has to',
    testBed: withBackend((backend) => ({
      ...backend,
      brokenSettings: [
        {
          what: 'a slash at the end of the address',
          settings: { ...backend.settings, url: `${backend.settings.url}/` },
          at: 'init',
        },
      ],
    })),
  },
  {
    name: 'leaves its manifest out of the package',
    caughtBy: 'package',
    check: PACKED,
    testBed: withPackage({ 'package.json': replaced('"component.json",\n    "src"', '"src"') }),
  },
  {
    name: 'leaves a part of its code out of the package',
    caughtBy: 'package',
    check: PACKED,
    testBed: withPackage({ 'package.json': replaced('"src"\n', '"src",\n    "!src/client.ts"\n') }),
  },
  {
    name: 'uses a package that it does not declare, as its workspace has it',
    caughtBy: 'package',
    check: PACKED,
    testBed: withPackage({ 'package.json': replaced('"@coffer/http-client": "*"', '') }),
  },
  {
    name: 'publishes its test beds',
    caughtBy: 'package',
    check: PACKED,
    testBed: withPackage({ 'package.json': replaced('"src"\n', '"src",\n    "test-beds.ts"\n') }),
  },
  {
    name: 'publishes the credentials of its author',
    caughtBy: 'package',
    check: PACKED,
    testBed: withPackage({ 'src/.env.local': () => 'ACME_TOKEN=the-token-of-somebody\n' }),
  },
];
