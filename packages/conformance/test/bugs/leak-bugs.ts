import { type InitContext, isSecretStoreError, SecretStoreError } from '@coffer/core/driver';
import type { HttpAnswer } from '@coffer/http-client';
import type { AcmeMetadata } from '../acme/src/metadata.ts';
import { AcmeStore } from '../acme/src/store.ts';
import { replaced, type SeededBug, withMethods, withPackage } from './seeded-bug.ts';

const { get, init } = AcmeStore.prototype;

const FAILURES = 'keeps values and credentials out of failures, and out of what caused them';
const PRINTED = 'logs and prints no value and no credential, whatever happens';
const OBJECTS = 'shows no credential when its store, its settings or its definition are printed';

/** Where values and credentials come out. */
export const leakBugs: readonly SeededBug[] = [
  {
    name: 'puts the answer that it could not parse into its message',
    seenIn: 'Dapr’s driver for Vault logs whole error bodies',
    caughtBy: 'leaks',
    check: FAILURES,
    testBed: withBodies((body) => {
      throw new SecretStoreError('unavailable', `acme answered with text that is no JSON: ${body.slice(0, 200)}`);
    }),
  },
  {
    name: 'passes on the parser’s message, which quotes where it failed',
    seenIn: 'open-feature’s parse error; Dapr’s driver for Tencent Cloud returns its SDK’s as they are',
    caughtBy: 'leaks',
    check: FAILURES,
    testBed: withBodies((_, cause) => {
      throw new SecretStoreError('unavailable', `acme: ${cause instanceof Error ? cause.message : ''}`);
    }),
  },
  {
    name: 'keeps the parser’s failure as the cause',
    caughtBy: 'leaks',
    check: FAILURES,
    testBed: withBodies((_, cause) => {
      throw new SecretStoreError('unavailable', 'acme answered with text that is no JSON', { cause });
    }),
  },
  {
    name: 'keeps the request with its headers in the cause',
    seenIn: 'HTTP clients whose failures carry their configuration',
    caughtBy: 'leaks',
    check: FAILURES,
    testBed: withSettings(({ token }) => ({
      change: (cause) => Object.assign(cause, { cause: { config: { headers: { authorization: `Bearer ${token.reveal()}` } } } }),
    })),
  },
  {
    name: 'names the address that it asked, with the token in its query',
    caughtBy: 'leaks',
    check: FAILURES,
    testBed: withSettings(({ url, token }) => ({
      change: ({ code, detail }) => new SecretStoreError(code, `${detail}: ${url}/secrets?access_token=${token.reveal()}`),
    })),
  },
  {
    name: 'shows the header of its basic authentication, which is base64',
    caughtBy: 'leaks',
    check: FAILURES,
    testBed: withSettings(({ token }) => ({
      change: ({ code, detail }) =>
        new SecretStoreError(
          code,
          `${detail} (authorization: Basic ${Buffer.from(`user:${token.reveal()}`).toString('base64')})`,
        ),
    })),
  },
  {
    name: 'prints its settings to the console while somebody looks for a mistake',
    caughtBy: 'leaks',
    check: PRINTED,
    testBed: withMethods((correct) => ({
      init: async (context, options) => {
        console.debug('acme: connecting', { ...context.metadata, token: context.metadata.token.reveal() });
        await init.call(correct, context, options);
      },
    })),
  },
  {
    name: 'logs what it has read, at the level debug',
    caughtBy: 'leaks',
    check: PRINTED,
    testBed: withMethods((correct) => {
      let logger: InitContext<AcmeMetadata>['logger'] | undefined;
      return {
        init: async (context, options) => {
          logger = context.logger;
          await init.call(correct, context, options);
        },
        get: async (request, options) => {
          const secret = await get.call(correct, request, options);
          logger?.debug('acme: read', { name: request.name, answer: JSON.stringify(secret.data) });
          return secret;
        },
      };
    }),
  },
  {
    name: 'writes its token past console and streams',
    caughtBy: 'leaks',
    check: 'prints no value and no credential from a process of its own, by whatever way',
    testBed: withPackage({
      'src/store.ts': (text) =>
        `import { writeSync } from 'node:fs';\n${replaced(
          'throwIfAborted(signal);',
          'throwIfAborted(signal);\n    writeSync(2, `token ${metadata.token.reveal()}`);',
        )(text)}`,
    }),
  },
  {
    name: 'has its token in a field',
    caughtBy: 'leaks',
    check: OBJECTS,
    testBed: withMethods((correct) => ({
      init: async (context, options) => {
        await init.call(correct, context, options);
        Object.assign(correct, { token: context.metadata.token.reveal() });
      },
    })),
  },
  {
    name: 'puts its token into the environment for a program that it starts',
    caughtBy: 'leaks',
    check: 'changes nothing of its process: title, arguments, environment, directory',
    testBed: withMethods((correct) => ({
      init: async (context, options) => {
        await init.call(correct, context, options);
        process.env[`ACME_TOKEN_${++made}`] = context.metadata.token.reveal();
      },
    })),
  },
];

let made = 0;

/** The correct driver, but for what it does with an answer that is no JSON. */
function withBodies(unparsed: (body: string, cause: unknown) => never): SeededBug['testBed'] {
  return withMethods((correct) => ({
    init: async (context, options) => {
      await init.call(correct, context, options);
      const http = correct.client?.http;
      const request = http?.request.bind(http);
      if (http === undefined || request === undefined) return;
      http.request = async (...call): Promise<HttpAnswer> => {
        const answer = await request(...call);
        const body = answer.body.toString();
        try {
          JSON.parse(body);
        } catch (cause) {
          if (answer.status === 200) unparsed(body, cause);
        }
        return answer;
      };
    },
  }));
}

/** The correct driver, but for what becomes of its failures. */
function withSettings(
  make: (settings: AcmeMetadata) => { change: (failure: SecretStoreError) => SecretStoreError },
): SeededBug['testBed'] {
  return withMethods((correct) => {
    let settings: AcmeMetadata | undefined;
    return {
      init: async (context, options) => {
        settings = context.metadata;
        await init.call(correct, context, options);
      },
      get: (request, options) =>
        get.call(correct, request, options).catch((cause: unknown) => {
          throw isSecretStoreError(cause) && settings !== undefined ? make(settings).change(cause) : cause;
        }),
    };
  });
}
