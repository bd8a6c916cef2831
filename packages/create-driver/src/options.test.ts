import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';

describe('the command line', () => {
  it('may say nothing', () => {
    expect(readOptions([])).toEqual({
      name: undefined,
      type: undefined,
      title: undefined,
      directory: undefined,
      packageManager: 'npm',
      yes: false,
      force: false,
      help: false,
      version: false,
    });
  });

  it('names the package with a flag, or without', () => {
    expect(readOptions(['--name', 'acme', '-y'])).toMatchObject({ name: 'acme', yes: true });
    expect(readOptions(['acme', '--type=secretstores.acme', '--force'])).toMatchObject({
      name: 'acme',
      type: 'secretstores.acme',
      force: true,
    });
  });

  it('has the package manager that runs it, unless it names one', () => {
    const userAgent = 'pnpm/12.21.0 npm/? node/v24.21.0 linux x64';
    expect(readOptions([], userAgent).packageManager).toBe('pnpm');
    expect(readOptions(['--package-manager', 'yarn'], userAgent).packageManager).toBe('yarn');
    expect(readOptions([], 'deno/2.0').packageManager).toBe('npm');
  });

  it.each([
    [['a', 'b'], '"b" is one name too many'],
    [['a', '--name', 'b'], 'the package is named twice: a and b'],
    [['--package-manager', 'pip'], '"pip" is no package manager'],
    [['--nmae', 'a'], "Unknown option '--nmae'"],
    [['--name'], "Option '--name <value>' argument missing"],
    [['--yes=1'], "Option '-y, --yes' does not take an argument"],
  ])('%j is refused', (args, message) => {
    expect(() => readOptions(args)).toThrow(
      expect.objectContaining({ name: 'UnusableInput', message, hint: expect.any(String) }),
    );
  });
});
