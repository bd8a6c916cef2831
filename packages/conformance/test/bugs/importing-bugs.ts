import { replaced, type SeededBug, withPackage } from './seeded-bug.ts';

/** What a package does as soon as somebody looks at it. */
export const importingBugs: readonly SeededBug[] = [
  {
    name: 'reads its region from the environment when it is imported',
    seenIn: 'configuration modules that read the environment once, at the top',
    caughtBy: 'importing',
    check: 'reads no environment variable and prints nothing when it is imported',
    testBed: withPackage({ 'src/definition.ts': (text) => `${text}\nexport const region = process.env.ACME_REGION ?? 'eu';\n` }),
  },
  {
    name: 'greets on standard output when it is imported',
    caughtBy: 'importing',
    check: 'reads no environment variable and prints nothing when it is imported',
    testBed: withPackage({ 'src/definition.ts': (text) => `${text}\nconsole.log('Acme driver 1.2.0');\n` }),
  },
  {
    name: 'loads its client together with its definition',
    seenIn: 'every registry into which all drivers are linked',
    caughtBy: 'importing',
    check: 'loads declarations alone when it is imported: no SDK, nothing that speaks to a network',
    testBed: withPackage({
      'src/definition.ts': (text) =>
        `import { AcmeStore } from './store.ts';\n${replaced("new (await import('./store.ts')).AcmeStore()", 'new AcmeStore()')(text)}`,
    }),
  },
  {
    name: 'listens for the end of the process when it is imported',
    caughtBy: 'importing',
    check: 'leaves nothing behind when it is imported: no timer, no connection, no listener, no global',
    testBed: withPackage({ 'src/definition.ts': (text) => `${text}\nprocess.on('exit', () => undefined);\n` }),
  },
  {
    name: 'puts itself into a registry of its own among the globals',
    seenIn: 'drivers that register as a side effect of an import',
    caughtBy: 'importing',
    check: 'leaves nothing behind when it is imported: no timer, no connection, no listener, no global',
    testBed: withPackage({ 'src/definition.ts': (text) => `${text}\nObject.assign(globalThis, { acmeDriver: definition });\n` }),
  },
  {
    name: 'starts the renewal of its cache when it is imported',
    caughtBy: 'importing',
    check: 'leaves nothing behind when it is imported: no timer, no connection, no listener, no global',
    testBed: withPackage({ 'src/definition.ts': (text) => `${text}\nsetInterval(() => undefined, 60_000);\n` }),
  },
  {
    name: 'throws when it is imported without its variable',
    caughtBy: 'importing',
    check: 'exports its definition where package.json says',
    testBed: withPackage({
      'src/definition.ts': (text) => `if (process.env.ACME_HOME === undefined) throw new Error('ACME_HOME is not set');\n${text}`,
    }),
  },
  {
    name: 'exports its definition as the default alone',
    caughtBy: 'importing',
    check: 'exports its definition where package.json says',
    testBed: withPackage({
      'src/definition.ts': (text) =>
        `${replaced('export const definition', 'const definition')(text)}\nexport default definition;\n`,
    }),
  },
  {
    name: 'connects in create',
    seenIn: 'Dapr’s driver for Huawei Cloud asks IAM while it builds its client',
    caughtBy: 'importing',
    check: 'allocates a store without a connection, a timer or a word',
    testBed: withPackage({
      'src/definition.ts': replaced(
        'create: async () =>',
        "create: async () => (await import('node:net')).connect(9, '127.0.0.1').on('error', () => undefined) &&",
      ),
    }),
  },
];
