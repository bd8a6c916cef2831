export { Agency } from './agency.ts';
export { ACCESS_KEY, type Action, type Denial, FakeHuawei, SECRET_KEY } from './fake-huawei.ts';
export { throttled } from './refusal.ts';
export { type Secret, type SecretState, Secrets, type Version } from './secrets.ts';
export { canonicalRequest, type KnownKey, signatureProblem } from './signature.ts';
