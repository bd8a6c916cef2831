export { type BackendFault, type BackendFaults, backendFaults, type VendorFaults } from './backend-faults.ts';
export { type Authority, type Certificate, createAuthority } from './certificates.ts';
export {
  type Answer,
  type FakeOptions,
  FakeService,
  type FaultRule,
  type Handler,
  type SeenRequest,
  startFakeService,
} from './fake-service.ts';
export { answer, cutOff, type Fault, hang, huge, malformed, redirect, reset, slowBytes, spoilt } from './faults.ts';
export { type ProxyTarget, startProxy } from './proxy.ts';
