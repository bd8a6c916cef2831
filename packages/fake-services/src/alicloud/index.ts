export { alicloudThrottled, FakeAlicloud, type FakeAlicloudOptions, type TrustedRole } from './fake-alicloud.ts';
export type { AccessKey, Session } from './identities.ts';
export type { FakeParameters } from './parameters.ts';
export { type SecretOf, signatureProblem } from './signature.ts';
