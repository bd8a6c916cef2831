import type { CallOptions } from '@coffer/core/driver';
import type { OosClient } from './client.ts';
import { type Parameter, parametersOf } from './parameter.ts';
import { unreadable } from './service-failure.ts';
import { textOf } from './text-of.ts';

/** The parameters under a path, a page at a time. An empty token ends them, and one that comes twice is a failure. */
export async function* byPath(
  client: OosClient,
  path: string,
  decrypted: boolean,
  options: CallOptions,
): AsyncGenerator<readonly Parameter[]> {
  const seen = new Set<string>();
  for (let token = ''; ; ) {
    const asked = {
      Path: path,
      Recursive: 'true',
      WithDecryption: String(decrypted),
      ...(token === '' ? {} : { NextToken: token }),
    };
    const answer = await client.call('GetSecretParametersByPath', asked, options);
    const page = parametersOf(answer);
    if (page.length > 0) yield page;
    token = textOf(answer.NextToken) ?? '';
    if (token === '') return;
    if (seen.has(token)) throw unreadable('the same page token came twice');
    seen.add(token);
  }
}
