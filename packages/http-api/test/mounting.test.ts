import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import { createHttpApi } from '../src/index.ts';
import { fakeRuntime } from './fake-runtime.ts';

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const body = async (url: string, init?: RequestInit) => (await fetch(url, init)).text();

test('in express, beside other routes', async () => {
  const runtime = fakeRuntime();
  const api = createHttpApi({ runtime });
  const app = express();
  app.get('/', (_, response) => void response.send('mine'));
  app.use((request, response, next) => api.handle(request, response, next));
  app.use((request, response) => void response.status(404).send(`nobody's ${request.url}`));
  const url = await listen(app);
  expect(await body(url)).toBe('mine');
  expect(await body(`${url}/v1.0/secrets/memory/k1`)).toBe('{"k1":"v1"}\n');
  expect(await body(`${url}/v1.0/metadata/a`, { method: 'PUT', body: 'b' })).toBe('');
  expect(JSON.parse(await body(`${url}/v1.0/metadata`))).toMatchObject({ extended: { a: 'b' } });
  expect(await body(`${url}/v1.0/secrets/memory/k1`, { method: 'POST' })).toBe("nobody's /v1.0/secrets/memory/k1");
  expect(await body(`${url}/other?x`)).toBe("nobody's /other?x");
});

test('in express, under a path', async () => {
  const api = createHttpApi({ runtime: fakeRuntime() });
  const url = await listen(express().use('/sidecar', (request, response) => api.handle(request, response)));
  expect(await body(`${url}/sidecar/v1.0/secrets/memory/k1`)).toBe('{"k1":"v1"}\n');
});

test('in node:http', async () => {
  const api = createHttpApi({ runtime: fakeRuntime() });
  const url = await listen((request, response) => api.handle(request, response));
  expect(await body(`${url}/v1.0/secrets/memory/k1`)).toBe('{"k1":"v1"}\n');
  expect(await body(`${url}/other`)).toContain('ERR_DIRECT_INVOKE');
});
