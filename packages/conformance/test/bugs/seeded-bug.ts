import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  type GetRequest,
  isSecretStoreError,
  type SecretData,
  type SecretStore,
  type SecretStoreError,
  type StoreDefinition,
  secretTable,
} from '@coffer/core/driver';
import type { TestBackend, TestBed } from '../../src/index.ts';
import type { AcmeMetadata } from '../acme/src/metadata.ts';
import { AcmeStore } from '../acme/src/store.ts';
import { acmeTestBed } from '../acme/test-bed.ts';

/** A mistake that a driver's author may well make. */
export interface SeededBug {
  /** What the driver does: `answers an empty record for a secret that is not there`. */
  readonly name: string;
  /** Who really did so, when somebody did: `Dapr's driver for Huawei Cloud`. */
  readonly seenIn?: string;
  /** Name of the exercise that is meant to catch it. */
  readonly caughtBy: string;
  /** The check of it that has to fail, where the exercise has several. */
  readonly check?: string;
  /** Whether it runs with no other at the same time, as its check looks at the whole process. */
  readonly alone?: boolean;
  readonly testBed: () => TestBed;
}

/** The correct driver with some methods replaced. */
export function withMethods(
  make: (correct: AcmeStore) => Partial<SecretStore<AcmeMetadata>> & Partial<Pick<AcmeStore, 'call'>>,
): () => TestBed {
  return () => ({
    ...acmeTestBed,
    definition: {
      ...(acmeTestBed.definition as StoreDefinition),
      create: () => {
        const correct = new AcmeStore();
        return Object.assign(correct, make(correct)) as SecretStore;
      },
    },
  });
}

/** The correct driver with another `get`. */
export function withGet(make: (correct: AcmeStore) => SecretStore['get']): () => TestBed {
  return withMethods((correct) => ({ get: make(correct) }));
}

/** The correct driver that makes something else of the failures of its service. */
export function withFailures(change: (failure: SecretStoreError, operation: string) => unknown): () => TestBed {
  return withMethods((correct) => ({
    call: async (...parameters: Parameters<AcmeStore['call']>) => {
      try {
        return await AcmeStore.prototype.call.apply(correct, parameters);
      } catch (cause) {
        throw isSecretStoreError(cause) ? change(cause, parameters[1]) : cause;
      }
    },
  }));
}

/** The correct driver whose answers to `get` are changed. */
export function withAnswers(
  change: (secret: SecretData, request: GetRequest) => SecretData | Promise<SecretData>,
): () => TestBed {
  return withGet(
    (correct) => async (request, options) => await change(await AcmeStore.prototype.get.call(correct, request, options), request),
  );
}

/** The correct driver that changes every value. */
export function withValues(change: (value: string) => string): () => TestBed {
  return withAnswers(({ data, ...rest }) => ({
    ...rest,
    data: secretTable(Object.entries(data ?? {}).map(([key, value]) => [key, change(value)])),
  }));
}

/** The correct driver with another declaration. */
export function withDefinition(changes: Partial<StoreDefinition>): () => TestBed {
  return () => ({ ...acmeTestBed, definition: { ...acmeTestBed.definition, ...changes } });
}

/** A copy of the correct driver's package in which some files are changed: by path, the new text of the old. */
export function withPackage(changes: Readonly<Record<string, (text: string) => string | undefined>>): () => TestBed {
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'coffer-seeded-'));
    const acme = fileURLToPath(acmeTestBed.package);
    cpSync(acme, folder, { recursive: true });
    // Where it stands, Node would not find them.
    const links = join(folder, 'node_modules/@coffer');
    mkdirSync(links, { recursive: true });
    for (const name of ['core', 'http-client']) symlinkSync(join(acme, '../../node_modules/@coffer', name), join(links, name));
    for (const [path, change] of Object.entries(changes)) {
      const file = join(folder, path);
      const text = change(existsSync(file) ? readFileSync(file, 'utf8') : '');
      if (text === undefined) rmSync(file);
      else writeFileSync(file, text);
    }
    return {
      ...acmeTestBed,
      package: pathToFileURL(`${folder}/`),
      start: async () => {
        const backend = await acmeTestBed.start();
        return {
          ...backend,
          close: async () => {
            await backend.close();
            rmSync(folder, { recursive: true, force: true });
          },
        };
      },
    };
  };
}

/** A text in which one thing stands for another. Fails when it was not there: the bug would not be one. */
export function replaced(what: string, by: string): (text: string) => string {
  return (text) => {
    if (!text.includes(what)) throw new Error(`there is no ${what}`);
    return text.replace(what, () => by);
  };
}

/** The correct driver on a test backend that is changed. */
export function withBackend(change: (backend: TestBackend) => TestBackend): () => TestBed {
  return () => ({ ...acmeTestBed, start: async () => change(await acmeTestBed.start()) });
}
