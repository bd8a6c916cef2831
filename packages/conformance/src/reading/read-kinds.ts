import { isSecretStoreError, type SecretStore } from '@coffer/core/driver';
import type { CheckContext } from '../check-context.ts';
import { CheckFailure } from '../exercise.ts';
import { listAll, NO_METADATA, readAll } from './read-all.ts';

export interface ReadKind {
  /** `get`, `the bulk read`: for messages. */
  readonly call: string;
  readonly read: () => Promise<unknown>;
}

/** Every way in which a store can be asked for this secret. Each rejects when the secret is not to be had. */
export function readKinds(context: CheckContext, store: SecretStore, name: string): readonly ReadKind[] {
  const { signal } = context;
  const { getMany } = store;
  return [
    { call: 'get', read: () => store.get({ name, metadata: NO_METADATA }, { signal }) },
    { call: 'the bulk read', read: () => readAll(context, store) },
    ...(store.list === undefined ? [] : [{ call: 'list', read: () => listAll(context, store) }]),
    ...(getMany === undefined ? [] : [{ call: 'getMany', read: () => oneOfMany(context, store, name) }]),
  ];
}

/** `getMany` may fail as a whole, or for each secret. */
async function oneOfMany({ signal }: CheckContext, store: SecretStore, name: string): Promise<void> {
  const answer = await store.getMany?.({ names: [name], metadata: NO_METADATA }, { signal });
  const failure: unknown = answer?.failed[name];
  if (isSecretStoreError(failure)) throw failure;
  if (answer?.found[name] === undefined) throw new CheckFailure('getMany said nothing of the secret that it was asked for');
}
