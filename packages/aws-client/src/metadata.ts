import type { MetadataOf, MetadataProblem } from '@coffer/core/driver';

/** Settings that every AWS store has. A store's own come after them: `{ ...awsMetadata, ...own }`. Loads nothing else. */
export const awsMetadata = {
  region: {
    type: 'string',
    example: 'eu-west-1',
    description: 'Region of the service. Without it: AWS_REGION, AWS_DEFAULT_REGION, then the region of the AWS profile.',
  },
  awsRegion: {
    type: 'string',
    deprecated: 'use region',
    description: 'Older name of region, which wins over it.',
  },
  accessKey: {
    type: 'string',
    sensitive: true,
    example: 'AKIAIOSFODNN7EXAMPLE',
    description: 'Access key ID, together with secretKey. Without the two: the default chain.',
  },
  secretKey: {
    type: 'string',
    sensitive: true,
    description: 'Secret access key.',
  },
  sessionToken: {
    type: 'string',
    sensitive: true,
    description: 'Session token of temporary keys.',
  },
  assumeRoleArn: {
    type: 'string',
    example: 'arn:aws:iam::123456789012:role/shop',
    description: 'Role to assume with whatever credentials there are; for Roles Anywhere the role of the session.',
  },
  sessionName: {
    type: 'string',
    default: 'DaprDefaultSession',
    description: 'Name of the session of an assumed role, as CloudTrail shows it. Roles Anywhere names sessions itself.',
  },
  externalId: {
    type: 'string',
    description: 'External ID that the trust policy of the role asks for.',
  },
  trustAnchorArn: {
    type: 'string',
    example: 'arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/0a1b',
    description: 'IAM Roles Anywhere: the trust anchor. Together with trustProfileArn and assumeRoleArn it goes before keys.',
  },
  trustProfileArn: {
    type: 'string',
    example: 'arn:aws:rolesanywhere:eu-west-1:123456789012:profile/2c3d',
    description: 'IAM Roles Anywhere: the profile.',
  },
  certificate: {
    type: 'string',
    example: '/var/run/secrets/spiffe/svid.pem',
    description:
      'IAM Roles Anywhere: the certificate, then any intermediates, as PEM text or as the path of a file. Files are read again for every session.',
  },
  certificateChain: {
    type: 'string',
    description: 'IAM Roles Anywhere: more intermediate certificates, as PEM text or as the path of a file.',
  },
  privateKey: {
    type: 'string',
    sensitive: true,
    example: '/var/run/secrets/spiffe/svid-key.pem',
    description: 'IAM Roles Anywhere: the RSA or EC key of the certificate, as PEM text or as the path of a file.',
  },
  endpoint: {
    type: 'string',
    example: 'http://localhost:4566',
    description: 'Address of the service in place of its public one: a VPC endpoint, an emulator.',
  },
  stsEndpoint: {
    type: 'string',
    example: 'http://localhost:4566',
    description: 'Address of STS, for assumeRoleArn and web identities, in place of its public one.',
  },
  rolesAnywhereEndpoint: {
    type: 'string',
    example: 'http://localhost:4566',
    description: 'Address of IAM Roles Anywhere in place of its public one.',
  },
  requestTimeout: {
    type: 'duration',
    default: '30s',
    description: 'Time limit of one call, its retries and the fetching of credentials included.',
  },
} as const;

export type AwsMetadata = MetadataOf<typeof awsMetadata>;

/** The settings that decide who asks and where. Vault's AWS login has only some of them. */
export type AwsSettings = { readonly [Name in keyof AwsMetadata]?: AwsMetadata[Name] | undefined };

/**
 * Settings that contradict or lack one another. All of them are doubtful: the reference goes on with other credentials, or
 * tells at the first call.
 */
export function checkAws(settings: AwsSettings): readonly MetadataProblem[] {
  const problems: MetadataProblem[] = [];
  const has = (name: keyof AwsSettings): boolean => isSet(settings[name]);
  const doubt = (name: string, message: string, hint: string): void => {
    problems.push({ severity: 'warning', doubtful: true, name, message, hint });
  };
  const lacks = (present: keyof AwsSettings, absent: keyof AwsSettings, hint: string): void => {
    if (has(present) && !has(absent)) doubt(present, `setting ${present} needs ${absent} beside it`, hint);
  };
  const keys = 'set accessKey and secretKey both, or neither for the default chain';
  lacks('accessKey', 'secretKey', keys);
  lacks('secretKey', 'accessKey', keys);
  if (!has('secretKey')) lacks('sessionToken', 'accessKey', keys);
  lacks('externalId', 'assumeRoleArn', 'an external ID is part of assuming a role');
  const anywhere = 'IAM Roles Anywhere needs trustAnchorArn, trustProfileArn, assumeRoleArn, certificate and privateKey';
  lacks('trustAnchorArn', 'trustProfileArn', anywhere);
  lacks('trustProfileArn', 'trustAnchorArn', anywhere);
  if (has('trustAnchorArn') && has('trustProfileArn')) {
    lacks('trustAnchorArn', 'assumeRoleArn', anywhere);
    if (has('assumeRoleArn') && has('certificate')) lacks('certificate', 'privateKey', anywhere);
    if (has('assumeRoleArn') && !has('certificate')) {
      doubt('trustAnchorArn', NO_CERTIFICATE, anywhere);
    }
  }
  for (const name of ['certificate', 'certificateChain', 'privateKey', 'rolesAnywhereEndpoint'] as const) {
    if (!has('trustAnchorArn') && !has('trustProfileArn')) lacks(name, 'trustAnchorArn', anywhere);
  }
  for (const name of ['region', 'awsRegion'] as const) {
    if (/^[a-z0-9-]*$/i.test(settings[name] ?? '')) continue;
    doubt(name, `setting ${name} is not the name of a region`, 'write it as AWS does: eu-west-1');
  }
  for (const name of ['endpoint', 'stsEndpoint', 'rolesAnywhereEndpoint'] as const) {
    const address = settings[name];
    if (address === undefined || address === '' || isAddress(address)) continue;
    doubt(name, `setting ${name} is not an http or https address`, 'write it with its scheme: http://localhost:4566');
  }
  return problems;
}

/** What the reference says when the three ARNs of Roles Anywhere are set and it has no SPIFFE identity. */
export const NO_CERTIFICATE = 'failed to get cert and signer: failed to get SPIFFE certs: invalid SVID: no certs found';

function isSet(value: AwsSettings[keyof AwsSettings]): boolean {
  if (value === undefined || typeof value === 'number') return value !== undefined;
  return (typeof value === 'string' ? value : value.reveal()) !== '';
}

function isAddress(text: string): boolean {
  const { protocol } = URL.canParse(text) ? new URL(text) : { protocol: '' };
  return protocol === 'http:' || protocol === 'https:';
}
