import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Coffer, type CofferOptions, cofferDialect, type Dialect, type LoggerFor, Registry } from '@coffer/core';
import type { Logger } from '@coffer/core/driver';
import type { FakeKubernetes } from '@coffer/fake-kubernetes';
import { definition as kubernetes } from '@coffer/store-kubernetes';
import { definition as localEnv } from '@coffer/store-local-env';
import { kubernetesMode } from '../src/index.ts';

export interface ModeOptions {
  readonly token?: string;
  readonly configurationName?: string;
  readonly disableBuiltInStore?: boolean;
  readonly dialect?: Dialect;
  readonly environment?: Record<string, string | undefined>;
  readonly consumers?: NonNullable<CofferOptions['consumers']>;
  readonly reconcileInterval?: number;
  readonly signal?: AbortSignal;
  /** Takes the log lines; for a start that is looked at before it is done. */
  readonly log?: string[];
}

/** Coffer in Kubernetes mode, in this process. */
export interface Mode extends AsyncDisposable {
  readonly coffer: Coffer;
  readonly log: string[];
  names(): string[];
  /** Waits until something holds. */
  until(holds: () => boolean | Promise<boolean>): Promise<void>;
}

export async function start(fake: FakeKubernetes, options: ModeOptions = {}): Promise<Mode> {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-resources-'));
  const kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, fake.kubeconfig(options.token));
  const environment: Record<string, string | undefined> = { KUBECONFIG: kubeconfig, NAMESPACE: 'shop', ...options.environment };
  const { log = [] } = options;
  const lines = (level: string) => (message: string) => log.push(`${level} ${message}`);
  const logger: Logger = { debug: lines('debug'), info: lines('info'), warn: lines('warn'), error: lines('error') };
  const loggerFor: LoggerFor = () => logger;
  const registry = new Registry();
  registry.register(kubernetes);
  registry.register(localEnv);
  const { dialect = cofferDialect, configurationName = '', disableBuiltInStore = false, reconcileInterval = 0 } = options;
  const { signal = new AbortController().signal, consumers = {} } = options;
  // The kubeconfig of the built-in store comes from this process's environment.
  process.env.KUBECONFIG = kubeconfig;
  const shared = { appId: 'app1', dialect, loggerFor, registry, environment, signal };
  const mode = await kubernetesMode({ ...shared, configurationName, disableBuiltInStore, reconcileInterval });
  const coffer = await Coffer.create({ ...shared, ...mode, consumers }).catch(async (cause) => {
    await mode[Symbol.asyncDispose]();
    throw cause;
  });
  const close = async () => {
    await coffer.close();
    await mode[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  };
  await coffer.load().catch(async (cause) => {
    await close();
    throw cause;
  });
  return {
    coffer,
    log,
    names: () => coffer.components().map(({ name }) => name),
    async until(holds) {
      for (let tries = 0; !(await holds()); tries++) {
        if (tries > 3000) throw new Error(`did not come true; log:\n${log.join('\n')}`);
        await sleep(10);
      }
    },
    [Symbol.asyncDispose]: close,
  };
}

/** Members of a Component resource. */
export function component(type: string, properties: Readonly<Record<string, unknown>> = {}, more: object = {}): object {
  const metadata = Object.entries(properties).map(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? { name, ...value } : { name, value },
  );
  const { auth, scopes, ...spec } = more as { auth?: object; scopes?: string[] };
  return { spec: { type, version: 'v1', metadata, ...spec }, ...(auth && { auth }), ...(scopes && { scopes }) };
}
