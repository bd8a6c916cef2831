import type { MetadataOf } from '@coffer/core/driver';

/** Settings of a `secretstores.tencentcloud.ssm` component. */
export const metadata = {
  secretId: {
    type: 'string',
    example: 'AKIDexample',
    description: 'Id of the API key (SecretId). Without it and secretKey, the key of the environment, pod or machine is used.',
  },
  secretKey: {
    type: 'string',
    sensitive: true,
    description: 'The API key itself (SecretKey).',
  },
  token: {
    type: 'string',
    sensitive: true,
    description: 'Token that goes with a temporary key. Such a key is not renewed.',
  },
  region: {
    type: 'string',
    example: 'ap-guangzhou',
    description:
      'Region of the secrets; by default the environment variable TENCENTCLOUD_REGION, else TKE_REGION. The service needs one.',
  },
  endpoint: {
    type: 'string',
    example: 'ssm.intl.tencentcloudapi.com',
    description:
      'Host of the service in place of ssm.tencentcloudapi.com, or its address: for the international site, one region, private networks and fakes.',
  },
  stsEndpoint: {
    type: 'string',
    example: 'sts.internal.tencentcloudapi.com',
    description: 'Host that gives a pod of TKE its key, in place of sts.tencentcloudapi.com.',
  },
  requestTimeout: {
    type: 'duration',
    default: '30s',
    description: 'Time limit of one request to the service, its retries and a new key included.',
  },
} as const;

export type TencentSsmMetadata = MetadataOf<typeof metadata>;
