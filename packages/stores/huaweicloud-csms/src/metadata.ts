import type { MetadataOf } from '@coffer/core/driver';

/** Settings of a `secretstores.huaweicloud.csms` component. */
export const metadata = {
  region: {
    type: 'string',
    required: true,
    missingMessage: 'unexpected empty parameter: regionId',
    example: 'eu-west-0',
    description: 'Region of the secrets. Its name is also the name of the project that is looked up.',
  },
  accessKey: {
    type: 'string',
    example: 'HWEXAMPLEACCESSKEY00',
    description: 'Access key (AK). Without it and secretAccessKey, those of the agency of this Elastic Cloud Server.',
  },
  secretAccessKey: {
    type: 'string',
    sensitive: true,
    description: 'Secret access key (SK) that belongs to accessKey.',
  },
  securityToken: {
    type: 'string',
    sensitive: true,
    description: 'Token that belongs to temporary keys. They are not renewed when they expire.',
  },
  projectId: {
    type: 'string',
    example: '0605767a9a80d5a72f1bc01234567890',
    description:
      'Project of the secrets, by id. When absent, IAM is asked at start for the project that has the name of the region.',
  },
  endpoint: {
    type: 'string',
    example: 'https://kms.eu-west-0.myhuaweicloud.com',
    description:
      'Address of the service; by default the environment variable HUAWEICLOUD_SDK_REGION_CSMS_<REGION>, else kms.<region>.myhuaweicloud.com.',
  },
  iamEndpoint: {
    type: 'string',
    example: 'https://iam.eu-west-0.myhuaweicloud.com',
    description:
      'Address of IAM, which knows the projects; by default the environment variable HUAWEICLOUD_SDK_IAM_ENDPOINT, else iam.myhuaweicloud.com.',
  },
  requestTimeout: {
    type: 'duration',
    default: '30s',
    description: 'Time limit of one request to the service, its retries and new keys included.',
  },
} as const;

export type HuaweiMetadata = MetadataOf<typeof metadata>;
