import { randomBytes } from 'node:crypto';
import { cofferDialect } from '@coffer/core';
import {
  checkSettings,
  type InitContext,
  type Logger,
  type SecretStore,
  type SecretValues,
  type StoreDefinition,
  secretTable,
} from '@coffer/core/driver';
import { CheckFailure, CheckSkip } from './exercise.ts';
import { endingOf } from './observing/patience.ts';
import type { FaultKind, TestBackend, TestBed } from './test-bed.ts';

export interface SeededSecret {
  readonly name: string;
  readonly values: SecretValues;
  readonly version?: string;
}

export interface SeedOptions {
  /** By default a name of letters, digits and hyphens that nobody else has. */
  readonly name?: string;
  /** By default one value that nobody else has, under the secret's own name. */
  readonly values?: SecretValues;
}

/** What a check works with. What it opens, seeds and injects is closed, removed and healed when it ends. */
export class CheckContext {
  readonly testBed: TestBed;
  readonly backend: TestBackend;
  /** Aborts when the check has taken too long. */
  readonly signal: AbortSignal;
  /** Lines that stores have logged in this check, with their fields. */
  readonly logged: string[] = [];
  readonly #stores: SecretStore[] = [];
  readonly #seeded = new Set<string>();
  #faulty = false;

  constructor(testBed: TestBed, backend: TestBackend, signal: AbortSignal) {
    this.testBed = testBed;
    this.backend = backend;
    this.signal = signal;
  }

  get definition(): StoreDefinition {
    return this.testBed.definition;
  }

  /** A store that is ready to read. */
  async open(settings: Readonly<Record<string, string>> = this.backend.settings): Promise<SecretStore> {
    const store = await this.create();
    await store.init(this.initContext(settings), { signal: this.signal });
    return store;
  }

  /** A store before its `init`. */
  async create(): Promise<SecretStore> {
    const store = await (this.backend.createStore?.() ?? this.definition.create());
    this.#stores.push(store);
    return store;
  }

  /** What `init` takes, of settings as a component gives them. Fails when the driver's own declaration refuses them. */
  initContext(settings: Readonly<Record<string, string>> = this.backend.settings): InitContext<never> {
    const { metadata, problems } = checkSettings(this.definition, settings, 'refused');
    const errors = problems.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) {
      throw new CheckFailure(`the driver refuses the test bed's settings: ${errors.map(({ message }) => message).join('; ')}`);
    }
    const log: Logger['info'] = (message, fields) => void this.logged.push(`${message} ${JSON.stringify(fields ?? {})}`);
    return {
      component: 'conformance',
      metadata: metadata as never,
      propertyNames: Object.keys(settings),
      dialect: cofferDialect,
      logger: { debug: log, info: log, warn: log, error: log },
    };
  }

  /** Puts a secret into the backend. Skips the check when the service can't hold it. */
  async seed({ name = freshName(), values = secretTable([[name, freshValue()]]) }: SeedOptions = {}): Promise<SeededSecret> {
    const refused = this.backend.refuses?.(name, values);
    if (refused !== undefined) this.skip(refused);
    this.#seeded.add(name);
    const { version } = await this.backend.seed(name, values);
    return { name, values, ...(version === undefined ? {} : { version }) };
  }

  /** Puts several secrets under fresh names: as many as the backend likes to hold for a check, or `count` when that is fewer. */
  async seedMany(count: number = Number.POSITIVE_INFINITY): Promise<SeededSecret[]> {
    const { many = this.testBed.backend.tier === 'real' ? 12 : 120 } = this.backend;
    const seeded: SeededSecret[] = [];
    while (seeded.length < Math.min(count, many)) seeded.push(await this.seed());
    return seeded;
  }

  /** Remembers a name that the check has put by itself, so that it is removed. */
  removeLater(name: string): void {
    this.#seeded.add(name);
  }

  /** Lets calls of the driver meet a fault. Skips the check when the backend can't. */
  async inject(fault: FaultKind, options: { readonly times?: number } = {}): Promise<void> {
    if (!this.backend.faults?.includes(fault) || this.backend.inject === undefined) {
      this.skip(`the test backend can't produce the fault "${fault}"`);
    }
    this.#faulty = true;
    await this.backend.inject(fault, options);
  }

  async heal(): Promise<void> {
    if (this.#faulty) await this.backend.heal?.();
    this.#faulty = false;
  }

  skip(reason: string): never {
    throw new CheckSkip(reason);
  }

  fail(message: string): never {
    throw new CheckFailure(message);
  }

  /** Leaves the backend as the check found it. What a store's own `close` does wrong is another check's subject. */
  async cleanUp(): Promise<void> {
    await this.heal();
    await endingOf(Promise.allSettled(this.#stores.map(async (store) => await store.close())));
    for (const name of this.#seeded) await this.backend.remove(name);
  }
}

let made = 0;

/** A name that any service can hold and nobody else has. */
export function freshName(): string {
  return `coffer-kit-${RUN}-${++made}`;
}

/** A text that appears nowhere else: where it is found, a value has leaked. */
export function freshValue(): string {
  return `canary${randomBytes(16).toString('hex')}`;
}

const RUN = randomBytes(4).toString('hex');
