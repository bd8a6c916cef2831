import type { RuntimeObserver } from '../src/observing/types.ts';

/** An observer that writes down what it is told, but for the times: `[what, component, ...]`. */
export function recordingObserver(): { readonly observer: RuntimeObserver; readonly seen: unknown[][] } {
  const seen: unknown[][] = [];
  const observer: RuntimeObserver = {
    store: (component) => ({
      read: (operation, code) => seen.push(['read', component, operation, code]),
      denied: () => seen.push(['denied', component]),
      coalesced: (operation) => seen.push(['coalesced', component, operation]),
      upstreamStarted: () => seen.push(['started', component]),
      upstreamEnded: (operation, code) => seen.push(['ended', component, operation, code]),
      changed: () => seen.push(['changed', component]),
      expiring: (secret, expiresAt) => seen.push(['expiring', component, secret, expiresAt]),
    }),
    readUnknown: (operation, code) => seen.push(['unknown', operation, code]),
    componentStarted: ({ name, type }) => seen.push(['component started', name, type]),
    reloaded: (resource, success) => seen.push(['reloaded', resource, success]),
    componentFailed: ({ name, type }, reason) => seen.push(['component failed', name, type, reason]),
  };
  return { observer, seen };
}
