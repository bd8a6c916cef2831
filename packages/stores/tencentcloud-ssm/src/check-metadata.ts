import type { MetadataProblem, Redacted } from '@coffer/core/driver';
import { endpointProblem } from './endpoint.ts';
import type { TencentSsmMetadata } from './metadata.ts';

/** What the reference says of a key that is not there. */
export const NO_KEYS = 'secret params are empty';

/** The reference knows none of these settings, or takes any text, so that nothing about them is an error to it. */
const DOUBTFUL = { severity: 'warning', doubtful: true } as const;

/** What is wrong with the settings taken together. Secrets are only looked at for being there. */
export function checkMetadata(metadata: TencentSsmMetadata): readonly MetadataProblem[] {
  return [...keyProblems(metadata), ...addressProblems(metadata)];
}

/** A key that is there by half, or empty, is not made up for by another identity. */
function keyProblems({ secretId, secretKey, token }: TencentSsmMetadata): MetadataProblem[] {
  if (secretId === undefined && secretKey === undefined && token === undefined) return [];
  const missing = [...(isEmpty(secretId) ? ['secretId'] : []), ...(isEmpty(secretKey?.reveal()) ? ['secretKey'] : [])];
  const [name] = missing;
  if (name === undefined) return [];
  const hint = `set ${missing.join(' and ')}, or leave out ${token === undefined ? 'both' : 'token too'} to use the key of the environment, pod or machine`;
  return [{ severity: 'error', name, message: NO_KEYS, hint }];
}

function addressProblems(metadata: TencentSsmMetadata): MetadataProblem[] {
  const problems: MetadataProblem[] = [];
  for (const name of ['endpoint', 'stsEndpoint'] as const) {
    const text = metadata[name] ?? '';
    const problem = text === '' ? undefined : endpointProblem(name, text);
    if (problem !== undefined) problems.push({ ...DOUBTFUL, name, ...problem });
  }
  if (!isEmpty(metadata.stsEndpoint) && isGiven(metadata.secretKey)) {
    const message = 'stsEndpoint is about the key of a pod, and secretKey is set';
    problems.push({ ...DOUBTFUL, name: 'stsEndpoint', message, hint: 'leave out one of the two' });
  }
  const { region = '' } = metadata;
  // It becomes a header.
  if (region !== '' && !/^[a-z0-9-]+$/.test(region)) {
    problems.push({ ...DOUBTFUL, name: 'region', message: 'region is not a region', hint: 'such as ap-guangzhou' });
  }
  return problems;
}

function isGiven(secret: Redacted<string> | undefined): boolean {
  return !isEmpty(secret?.reveal());
}

function isEmpty(text: string | undefined): boolean {
  return text === undefined || text === '';
}
