import { SecretStoreError } from '@coffer/core/driver';

// The reference fails in its gRPC library, with these texts.

/** A message can't carry a text that is not Unicode. Fails with `SecretStoreError`, which does not quote it. */
export function refuseIllFormed(...texts: readonly string[]): void {
  if (texts.every((text) => text.isWellFormed())) return;
  throw new SecretStoreError(
    'invalid_argument',
    'rpc error: code = Internal desc = grpc: error while marshaling: string field contains invalid UTF-8',
  );
}

/** The name of a component goes along with every call, as a header. Fails with `SecretStoreError`. */
export function refuseUnprintable(component: string): void {
  if (/^[\x20-\x7e]*$/.test(component)) return;
  throw new SecretStoreError(
    'invalid_argument',
    'rpc error: code = Internal desc = header key "x-component-instance" contains value with non-printable ASCII characters',
    { hint: 'give a component with a pluggable store a name of ASCII characters' },
  );
}
