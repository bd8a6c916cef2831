import type { MetadataProblem } from '@coffer/core/driver';
import { endpointProblem } from './endpoint.ts';
import type { AlicloudMetadata } from './metadata.ts';

/** The reference takes such settings without a word. */
const DOUBTFUL = { severity: 'warning', doubtful: true } as const;

/** What is wrong with the settings taken together. Secrets are only looked at for being there. */
export function checkMetadata(metadata: AlicloudMetadata): readonly MetadataProblem[] {
  return [...regionProblems(metadata), ...keyProblems(metadata), ...addressProblems(metadata), ...roleProblems(metadata)];
}

/** Whether a setting is there and not empty. */
export function isGiven(value: AlicloudMetadata[keyof AlicloudMetadata]): boolean {
  return typeof value === 'object' ? value.reveal() !== '' : value !== undefined && value !== '';
}

function regionProblems({ regionId }: AlicloudMetadata): MetadataProblem[] {
  // It becomes part of the host to which credentials are sent.
  if (/^[A-Za-z0-9-]+$/.test(regionId)) return [];
  return [{ severity: 'error', name: 'regionId', message: 'regionId is not a region', hint: 'such as cn-hangzhou' }];
}

function keyProblems({ accessKeyId, accessKeySecret, securityToken }: AlicloudMetadata): MetadataProblem[] {
  const [hasId, hasSecret] = [isGiven(accessKeyId), isGiven(accessKeySecret)];
  if (hasId !== hasSecret) {
    const [name, other] = hasId ? ['accessKeyId', 'accessKeySecret'] : ['accessKeySecret', 'accessKeyId'];
    const hint = `set ${other} too, or leave both out to use other credentials`;
    return [{ ...DOUBTFUL, name, message: `${name} is of no use without ${other}`, hint }];
  }
  if (hasId || !isGiven(securityToken)) return [];
  const hint = 'set accessKeyId and accessKeySecret too: the three are given out together';
  return [{ ...DOUBTFUL, name: 'securityToken', message: 'securityToken is of no use without an access key', hint }];
}

function addressProblems(metadata: AlicloudMetadata): MetadataProblem[] {
  return (['endpoint', 'stsEndpoint'] as const).flatMap((name) => {
    const text = metadata[name] ?? '';
    const problem = text === '' ? undefined : endpointProblem(name, text);
    return problem === undefined ? [] : [{ ...DOUBTFUL, name, ...problem }];
  });
}

function roleProblems({ accessKeyId, ecsRamRole = '' }: AlicloudMetadata): MetadataProblem[] {
  if (ecsRamRole === '') return [];
  if (!/^[A-Za-z0-9.-]{1,64}$/.test(ecsRamRole)) {
    const hint = 'a role has letters, digits, dots and hyphens';
    return [{ ...DOUBTFUL, name: 'ecsRamRole', message: 'ecsRamRole is not the name of a role', hint }];
  }
  if (!isGiven(accessKeyId)) return [];
  const message = 'ecsRamRole and accessKeyId are two sets of credentials';
  return [{ ...DOUBTFUL, name: 'ecsRamRole', message, hint: 'keep one of them' }];
}
