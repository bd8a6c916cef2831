import type { CommandSpec, OptionSpec } from './command.ts';

const STORE = { usage: '<store>', description: 'name of a secret store component' } as const;
const SECRET = { usage: '<name>', description: 'name of the secret' } as const;
const METADATA: OptionSpec = {
  flags: '--metadata <name=value>',
  description: 'hint to the store, such as version_id=3 (repeatable)',
  repeatable: true,
};

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'get',
    summary: 'print a secret, or one key of it',
    description:
      'A single value is printed as it is: no newline is added unless stdout is a terminal. Several keys are printed as key=value.',
    arguments: [STORE, SECRET, { usage: '[key]', description: 'one key of a secret that has several' }],
    options: [METADATA],
    examples: [
      ['coffer get vault mysecret password', 'one value, ready to be piped'],
      ['coffer get vault mysecret --metadata version_id=3 --json', 'all keys of an older version'],
    ],
    load: async () => (await import('./commands/get.ts')).run,
  },
  {
    name: 'bulk',
    summary: 'print every secret of a store that may be read',
    arguments: [STORE],
    options: [METADATA],
    examples: [
      ['coffer bulk vault', 'secret=value, or secret/key=value'],
      ["coffer bulk vault --json | jq 'keys'", 'the names'],
    ],
    load: async () => (await import('./commands/bulk.ts')).run,
  },
  {
    name: 'list',
    summary: 'list components, or the types that can be used',
    description: 'No driver is imported and no store is asked.',
    options: [{ flags: '--available', description: 'component types, each with the package that serves it' }],
    examples: [
      ['coffer list --app-id shop', 'components, and whether shop gets them'],
      ['coffer list --available', 'types and packages'],
    ],
    load: async () => (await import('./commands/list.ts')).run,
  },
  {
    name: 'check',
    summary: 'check resource files: every file, reference and setting',
    description: 'Exits with 1 when something is an error. Values are never printed.',
    arguments: [
      { usage: '[path...]', description: 'directories or files (default: the resource directories)', completes: 'file' },
    ],
    options: [{ flags: '--online', description: 'also connect to the stores, ping them and follow every reference' }],
    examples: [
      ['coffer check', 'everything in ./components'],
      ['coffer check --config config.yaml components', 'with the scopes of a Configuration'],
      ['coffer check --online --json', 'for scripts'],
    ],
    load: async () => (await import('./commands/check.ts')).run,
  },
  {
    name: 'explain',
    summary: 'tell whether a secret may be read, and by which rule',
    description: 'No store is asked. Exits with 77 when a scope denies the secret and with 66 when the store is not served.',
    arguments: [STORE, SECRET],
    examples: [['coffer explain vault mysecret --config config.yaml --app-id shop', 'the rule, and where it is written']],
    load: async () => (await import('./commands/explain.ts')).run,
  },
  {
    name: 'render',
    summary: 'print a component file with its references resolved',
    description: 'Components of any kind. A reference that cannot be followed is a failure, never an empty value.',
    arguments: [{ usage: '<file>', description: 'component file', completes: 'file' }],
    options: [{ flags: '--reveal', description: 'print the values, which are masked otherwise' }],
    examples: [
      ['coffer render components/redis.yaml', 'where each value would come from'],
      ['coffer render components/redis.yaml --reveal', 'with the values'],
    ],
    load: async () => (await import('./commands/render.ts')).run,
  },
  {
    name: 'run',
    summary: 'run a command with secrets in its environment',
    description:
      'Signals reach the command, and its exit code is the result: 128+n when signal n ended it, 127 when there is no such command.\n' +
      'Names of a whole store become upper case, with _ for what a variable cannot hold: db:password is DB_PASSWORD.',
    arguments: [{ usage: '<command...>', description: 'command and its arguments, after --' }],
    options: [
      {
        flags: '--secret <variable=store/name#key>',
        description: 'one secret; #key may be left out when it has one value (repeatable)',
        repeatable: true,
      },
      { flags: '--store <store>', description: 'every secret of a store that may be read (repeatable)', repeatable: true },
      { flags: '--prefix <text>', description: 'put before the names of --store' },
      { flags: '--keep-case', description: 'keep the case of the names of --store' },
    ],
    examples: [
      ['coffer run --secret DB_PASSWORD=vault/mysecret#password -- node app.js', 'one secret'],
      ['coffer run --store vault --prefix APP_ -- ./server --port 80', 'a whole store'],
    ],
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    name: 'serve',
    summary: 'run the sidecar: cofferd with the same flags',
    description: 'Everything after serve goes to cofferd; coffer serve --help lists its flags.',
    arguments: [{ usage: '[flags...]', description: 'flags of cofferd' }],
    examples: [['coffer serve --app-id shop --resources-path ./components', 'secrets over HTTP on port 3500']],
    load: async () => (await import('./commands/serve.ts')).run,
  },
  {
    name: 'pluggable',
    summary: 'serve a driver as a pluggable component of Dapr',
    description: 'Everything after pluggable goes to cofferd pluggable; coffer pluggable --help lists its flags.',
    arguments: [{ usage: '[flags...]', description: 'flags of cofferd pluggable' }],
    examples: [
      ['coffer pluggable --type secretstores.local.file --name vault', 'daprd and cofferd find it as secretstores.vault'],
    ],
    load: async () => (await import('./commands/pluggable.ts')).run,
  },
  {
    name: 'completion',
    summary: 'print the completion script of a shell',
    arguments: [{ usage: '<shell>', description: 'bash, zsh or fish', completes: ['bash', 'zsh', 'fish'] }],
    examples: [
      ['source <(coffer completion bash)', 'in ~/.bashrc; the same for zsh in ~/.zshrc'],
      ['coffer completion fish > ~/.config/fish/completions/coffer.fish', 'once'],
    ],
    load: async () => (await import('./commands/completion.ts')).run,
  },
];
