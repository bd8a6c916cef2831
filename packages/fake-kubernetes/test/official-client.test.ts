import { CoreV1Api, CustomObjectsApi, KubeConfig, Watch } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { FakeKubernetes } from '../src/index.ts';

/** The official client is the judge of what the fake says. */
function configOf(fake: FakeKubernetes, token?: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(fake.kubeconfig(token));
  return config;
}

describe('the fake, as the official client sees it', () => {
  it('answers get, paged lists, selectors and custom resources', async () => {
    await using fake = await FakeKubernetes.start();
    for (const name of ['a', 'b', 'c']) fake.secret('shop', name, { k: name }, { metadata: { labels: { letter: name } } });
    fake.put('components', 'shop', 'redis', { spec: { type: 'state.redis' } });
    const api = configOf(fake).makeApiClient(CoreV1Api);
    expect(await api.readNamespacedSecret({ namespace: 'shop', name: 'b' })).toMatchObject({
      kind: 'Secret',
      data: { k: 'Yg==' },
    });
    const first = await api.listNamespacedSecret({ namespace: 'shop', limit: 2 });
    expect(first.items.map(({ metadata }) => metadata?.name)).toEqual(['a', 'b']);
    expect(first.metadata?.remainingItemCount).toBe(1);
    const rest = await api.listNamespacedSecret({ namespace: 'shop', limit: 2, _continue: first.metadata?._continue as string });
    expect(rest.items.map(({ metadata }) => metadata?.name)).toEqual(['c']);
    expect(rest.metadata?._continue).toBeUndefined();
    const chosen = await api.listNamespacedSecret({ namespace: 'shop', labelSelector: 'letter notin (a, c)' });
    expect(chosen.items).toHaveLength(1);
    const custom = configOf(fake).makeApiClient(CustomObjectsApi);
    const place = { group: 'dapr.io', version: 'v1alpha1', namespace: 'shop', plural: 'components' };
    expect(await custom.getNamespacedCustomObject({ ...place, name: 'redis' })).toMatchObject({ kind: 'Component' });
  });

  it('refuses with a Status', async () => {
    await using fake = await FakeKubernetes.start({ users: { me: { name: 'me', rules: [] } } });
    const refusal = async (token: string, name = 'x') => {
      const api = configOf(fake, token).makeApiClient(CoreV1Api);
      return await api
        .readNamespacedSecret({ namespace: 'shop', name })
        .catch(({ code, body }) => (body === undefined ? { code } : JSON.parse(body)));
    };
    expect(await refusal('me')).toMatchObject({
      kind: 'Status',
      code: 403,
      reason: 'Forbidden',
      details: { name: 'x', kind: 'secrets' },
    });
    expect(await refusal('admin-token')).toMatchObject({ code: 404, reason: 'NotFound', message: 'secrets "x" not found' });
    // This client drops the body of a 401.
    expect(await refusal('nobody')).toEqual({ code: 401 });
  });

  it('watches', async () => {
    await using fake = await FakeKubernetes.start({ pieces: 5 });
    const seen: string[] = [];
    const done = Promise.withResolvers<void>();
    const query = { resourceVersion: '1', allowWatchBookmarks: true };
    const controller = await new Watch(configOf(fake)).watch(
      '/api/v1/namespaces/shop/secrets',
      query,
      (type, object) => {
        seen.push(`${type} ${object.metadata.name ?? object.metadata.resourceVersion}`);
        if (seen.length === 4) done.resolve();
      },
      () => undefined,
    );
    fake.secret('shop', 'a', {});
    fake.secret('shop', 'a', { k: 'v' });
    fake.delete('secrets', 'shop', 'a');
    while (fake.eachWatch(() => undefined) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    fake.bookmark();
    await done.promise;
    expect(seen).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'BOOKMARK 4']);
    controller.abort();
  });
});
