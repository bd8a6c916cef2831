export {
  type Application,
  type DirectoryOptions,
  FakeDirectory,
  type FederatedIdentity,
  type ManagedIdentity,
  type Principal,
} from './directory.ts';
export { type FakeEntraOptions, startFakeEntra } from './entra.ts';
export { readJwt, signJwt } from './jwt.ts';
export {
  startFakeAppService,
  startFakeArc,
  startFakeCloudShell,
  startFakeImds,
  startFakeMachineLearning,
} from './managed-identity.ts';
