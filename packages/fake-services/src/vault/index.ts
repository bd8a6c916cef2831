export { type Capability, FakeVault, type Policy, type VaultOptions, type VaultPart } from './fake-vault.ts';
export { KvEngine } from './kv-engine.ts';
