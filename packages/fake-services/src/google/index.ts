export { FakeGoogle, type KeyDocument } from './fake-google.ts';
export type { IdentityState } from './identity.ts';
export type { Denial, Project } from './secret-manager.ts';
export { type Secret, Secrets, type Version } from './secrets.ts';
export { quotaExceeded, type RpcStatus, rpcFailure } from './status.ts';
export { type Claims, Tokens } from './tokens.ts';
