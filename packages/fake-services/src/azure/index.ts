export {
  type FakeAction,
  FakeKeyVault,
  type FakeKeyVaultOptions,
  type FakeSecretOptions,
  startFakeKeyVault,
} from './key-vault.ts';
export { type TokenClaims, TokenIssuer } from './tokens.ts';
