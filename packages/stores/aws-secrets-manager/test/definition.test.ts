import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { checkSettings } from '@coffer/core/driver';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';

const problemsOf = (properties: Record<string, string>) => {
  const { problems } = checkSettings(definition, properties, 'refused');
  return problems.map(({ severity, name, message, hint }) => ({ severity, name, message, hint }));
};

describe('the definition', () => {
  it('loads no SDK', () => {
    const entry = fileURLToPath(new URL('../src/definition.ts', import.meta.url));
    const script = `
      import { registerHooks } from 'node:module';
      const seen = [];
      registerHooks({ load: (url, context, next) => (seen.push(url), next(url, context)) });
      await import(${JSON.stringify(entry)});
      console.log(JSON.stringify(seen));`;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--conditions=@coffer/source', '--input-type=module', '--eval', script],
      {
        encoding: 'utf8',
      },
    );
    const seen = JSON.parse(stdout || `["${stderr}"]`) as string[];
    expect(seen.some((url) => url.endsWith('aws-secrets-manager/src/definition.ts'))).toBe(true);
    expect(seen.filter((url) => /node_modules|store\.ts|http-client/.test(url))).toEqual([]);
  });
});

describe('settings', () => {
  it('need not be there: region and credentials may come from the environment', () => {
    expect(problemsOf({})).toEqual([]);
  });

  it.each([
    ['multipleKeyValuesPerSecret', 'enabled', /not a boolean/],
    ['requestTimeout', 'soon', /not a duration/],
    ['unreadableSecrets', 'Skip', /not one of fail, skip/],
    ['unreadableSecrets', '', /not one of fail, skip/],
    ['endpoint', 'localhost:4566', /not an http or https address/],
    ['namePrefixes', 'a,!b', /no name can begin with/],
    ['namePrefixes', 'a b', /no name can begin with/],
    ['namePrefixes', 'a,b,c,d,e,f,g,h,i,j,k', /more than 10/],
    ['accessKey', 'x', /needs secretKey/],
    ['secretKey', 'x', /needs accessKey/],
  ])('%s: %s is told', (name, text, message) => {
    const problems = problemsOf({ [name]: text }).filter((problem) => problem.name === name);
    expect(problems).toEqual([expect.objectContaining({ message: expect.stringMatching(message) })]);
    expect(problems[0]?.hint).toMatch(/\w/);
  });

  it.each([
    'region',
    'awsRegion',
    'accessKey',
    'secretKey',
    'sessionToken',
    'assumeRoleArn',
    'sessionName',
    'externalId',
    'endpoint',
    'stsEndpoint',
    'requestTimeout',
    'multipleKeyValuesPerSecret',
    'namePrefixes',
    'secretNames',
  ])('%s may be empty, which is as if it were not there', (name) => {
    expect(problemsOf({ [name]: '' }).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it.each([
    ['multipleKeyValuePerSecret', 'multipleKeyValuesPerSecret'],
    ['regoin', 'region'],
    ['acessKey', 'accessKey'],
    ['secretKye', 'secretKey'],
    ['endPont', 'endpoint'],
    ['namePrefix', 'namePrefixes'],
    ['secretName', 'secretNames'],
    ['unreadableSecret', 'unreadableSecrets'],
    ['requestTimout', 'requestTimeout'],
  ])('%s: the nearest name is %s', (name, nearest) => {
    expect(problemsOf({ [name]: 'true' })).toContainEqual(expect.objectContaining({ name, hint: `did you mean ${nearest}?` }));
  });

  it('S26: half a pair of keys, and names beside prefixes, contradict', () => {
    expect(problemsOf({ secretNames: 'a', namePrefixes: 'b' })).toEqual([
      {
        severity: 'error',
        name: 'secretNames',
        message: 'setting secretNames contradicts namePrefixes',
        hint: expect.stringContaining('drop namePrefixes'),
      },
    ]);
  });
});
