import type { SecretData } from '@coffer/core/driver';
import { AcmeStore, secretOf, segmentOf } from '../acme/src/store.ts';
import { type SeededBug, withGet } from './seeded-bug.ts';

const correctGet = AcmeStore.prototype.get;

/** The correct driver that asks for another name than it was asked for. */
function withName(change: (name: string) => string): SeededBug['testBed'] {
  return withGet((correct) => async (request, options) => {
    const { data, ...rest } = await correctGet.call(correct, { ...request, name: change(request.name) }, options);
    if (data === null) return { data };
    const entries = Object.entries(data).map(([key, value]) => [key === change(request.name) ? request.name : key, value]);
    return { ...rest, data: Object.assign(Object.create(null), Object.fromEntries(entries)) };
  });
}

/** The correct driver that writes a name into the address in another way. */
function withSegment(segment: (name: string) => string): SeededBug['testBed'] {
  return withGet((correct) => async ({ name }, options) => {
    return secretOf(await correct.call(`/secrets/${segment(name)}`, 'get', options?.signal));
  });
}

export const namesBugs: readonly SeededBug[] = [
  {
    name: 'pastes names into addresses as they are',
    seenIn: "Dapr's driver for HashiCorp Vault",
    caughtBy: 'names',
    check: 'reads, or refuses, names with letters that mean something in an address',
    testBed: withSegment((name) => name),
  },
  {
    name: 'escapes names with encodeURI, so that they step out of their folder',
    caughtBy: 'names',
    check: 'reads, or refuses, names that look like steps in a path',
    testBed: withSegment(encodeURI),
  },
  {
    name: 'unescapes names before it escapes them',
    caughtBy: 'names',
    check: 'reads, or refuses, names that look like steps in a path',
    testBed: withName((name) => (/%[0-9a-f]{2}/i.test(name) ? decodeURIComponent(name) : name)),
  },
  {
    name: 'writes spaces in a path as a form does, with a plus',
    caughtBy: 'names',
    check: 'reads, or refuses, names with spaces inside and at either end',
    testBed: withSegment((name) => segmentOf(name).replaceAll('%20', '+')),
  },
  {
    name: 'trims names',
    caughtBy: 'names',
    check: 'reads, or refuses, names with spaces inside and at either end',
    testBed: withName((name) => name.trim()),
  },
  {
    name: 'lower-cases names',
    caughtBy: 'names',
    check: 'keeps names apart that differ in the case of letters alone',
    testBed: withName((name) => name.toLowerCase()),
  },
  {
    name: 'composes the letters of names',
    caughtBy: 'names',
    check: 'reads, or refuses, names that look the same and are written with other code points',
    testBed: withName((name) => name.normalize('NFKC')),
  },
  {
    name: 'looks names up in an ordinary object',
    caughtBy: 'names',
    check: "reads, or refuses, names of members of JavaScript's own objects",
    testBed: withGet((correct) => {
      const running: Record<string, Promise<SecretData>> = {};
      return async (request, options) => {
        const { name } = request;
        running[name] ??= correctGet.call(correct, request, options);
        try {
          return await running[name];
        } finally {
          delete running[name];
        }
      };
    }),
  },
  {
    name: 'sends names in a header, which takes Latin letters only',
    caughtBy: 'names',
    check: 'reads, or refuses, names in the letters of any script',
    testBed: withGet((correct) => (request, options) => {
      new Headers({ 'x-secret-name': request.name });
      return correctGet.call(correct, request, options);
    }),
  },
  {
    name: 'reads another secret when a name is no well-formed text',
    caughtBy: 'names',
    check: 'reads, or refuses, names that are no well-formed text',
    testBed: withName((name) => name.toWellFormed()),
  },
  {
    name: 'cuts names off after 512 letters',
    caughtBy: 'names',
    check: 'reads, or refuses, names of 255 bytes and of 1 KiB',
    testBed: withName((name) => name.slice(0, 512)),
  },
];
