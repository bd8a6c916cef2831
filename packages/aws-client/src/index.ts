export {
  type AwsClientConfig,
  AwsConnection,
  type AwsConnectionOptions,
  connectAws,
} from './connection.ts';
export { type CredentialsOptions, credentialsFor } from './credentials.ts';
export type { AwsCredentials, CredentialsCache } from './credentials-cache.ts';
export { type AwsCall, awsError } from './errors.ts';
export { type AwsMetadata, type AwsSettings, awsMetadata, checkAws } from './metadata.ts';
export { type Paged, pages } from './paging.ts';
export type { Environment } from './region.ts';
export { callerIdentityRequest, type SignedRequest } from './signed-request.ts';
