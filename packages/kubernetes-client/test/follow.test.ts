import { setTimeout as sleep } from 'node:timers/promises';
import { FakeKubernetes } from '@coffer/fake-kubernetes';
import { describe, expect, it } from 'vitest';
import { type Change, type FollowOptions, follow, type KubernetesClient, type KubernetesError } from '../src/index.ts';
import { clientOf, failureOf, secret, secrets } from './support.ts';

/** Follows in the background; `seen` has every change as text. */
function record(client: KubernetesClient, options: FollowOptions = {}, resource = secrets('a')) {
  const seen: string[] = [];
  const troubles: KubernetesError[] = [];
  const controller = new AbortController();
  const onTrouble = (failure: KubernetesError) => troubles.push(failure);
  const text = (change: Change) => (change.kind === 'synced' ? change.kind : `${change.kind} ${change.object.metadata.name}`);
  const running = (async () => {
    for await (const change of follow(client, resource, { onTrouble, signal: controller.signal, ...options }))
      seen.push(text(change));
  })();
  running.catch(() => undefined);
  return {
    seen,
    troubles,
    running,
    /** Waits until the changes are these. */
    async until(...expected: string[]) {
      for (let tries = 0; tries < 2000 && seen.length < expected.length; tries++) await sleep(10);
      expect(seen).toEqual(expected);
      seen.splice(0);
    },
    async stop() {
      controller.abort();
      return await failureOf(running);
    },
  };
}
const untilWatched = async (fake: FakeKubernetes) => {
  while (fake.eachWatch(() => undefined) === 0) await sleep(5);
};
const lists = (fake: FakeKubernetes) => fake.requests.filter((path) => !path.includes('watch=1')).length;

describe('follow', () => {
  it('tells what is there, and then what changes, wherever the bytes are cut', async () => {
    await using fake = await FakeKubernetes.start({ pieces: 3 });
    fake.secret('a', 'one', { k: '日本' });
    fake.secret('b', 'elsewhere', {});
    const followed = record(await clientOf(fake));
    await followed.until('changed one', 'synced');
    fake.secret('a', 'two', {});
    fake.secret('a', 'one', { k: 'new' });
    fake.delete('secrets', 'a', 'two');
    fake.secret('b', 'elsewhere', { k: 'new' });
    await followed.until('changed two', 'changed one', 'removed two');
    expect((await followed.stop()).reason).toBe('canceled');
    expect(followed.troubles).toEqual([]);
  });

  it('goes on where it was when a watch ends or breaks, and misses nothing', async () => {
    await using fake = await FakeKubernetes.start();
    const followed = record(await clientOf(fake));
    await followed.until('synced');
    for (const [name, act] of [
      ['ended', 'end'],
      ['cut', 'cut'],
    ] as const) {
      await untilWatched(fake);
      fake.eachWatch((watch) => watch[act]());
      fake.secret('a', name, {});
      await followed.until(`changed ${name}`);
    }
    expect(lists(fake)).toBe(1);
    expect(followed.troubles.map(({ reason }) => reason)).toEqual(['unavailable']);
    await followed.stop();
  });

  it('lists again after 410, as an answer and as an event, and tells the differences only', async () => {
    await using fake = await FakeKubernetes.start();
    for (const name of ['kept', 'changed', 'removed']) fake.secret('a', name, {});
    const followed = record(await clientOf(fake));
    await followed.until('changed changed', 'changed kept', 'changed removed', 'synced');
    await untilWatched(fake);
    fake.eachWatch((watch) => watch.hang());
    fake.delete('secrets', 'a', 'removed');
    fake.secret('a', 'changed', { k: 'new' });
    fake.compact();
    fake.eachWatch((watch) => watch.cut());
    await followed.until('removed removed', 'changed changed');
    expect(lists(fake)).toBe(2);
    await untilWatched(fake);
    fake.expireWatches();
    fake.secret('a', 'added', {});
    await followed.until('changed added');
    expect(lists(fake)).toBe(3);
    expect(followed.troubles.map(({ reason }) => reason)).toEqual(['unavailable', 'gone', 'gone']);
    await followed.stop();
  });

  it('knows a 410 whatever the parser makes of numbers', async () => {
    await using fake = await FakeKubernetes.start();
    const parse = (text: string) => JSON.parse(text, (_, value) => (typeof value === 'number' ? { text: String(value) } : value));
    const followed = record(await clientOf(fake), { parse });
    await followed.until('synced');
    await untilWatched(fake);
    fake.compact();
    fake.expireWatches();
    fake.secret('a', 'one', {});
    await followed.until('changed one');
    expect(followed.troubles.map(({ reason }) => reason)).toEqual(['gone']);
    await followed.stop();
  });

  it('moves on by bookmarks, so that a quiet watch is not too old', async () => {
    await using fake = await FakeKubernetes.start();
    const followed = record(await clientOf(fake));
    await followed.until('synced');
    await untilWatched(fake);
    fake.secret('b', 'elsewhere', {});
    fake.compact();
    fake.bookmark();
    await sleep(100);
    fake.eachWatch((watch) => watch.cut());
    fake.secret('a', 'one', {});
    await followed.until('changed one');
    expect(lists(fake)).toBe(1);
    await followed.stop();
  });

  it('notices a watch that hangs, ten seconds after it should have ended', async () => {
    await using fake = await FakeKubernetes.start();
    const followed = record(await clientOf(fake), { watchSeconds: 1 });
    await followed.until('synced');
    await untilWatched(fake);
    // The end of the watch does not reach the client either.
    fake.eachWatch((watch) => watch.hang());
    fake.secret('a', 'one', {});
    await followed.until('changed one');
    expect(followed.troubles).toMatchObject([{ reason: 'timeout' }]);
    await followed.stop();
  });

  it('survives a restart of the server, and comes back with pauses that grow', async () => {
    await using fake = await FakeKubernetes.start();
    const followed = record(await clientOf(fake));
    await followed.until('synced');
    await untilWatched(fake);
    await fake.pause();
    while (followed.troubles.length < 4) await sleep(20);
    fake.secret('a', 'one', {});
    await fake.resume();
    await followed.until('changed one');
    expect(new Set(followed.troubles.map(({ reason }) => reason))).toEqual(new Set(['unavailable']));
    await followed.stop();
  });

  it('names the rule when the right to watch is taken away', async () => {
    const rules = (verbs: string[]) => [{ verbs, resources: ['secrets'], namespace: 'a' }];
    await using fake = await FakeKubernetes.start({ users: { me: { name: 'me', rules: rules(['list', 'watch']) } } });
    const followed = record(await clientOf(fake, 'me'));
    await followed.until('synced');
    await untilWatched(fake);
    fake.users.set('me', { name: 'me', rules: rules(['list']) });
    fake.eachWatch((watch) => watch.end());
    while (followed.troubles.length === 0) await sleep(20);
    expect(followed.troubles[0]).toMatchObject({
      reason: 'forbidden',
      message: 'secrets is forbidden: User "me" cannot watch resource "secrets" in API group "" in the namespace "a"',
      hint: 'add to a Role in namespace a: {apiGroups: [""], resources: [secrets], verbs: [watch]}',
    });
    expect((await followed.stop()).reason).toBe('canceled');
  });

  it('fails when the first list does', async () => {
    await using fake = await FakeKubernetes.start();
    fake.users.set('me', { name: 'me', rules: [] });
    expect((await failureOf(record(await clientOf(fake, 'me')).running)).reason).toBe('forbidden');
    await fake.pause();
    expect((await failureOf(record(await clientOf(fake)).running)).reason).toBe('unavailable');
  });

  it('takes lines that are no events, and lines without an end, for a broken watch', async () => {
    await using fake = await FakeKubernetes.start();
    const followed = record(await clientOf(fake));
    await followed.until('synced');
    const watches = () => fake.requests.filter((path) => path.includes('watch=1')).length;
    for (const [index, line] of [
      'not json',
      '{"type":"NEW","object":{}}',
      '{"type":"ADDED"}',
      'null',
      'x'.repeat(9 * 2 ** 20),
    ].entries()) {
      // The one before may not be closed on the other side yet.
      while (watches() <= index) await sleep(5);
      fake.eachWatch((watch) => watch.garble(line));
      const before = followed.troubles.length;
      while (followed.troubles.length === before) await sleep(5);
    }
    expect(followed.troubles.map(({ reason }) => reason)).toEqual([...Array(4).fill('unreadable'), 'too_large']);
    fake.secret('a', 'one', {});
    await followed.until('changed one');
    await followed.stop();
  });

  it('follows one name, by metadata alone', async () => {
    const rules = [{ verbs: ['list', 'watch'], resources: ['secrets'], namespace: 'a', names: ['one'] }];
    await using fake = await FakeKubernetes.start({ users: { me: { name: 'me', rules } } });
    const followed = record(await clientOf(fake, 'me'), { metadataOnly: true }, secret('a', 'one'));
    await followed.until('synced');
    fake.secret('a', 'two', {});
    fake.secret('a', 'one', {});
    await followed.until('changed one');
    await followed.stop();
  });

  it('holds no connection and no timer once it is stopped', async () => {
    await using fake = await FakeKubernetes.start();
    const client = await clientOf(fake);
    const followed = record(client);
    await followed.until('synced');
    await untilWatched(fake);
    await followed.stop();
    while (fake.eachWatch(() => undefined) > 0) await sleep(5);
    client.close();
  });
});
