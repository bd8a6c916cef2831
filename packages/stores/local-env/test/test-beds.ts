import type { TestBackend, TestBed } from '@coffer/conformance';
import { definition } from '../src/definition.ts';

/** What the kit certifies this driver on: the process's own environment. */
export const testBeds: readonly TestBed[] = [
  {
    definition,
    package: new URL('../', import.meta.url),
    backend: { name: 'environment of the process', tier: 'memory' },
    start,
  },
];

const PREFIX = 'COFFER_KIT_';

/** Without `failOnMissing` a variable that is not set is an empty value, as in Dapr. */
async function start(): Promise<TestBackend> {
  return {
    settings: { prefix: PREFIX, failOnMissing: 'true' },
    brokenSettings: [
      { what: 'a setting that is no boolean', settings: { prefix: PREFIX, failOnMissing: 'perhaps' }, at: 'check' },
      { what: 'a misspelt setting', settings: { prefx: PREFIX }, at: 'check' },
    ],
    seed: async (name, values) => {
      process.env[PREFIX + name] = values[name];
      return {};
    },
    remove: async (name) => {
      delete process.env[PREFIX + name];
    },
    refuses: (name, values) => refusal(name, values[name] ?? ''),
    close: async () => undefined,
  };
}

function refusal(name: string, value: string): string | undefined {
  if (name === '') return 'the prefix alone names no secret';
  if (/[=\0]/.test(name)) return 'names of environment variables hold neither = nor NUL';
  if (value.includes('\0')) return 'values of environment variables hold no NUL';
  if (!name.isWellFormed() || !value.isWellFormed()) return 'the environment holds no text that is not well-formed';
  if (process.platform === 'win32') return /[a-z]/.test(name) ? 'names of variables are of one case on Windows' : undefined;
  return undefined;
}
