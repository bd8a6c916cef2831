import {
  checkSettings,
  type DriverDialect,
  isSecretStoreError,
  type Logger,
  type SecretStore,
  type StoreDefinition,
} from '@coffer/core/driver';
import { readsOf } from '../observing/reads.ts';
import type { ChildTask } from './task.ts';

/** A store from init to close, as the task says. What went wrong in it, if anything did. */
export async function lifeOf(definition: StoreDefinition, task: ChildTask): Promise<string | undefined> {
  const { settings = {}, name = '', values = {}, use, dialect } = task;
  const quiet: Logger['info'] = () => undefined;
  const store = await definition.create();
  try {
    const { metadata } = checkSettings(definition, settings, 'refused');
    await store.init({
      component: 'conformance',
      metadata: metadata as never,
      propertyNames: Object.keys(settings),
      dialect: dialect as DriverDialect,
      logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
    if (use === 'fail-init') return 'init succeeded with settings that can’t work';
    await readAll(store, { name, values });
    return undefined;
  } catch (cause) {
    if (use === 'fail-init') return undefined;
    return isSecretStoreError(cause) ? cause.message : `${cause instanceof Error ? cause.name : typeof cause} was thrown`;
  } finally {
    await store.close();
  }
}

async function readAll(
  store: SecretStore,
  secret: { readonly name: string; readonly values: Record<string, string> },
): Promise<void> {
  for (const { run } of readsOf(store, secret)) await run();
}
