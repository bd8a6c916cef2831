export { TencentFailure } from './failure.ts';
export { ADMIN_KEY, FakeTencent, type FakeTencentOptions, startFakeTencent, type TencentCall } from './fake-tencent.ts';
export type { PodRole } from './roles.ts';
export type { FakeSecretOptions, Input } from './secrets-manager.ts';
export { type SignatureScope, signerOf, type TencentKey } from './signature.ts';
