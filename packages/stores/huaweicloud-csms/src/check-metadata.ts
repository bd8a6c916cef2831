import type { MetadataProblem } from '@coffer/core/driver';
import { ENDPOINT_HINT, parseEndpoint } from './endpoint.ts';
import type { HuaweiMetadata } from './metadata.ts';
import { isRegion, regionAdvice } from './regions.ts';

/** What is wrong with the settings taken together. Secrets are only looked at for being there. */
export function checkMetadata(metadata: HuaweiMetadata): readonly MetadataProblem[] {
  return [...regionProblems(metadata), ...keyProblems(metadata), ...addressProblems(metadata)];
}

/** As the reference ends when it is given such a region. */
export function unexpectedRegion(region: string): string {
  return `unexpected regionId: ${region}`;
}

/** The reference takes it without a word: it has no such setting, or signs with half a key. */
const DOUBTFUL = { severity: 'warning', doubtful: true } as const;

function regionProblems({ region, endpoint = '' }: HuaweiMetadata): MetadataProblem[] {
  if (!isRegion(region)) {
    const hint = 'a region has small letters, digits and hyphens, such as cn-north-4';
    return [{ severity: 'error', name: 'region', message: unexpectedRegion(region), hint }];
  }
  const hint = regionAdvice(region);
  if (hint === undefined || endpoint !== '') return [];
  return [{ severity: 'warning', name: 'region', message: `region ${region} is not one that is known`, hint }];
}

function keyProblems(metadata: HuaweiMetadata): MetadataProblem[] {
  const accessKey = isGiven(metadata, 'accessKey');
  const hint = 'an access key consists of both; without either the agency of this server is used';
  if (accessKey !== isGiven(metadata, 'secretAccessKey')) {
    const [name, other] = accessKey ? ['secretAccessKey', 'accessKey'] : ['accessKey', 'secretAccessKey'];
    return [{ ...DOUBTFUL, name, message: `${other} is set without ${name}`, hint }];
  }
  if (accessKey || !isGiven(metadata, 'securityToken')) return [];
  return [{ ...DOUBTFUL, name: 'accessKey', message: 'securityToken is set without accessKey', hint }];
}

function addressProblems(metadata: HuaweiMetadata): MetadataProblem[] {
  const problems: MetadataProblem[] = [];
  for (const name of ['endpoint', 'iamEndpoint'] as const) {
    const text = metadata[name] ?? '';
    if (text === '' || parseEndpoint(text) !== undefined) continue;
    problems.push({ ...DOUBTFUL, name, message: `${name} is not an address`, hint: ENDPOINT_HINT });
  }
  const { projectId = '', iamEndpoint = '' } = metadata;
  if (projectId !== '' && !/^[A-Za-z0-9_-]+$/.test(projectId)) {
    const hint = 'My Credentials in the console shows the id, 32 letters and digits, beside the name of each project';
    problems.push({ ...DOUBTFUL, name: 'projectId', message: 'projectId is not the id of a project', hint });
  }
  if (projectId !== '' && iamEndpoint !== '') {
    const message = 'iamEndpoint is not used: projectId is set, so that IAM is not asked';
    problems.push({ severity: 'warning', name: 'iamEndpoint', message, hint: 'leave out one of the two' });
  }
  return problems;
}

function isGiven(metadata: HuaweiMetadata, name: 'accessKey' | 'secretAccessKey' | 'securityToken'): boolean {
  const value = metadata[name];
  return (typeof value === 'object' ? value.reveal() : (value ?? '')) !== '';
}
