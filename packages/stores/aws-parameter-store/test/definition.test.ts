import { execFileSync } from 'node:child_process';
import { checkSettings } from '@coffer/core/driver';
import { describe, expect, it } from 'vitest';
import { definition } from '../src/definition.ts';

const ARN = 'arn:aws:iam::123456789012:role/shop';
const ANYWHERE = { trustAnchorArn: 'arn:a', trustProfileArn: 'arn:p', assumeRoleArn: ARN };

function problemsOf(properties: Record<string, string>, doubtful: 'refused' | 'tolerated' = 'refused') {
  const { problems } = checkSettings(definition, properties, doubtful);
  return problems.map(({ severity, name, message, hint }) => ({ severity, name, text: `${message}; ${hint}` }));
}

describe('the definition', () => {
  it('loads no SDK and no HTTP client', () => {
    const script = `
      await import('./src/definition.ts');
      await import('./src/definition.ts');
      const { default: module } = await import('node:module');
      console.log(JSON.stringify([Object.keys(module._cache ?? {}), process.moduleLoadList.filter((name) => /NativeModule (http|https|tls)$/.test(name))]));
    `;
    const args = ['--conditions=@coffer/source', '--input-type=module', '-e', script];
    const [modules, builtins] = JSON.parse(
      execFileSync(process.execPath, args, { cwd: `${import.meta.dirname}/..`, encoding: 'utf8' }),
    );
    expect(modules).toEqual([]);
    expect(builtins).toEqual([]);
  });
});

describe('settings', () => {
  it('may all be absent or empty', () => {
    expect(problemsOf({})).toEqual([]);
    const empty = Object.fromEntries(Object.keys(definition.metadata).map((name) => [name, '']));
    expect(problemsOf(empty).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it.each(Object.keys(definition.metadata).filter((name) => name !== 'awsRegion'))('%s misspelt fails and names it', (name) => {
    const misspelt = `${name.slice(0, -1)}x${name.slice(-1)}`;
    const [problem] = problemsOf({ [misspelt]: 'x' });
    expect(problem).toMatchObject({ severity: 'error', name: misspelt });
    expect(problem?.text).toMatch(/did you mean \w+\?/);
  });

  it.each<[string, Record<string, string>, string, RegExp]>([
    ['half of the keys', { accessKey: 'A' }, 'accessKey', /needs secretKey .*both, or neither/],
    ['the other half', { secretKey: 'A' }, 'secretKey', /needs accessKey/],
    ['an empty half', { accessKey: 'A', secretKey: '' }, 'accessKey', /needs secretKey/],
    ['a token without keys', { sessionToken: 'A' }, 'sessionToken', /needs accessKey/],
    ['an external ID without a role', { externalId: 'A' }, 'externalId', /needs assumeRoleArn/],
    ['one ARN of three', { trustAnchorArn: 'arn:a' }, 'trustAnchorArn', /needs trustProfileArn/],
    ['another one', { trustProfileArn: 'arn:a' }, 'trustProfileArn', /needs trustAnchorArn/],
    ['two of three', { trustAnchorArn: 'arn:a', assumeRoleArn: ARN }, 'trustAnchorArn', /needs trustProfileArn/],
    ['no role', { trustAnchorArn: 'arn:a', trustProfileArn: 'arn:p' }, 'trustAnchorArn', /needs assumeRoleArn/],
    [
      'no certificate',
      ANYWHERE,
      'trustAnchorArn',
      /^failed to get cert and signer: failed to get SPIFFE certs: invalid SVID: no certs found; .*certificate and privateKey/,
    ],
    ['no key', { ...ANYWHERE, certificate: '/c.pem' }, 'certificate', /needs privateKey/],
    ['a certificate alone', { certificate: '/c.pem', privateKey: '/k.pem' }, 'certificate', /needs trustAnchorArn/],
    ['a region that is none', { region: 'eu west' }, 'region', /not the name of a region.*eu-west-1/],
    [
      'an endpoint without a scheme',
      { endpoint: '127.0.0.1:4566' },
      'endpoint',
      /not an http or https address.*http:\/\/localhost/,
    ],
    ['an endpoint of another kind', { stsEndpoint: 'ftp://host' }, 'stsEndpoint', /not an http or https address/],
    ['a time limit that is none', { requestTimeout: 'soon' }, 'requestTimeout', /duration/],
  ])('%s fails and says what to write', (_, properties, name, text) => {
    const problem = problemsOf(properties).find((found) => found.severity === 'error');
    expect(problem).toMatchObject({ name });
    expect(problem?.text).toMatch(text);
  });

  it('are only warned of in the strict dialect, where the reference goes on', () => {
    for (const properties of [{ accessKey: 'A' }, { trustAnchorArn: 'arn:a' }, { endpoint: 'host' }, ANYWHERE]) {
      const severities = problemsOf(properties, 'tolerated').map(({ severity }) => severity);
      expect(new Set(severities)).toEqual(new Set(['warning']));
    }
  });
});
