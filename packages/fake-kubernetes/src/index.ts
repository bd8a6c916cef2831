export { type Authority, type Certificate, createAuthority } from '@coffer/fake-services';
export type { Rule, User } from './access.ts';
export { FakeKubernetes, type FakeOptions } from './fake-kubernetes.ts';
export type { Kind, StoredObject } from './objects.ts';
