import type { Coffer, Component, SecretData } from '@coffer/core';
import { type CommandContext, type OpenOptions, openStores } from './context.ts';
import { Failure, failureFrom } from './failure.ts';
import { visible } from './text.ts';

/** A reference of a component that could not be followed. */
export interface FailedReference {
  /** Name of the property; undefined when it concerns the whole component. */
  readonly property: string | undefined;
  readonly failure: Failure;
}

export interface FollowedReferences {
  readonly properties: Readonly<Record<string, string>>;
  readonly failed: readonly FailedReference[];
}

/** Opens each store once, when something first asks for it. References are not bound by scopes. */
export class StoreOpener implements AsyncDisposable {
  readonly #context: CommandContext;
  readonly #options: Omit<OpenOptions, 'stores' | 'configured'>;
  readonly #opened = new Map<string, Promise<Coffer>>();

  constructor(context: CommandContext, options: Omit<OpenOptions, 'stores' | 'configured'> = {}) {
    this.#context = context;
    this.#options = options;
  }

  /** A Coffer that was asked for this store; it may be without it. Fails as starting it fails. */
  open(store: string): Promise<Coffer> {
    let opened = this.#opened.get(store);
    if (opened === undefined) {
      opened = openStores(this.#context, { ...this.#options, stores: [store], configured: false });
      this.#opened.set(store, opened);
    }
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await Promise.allSettled(this.#opened.values());
    await Promise.all(opened.map((result) => (result.status === 'fulfilled' ? result.value.close(0) : undefined)));
  }
}

/** Follows the references of a component of any kind, as the runtime does at start; what fails is told, not left out. */
export async function followReferences(
  component: Component,
  context: CommandContext,
  stores: StoreOpener,
): Promise<FollowedReferences> {
  const { resolveReferences } = await import('@coffer/core');
  const { environment, common, signal } = context;
  const failed: FailedReference[] = [];
  const found = new Map<string, SecretData | undefined>();
  const store = component.secretStore;
  const usesStore = component.properties.some(
    ({ value, envRef, secretKeyRef }) => (value !== undefined || !envRef) && secretKeyRef?.name,
  );
  let coffer: Coffer | undefined;
  if (usesStore && store !== '') {
    try {
      coffer = await stores.open(store);
    } catch (cause) {
      failed.push({ property: undefined, failure: failureFrom(cause) });
    }
  }
  const isLoaded = coffer?.components().some(({ name }) => name === store) === true;
  if (usesStore && failed.length === 0 && !isLoaded) {
    const message =
      store === '' ? 'it has secretKeyRef and no auth.secretStore' : `its auth.secretStore ${visible(store)} is not loaded`;
    failed.push({ property: undefined, failure: new Failure('configuration', message, { hint: 'coffer check tells why' }) });
  }
  const readSecret = async (name: string, metadata: Readonly<Record<string, string>>): Promise<SecretData> => {
    try {
      const secret = await (coffer as Coffer).get({ store, name, metadata, signal });
      found.set(name, secret);
      return secret;
    } catch (cause) {
      const property = component.properties.find(({ secretKeyRef }) => secretKeyRef?.name === name)?.name;
      failed.push({ property, failure: failureFrom(cause) });
      throw cause;
    }
  };
  const resolving = resolveReferences(component, {
    appId: common.appId,
    namespace: environment.NAMESPACE,
    podName: environment.POD_NAME,
    environment,
    defaultSecretStore: '',
    readSecret: (_, name, metadata) => (isLoaded ? readSecret(name, metadata) : undefined),
    // Both are told of above and below, with the property they concern.
    warn: () => {},
    error: () => {},
  });
  const references = await resolving.catch((cause: unknown) => {
    // What can't be filled in is a template, and the message names it.
    const message = cause instanceof Error ? cause.message : String(cause);
    failed.push({ property: undefined, failure: new Failure('configuration', message, { hint: 'set POD_NAME', cause }) });
    return {};
  });
  const properties = 'properties' in references ? references.properties : {};
  const filled = 'fromSecrets' in references ? references.fromSecrets : new Set<string>();
  for (const { name, value, envRef, secretKeyRef } of component.properties) {
    if (envRef && value === undefined) failed.push(...(await failedVariable(name, envRef, environment)));
    else if (secretKeyRef && found.has(secretKeyRef.name) && !filled.has(name)) {
      const key = secretKeyRef.key || secretKeyRef.name;
      const given = found.get(secretKeyRef.name)?.data;
      const message = `secret ${visible(secretKeyRef.name)} of store ${visible(store)} has ${given && Object.hasOwn(given, key) ? 'an empty value under' : 'no'} key ${visible(key)}`;
      const keys = Object.keys(given ?? {});
      const hint = keys.length === 0 ? 'the secret has no keys' : `its keys are: ${keys.map(visible).join(', ')}`;
      failed.push({ property: name, failure: new Failure('not_found', message, { hint }) });
    }
  }
  return { properties, failed };
}

async function failedVariable(
  property: string,
  variable: string,
  environment: CommandContext['environment'],
): Promise<FailedReference[]> {
  const { isEnvRefAllowed } = await import('@coffer/core');
  const shown = visible(variable);
  if (!isEnvRefAllowed(variable, environment.DAPR_ENV_KEYS)) {
    const failure = new Failure('permission_denied', `envRef may not name ${shown}`, {
      hint: 'DAPR_* and APP_API_TOKEN are never given; DAPR_ENV_KEYS may narrow the rest',
    });
    return [{ property, failure }];
  }
  if (environment[variable] !== undefined) return [];
  return [
    {
      property,
      failure: new Failure('not_found', `environment variable ${shown} is not set`, { hint: `set it, or correct envRef` }),
    },
  ];
}
