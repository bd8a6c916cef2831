import { expect, test } from 'vitest';
import { createBrowserGuard } from './browser-guard.ts';
import { createCors } from './cors.ts';
import type { ApiRequest } from './options.ts';

const guard = createBrowserGuard(['sidecar.internal'], createCors('https://app.example'));
const judge = (headers: Record<string, string>, authority?: string) => guard({ headers } as unknown as ApiRequest, authority);

test.each([
  {},
  { host: '' },
  { host: '127.0.0.1:3500' },
  { host: '10.1.2.3' },
  { host: '[::1]:3500' },
  { host: '[fe80::1%eth0]' },
  { host: 'localhost' },
  { host: 'LOCALHOST.:3500' },
  { host: 'shop.localhost:1' },
  { host: 'Sidecar.Internal:3500' },
  { ':authority': 'localhost:3500' },
  { host: 'localhost', origin: 'http://localhost:3000' },
  { host: 'localhost', origin: 'http://127.0.0.1:3000' },
  { host: 'localhost', origin: 'https://sidecar.internal' },
  { host: 'localhost', origin: 'https://app.example', 'sec-fetch-site': 'cross-site' },
  { host: 'localhost', 'sec-fetch-site': 'same-origin' },
  { host: 'localhost', 'sec-fetch-site': 'none' },
])('lets %j pass', (headers) => {
  expect(judge(headers as Record<string, string>)).toBeUndefined();
});

test.each([
  { host: 'evil.example' },
  { host: 'evil.example:3500' },
  { host: 'localhost.evil.example' },
  { host: 'notlocalhost' },
  { host: '127.0.0.1.evil.example' },
  { ':authority': 'evil.example' },
  { host: 'localhost', origin: 'https://evil.example' },
  { host: 'localhost', origin: 'http://203.0.113.7' },
  { host: 'localhost', origin: 'http://127.evil.example' },
  { host: 'localhost', origin: 'null' },
  { host: 'localhost', origin: 'chrome-extension://localhost' },
  { host: 'localhost', 'sec-fetch-site': 'cross-site' },
])('stops %j', (headers) => {
  expect(judge(headers as Record<string, string>)).toEqual(expect.any(String));
});

test('the authority of an absolute target counts, not the Host header', () => {
  expect(judge({ host: 'localhost' }, 'evil.example')).toBe('host "evil.example"');
  expect(judge({ host: 'evil.example' }, '127.0.0.1')).toBeUndefined();
});
