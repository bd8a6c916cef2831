import type { FakeService } from './fake-service.ts';
import { cutOff, type Fault, hang, huge, reset, spoilt } from './faults.ts';

/** How one vendor's service words what every service can do to a call. The rest is the same for all. */
export interface VendorFaults {
  readonly denied: Fault;
  readonly unauthenticated: Fault;
  readonly throttled: Fault;
  readonly unavailable: Fault;
  /** An answer that is not what the protocol says; by default the regular one with its values, which is no JSON any more. */
  readonly malformed?: Fault;
  readonly cutOff?: Fault;
}

export type BackendFault = keyof VendorFaults | 'unreachable' | 'slow' | 'hang' | 'huge';

/** The part of a conformance kit's test backend that breaks a fake service on demand, and tells what it is answering. */
export interface BackendFaults {
  readonly faults: readonly BackendFault[];
  inject(fault: BackendFault, options?: { readonly times?: number }): void;
  heal(): void;
  /** Requests that are being answered now. */
  inFlight(): number;
  /** The most that were being answered at one time since this was asked last. */
  mostInFlight(): number;
}

/** Milliseconds that a slow answer takes longer. */
const SLOW = 500;
const HUGE = 65 * 2 ** 20;

export function backendFaults(service: FakeService, vendor: VendorFaults): BackendFaults {
  const faults: Readonly<Record<Exclude<BackendFault, 'slow'>, Fault>> = {
    unreachable: reset(),
    hang: hang(),
    huge: huge(HUGE),
    malformed: spoilt(),
    cutOff: cutOff(),
    ...vendor,
  };
  return {
    faults: [...(Object.keys(faults) as BackendFault[]), 'slow'],
    inject: (fault, options = {}) => {
      if (fault === 'slow') service.delay = SLOW;
      else service.inject(faults[fault], options);
    },
    heal: () => {
      service.clearFaults();
      service.delay = 0;
    },
    inFlight: () => service.inFlight,
    mostInFlight: () => {
      const most = service.mostInFlight;
      service.mostInFlight = service.inFlight;
      return most;
    },
  };
}
