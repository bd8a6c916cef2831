import type { CheckContext } from '../check-context.ts';

/** Names of the remote operations that the work made, in their order. Skips the check when the backend does not tell them. */
export async function remoteCallsOf(context: CheckContext, work: () => Promise<unknown>): Promise<readonly string[]> {
  const { backend } = context;
  if (backend.calls === undefined) context.skip('the test backend does not tell which remote calls it has seen');
  const before = backend.calls().length;
  await work();
  return backend
    .calls()
    .slice(before)
    .map(({ operation }) => operation);
}
