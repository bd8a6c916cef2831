import { SecretStoreError } from '@coffer/core/driver';

/** What paged operations of AWS services answer. */
export interface Paged {
  readonly NextToken?: string | undefined;
}

/** Every page, one after another; a page may be empty. Fails when the service gives a token twice, which would never end. */
export async function* pages<Page extends Paged>(ask: (token: string | undefined) => Promise<Page>): AsyncGenerator<Page> {
  const seen = new Set<string>();
  for (let token: string | undefined; ; ) {
    const page = await ask(token);
    yield page;
    token = page.NextToken || undefined;
    if (token === undefined) return;
    if (seen.has(token)) {
      throw new SecretStoreError('unavailable', 'the service gave the same page token twice', { retryable: false });
    }
    seen.add(token);
  }
}
