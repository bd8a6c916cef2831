import { type SecretData, SecretStoreError, secretTable } from '@coffer/core/driver';
import { HttpClient } from '@coffer/http-client';
import { AcmeStore } from '../acme/src/store.ts';
import { type SeededBug, withAnswers, withMethods, withValues } from './seeded-bug.ts';

const BYTES = 'reads bytes that are no text by the documented rule, and bytes that are text';

export const valuesBugs: readonly SeededBug[] = [
  {
    name: 'trims values',
    caughtBy: 'values',
    check: 'keeps spaces, tabs and line ends at either end',
    testBed: withValues((value) => value.trim()),
  },
  {
    name: 'drops the newline at the end of a value',
    caughtBy: 'values',
    check: 'keeps a trailing newline',
    testBed: withValues((value) => value.replace(/\n$/, '')),
  },
  {
    name: 'makes every line end a newline',
    caughtBy: 'values',
    check: 'keeps lines that end in CRLF, LF and CR',
    testBed: withValues((value) => value.replaceAll(/\r\n?/g, '\n')),
  },
  {
    name: 'decodes values with a decoder that takes the byte-order mark away',
    caughtBy: 'values',
    check: 'keeps a byte-order mark',
    testBed: withValues((value) => new TextDecoder().decode(Buffer.from(value))),
  },
  {
    name: 'takes an empty value for a missing one',
    seenIn: "Dapr's references to secrets",
    caughtBy: 'values',
    check: 'keeps an empty value as an empty value',
    testBed: withAnswers((secret, { name }) => {
      if (!secret.data?.[name]) throw new SecretStoreError('not_found', `secret ${name} not found`);
      return secret;
    }),
  },
  {
    name: 'writes JSON anew, with numbers as doubles',
    seenIn: "Dapr's driver for AWS Secrets Manager, with several keys",
    caughtBy: 'values',
    check: 'keeps text that looks like JSON, in its own spelling',
    testBed: withValues((value) => {
      try {
        return JSON.stringify(JSON.parse(value));
      } catch {
        return value;
      }
    }),
  },
  {
    name: 'takes the quotes off a value',
    caughtBy: 'values',
    check: 'keeps a JSON text of one string',
    testBed: withValues((value) => value.replace(/^"(.*)"$/, '$1')),
  },
  {
    name: 'formats numbers with the verb for strings: %!s(float64=7)',
    seenIn: "Dapr's store of a local file",
    caughtBy: 'values',
    check: 'keeps numbers and other literals as text',
    testBed: withValues((value) => (/^\d+$/.test(value) ? `%!s(float64=${Number(value)})` : value)),
  },
  {
    name: 'answers no value for a secret of bytes',
    seenIn: "Dapr's driver for AWS Secrets Manager",
    caughtBy: 'values',
    check: BYTES,
    testBed: withBytes(() => secretTable()),
  },
  {
    name: 'decodes bytes as text, whatever is lost',
    seenIn: 'Dapr over HTTP, with every store of bytes',
    caughtBy: 'values',
    check: BYTES,
    testBed: withBytes((name, bytes) => secretTable([[name, bytes.toString()]])),
  },
  {
    name: 'gives base64 also of bytes that are text',
    caughtBy: 'values',
    check: BYTES,
    testBed: withBytes((name, bytes) => secretTable([[name, bytes.toString('base64')]])),
  },
  {
    name: 'refuses answers that are longer than a few pages',
    caughtBy: 'values',
    check: 'keeps 64 KiB',
    testBed: withMethods((correct) => ({
      init: async (context, options) => {
        await AcmeStore.prototype.init.call(correct, context as never, options);
        const client = correct.client as { http: HttpClient } | undefined;
        client?.http.close();
        if (client !== undefined) client.http = new HttpClient({ proxy: 'none', maxResponse: 2 ** 14 });
      },
    })),
  },
];

/** The correct driver with another rule for bytes. */
function withBytes(rule: (name: string, bytes: Buffer) => NonNullable<SecretData['data']>): SeededBug['testBed'] {
  return withMethods((correct) => ({
    get: async (request, options) => {
      const answer = await correct.call(`/secrets/${encodeURIComponent(request.name)}`, 'get', options?.signal);
      if (typeof answer.bytes !== 'string') return await AcmeStore.prototype.get.call(correct, request, options);
      return { data: rule(request.name, Buffer.from(answer.bytes, 'base64')) };
    },
  }));
}
