import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Answer, createAuthority, type SeenRequest, startFakeService } from '@coffer/fake-services';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { open } from './open.ts';

interface Worked {
  /** The service as the example describes it. */
  readonly answer: (request: SeenRequest) => Answer;
  /** What a name reads as, and with what metadata. */
  readonly reads: readonly (readonly [name: string, metadata: Readonly<Record<string, string>>, read: object])[];
  readonly list?: readonly (readonly string[])[];
}

const CREDENTIAL = 'canary-credential';

const WORKED: Readonly<Record<string, Worked>> = {
  'rest-vault.yaml': {
    answer: ({ path, query, headers }) => {
      if (headers.authorization !== `Bearer ${CREDENTIAL}`) return { status: 401 };
      if (path === '/v1/whoami') return { status: 200, body: 'me' };
      const version = Number(query.get('version') ?? 7);
      return { status: 200, body: { data: { value: `v${version}` }, meta: { version, expires: '2026-12-01T00:00:00Z' } } };
    },
    reads: [
      ['db', {}, { data: { db: 'v7' }, version: '7', expiresAt: Date.UTC(2026, 11, 1) }],
      ['db', { version_id: '6' }, { data: { db: 'v6' }, version: '6' }],
    ],
  },
  'values-and-versions.yaml': {
    answer: ({ method, body, headers }) => {
      if (method !== 'POST' || headers['x-api-key'] !== CREDENTIAL) return { status: 401 };
      const { item, revision = '4', vault } = JSON.parse(String(body));
      const fields = [
        { label: 'user', value: vault },
        { label: 'password', value: `p${revision}` },
      ];
      return { status: 200, body: { item: item === 'db' ? { fields, revision: Number(revision) } : null } };
    },
    reads: [
      ['db', {}, { data: { user: 'shop', password: 'p4' }, version: '4' }],
      ['db', { version_id: '3' }, { data: { user: 'shop', password: 'p3' }, version: '3' }],
      ['other', {}, { code: 'not_found' }],
    ],
  },
  'paged-list.yaml': {
    answer: ({ path, query, clientName }) => {
      if (clientName !== 'shop') return { status: 401 };
      if (path !== '/v2/secrets') return { status: 200, body: { payload: Buffer.from(path).toString('base64') } };
      if (query.get('cursor') === 'b') return { status: 200, body: { secrets: [{ id: 'c' }], next_cursor: null } };
      return { status: 200, body: { secrets: [{ id: 'a' }, { id: 'b' }], next_cursor: 'b' } };
    },
    reads: [['a', {}, { data: { a: '/v2/secrets/a/payload' } }]],
    list: [['a', 'b'], ['c']],
  },
  'consul.yaml': {
    answer: ({ path, search, headers }) => {
      if (headers['x-consul-token'] !== CREDENTIAL) return { status: 403 };
      if (path === '/v1/acl/token/self') return { status: 200, body: {} };
      if (search === '?keys') return { status: 200, body: ['shop/db', 'shop/mail'] };
      const value = { Key: path.slice('/v1/kv/'.length), Value: Buffer.from('p').toString('base64'), ModifyIndex: 812 };
      return path === '/v1/kv/shop/db' ? { status: 200, body: [value] } : { status: 404 };
    },
    reads: [
      ['shop/db', {}, { data: { 'shop/db': 'p' }, version: '812' }],
      ['shop%2Fdb', {}, { code: 'not_found' }],
    ],
    list: [['shop/db', 'shop/mail']],
  },
};

const folder = new URL('../examples/', import.meta.url);

it('every example is worked through', () => expect(readdirSync(folder)).toEqual(Object.keys(WORKED).toSorted()));

it.each(Object.entries(WORKED))('%s does with such a service what it says', async (file, { answer, reads, list }) => {
  const authority = createAuthority();
  await using service = await startFakeService(answer, {
    tls: { ...authority.issue('service', ['127.0.0.1']), ca: authority.cert },
  });
  const path = mkdtempSync(join(tmpdir(), 'coffer-http-example-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  const client = authority.issue('shop');
  const files = { 'ca.pem': authority.cert, 'client.pem': client.cert, 'client.key': client.key };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);

  const component = parse(readFileSync(new URL(file, folder), 'utf8')) as {
    readonly spec: { readonly metadata: readonly { readonly name: string; readonly value?: string; readonly envRef?: string }[] };
  };
  const settings = Object.fromEntries(
    component.spec.metadata.map(({ name, value, envRef = '' }) => [
      name,
      (value ?? (envRef.endsWith('_FILE') ? join(path, 'client.key') : CREDENTIAL))
        .replace(/^https:\/\/[^/]+/, service.url)
        .replace('/etc/keys', path),
    ]),
  );
  // The fake is of an authority of its own, and shows every client its wish for a certificate.
  await using opened = await open({ ca: authority.cert, clientCert: client.cert, clientKey: client.key, ...settings });
  for (const [name, metadata, expected] of reads) {
    const read = await opened.read(name, metadata).catch((cause: object) => cause);
    expect(read).toMatchObject(expected);
  }
  if (list !== undefined) expect(await opened.list()).toEqual(list);
  if (settings.pingUrl !== undefined) await opened.store.ping();
  expect(service.requests.length).toBeGreaterThan(0);
});
