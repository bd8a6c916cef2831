import type { MetadataOf } from '@coffer/core/driver';

/** Settings of a `secretstores.alicloud.parameterstore` component. */
export const metadata = {
  regionId: {
    type: 'string',
    required: true,
    missingMessage: 'RegionId is empty, please set a valid RegionId',
    example: 'cn-hangzhou',
    description: 'Region of the parameters. It is part of the address: oos.<regionId>.aliyuncs.com.',
  },
  accessKeyId: {
    type: 'string',
    example: 'LTAI5tExampleExample',
    description: 'Id of an access key. Needed with accessKeySecret; without both, other credentials are looked for.',
  },
  accessKeySecret: { type: 'string', sensitive: true, description: 'Secret of the access key.' },
  securityToken: {
    type: 'string',
    sensitive: true,
    description: 'Token of temporary credentials of STS, with their access key. They are not renewed.',
  },
  path: {
    type: 'string',
    default: '/',
    example: '/shop/',
    description: 'Only parameters under this path in bulk reads and lists. Single reads are not narrowed.',
  },
  ecsRamRole: {
    type: 'string',
    example: 'coffer',
    description:
      'Role of the ECS instance, in place of the one that its metadata service names; by default the environment variable ALIBABA_CLOUD_ECS_METADATA.',
  },
  endpoint: {
    type: 'string',
    example: 'oos-vpc.cn-hangzhou.aliyuncs.com',
    description: 'Address of the service in place of its own: the one inside a VPC, or a stand-in. http only on this machine.',
  },
  stsEndpoint: {
    type: 'string',
    example: 'sts-vpc.cn-hangzhou.aliyuncs.com',
    description: 'Address of STS, where the role of a pod is assumed, in place of sts.<regionId>.aliyuncs.com.',
  },
  requestTimeout: {
    type: 'duration',
    default: '30s',
    description: 'Time limit of one request to the service, its retries and new credentials included.',
  },
} as const;

export type AlicloudMetadata = MetadataOf<typeof metadata>;
