import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestBackend, TestBed } from '@coffer/conformance';
import { createAuthority, startProxy } from '@coffer/fake-services';
import { HttpClient } from '@coffer/http-client';
import { definition } from '../src/definition.ts';
import { brokenSettings, HeldNames, trust, vaultFaults, vaultOperation } from './bed-parts.ts';

// The variables of azure.integration.test.ts. The application may also purge: names are used again.
const {
  COFFER_TEST_AZURE_VAULT_URL: url = '',
  COFFER_TEST_AZURE_AUTHORITY_HOST: azureAuthorityHost = 'https://login.microsoftonline.com',
  COFFER_TEST_AZURE_TENANT_ID: azureTenantId = '',
  COFFER_TEST_AZURE_CLIENT_ID: azureClientId = '',
  COFFER_TEST_AZURE_CLIENT_SECRET: azureClientSecret = '',
  COFFER_TEST_AZURE_CA: caFile = '',
  COFFER_TEST_BACKEND: name = '',
  COFFER_TEST_BACKEND_VERSION: version = '',
} = process.env;

/** The emulator whose address is in the environment; its permissions are all or nothing, so that no secret can be kept back. */
export const realBeds: readonly TestBed[] = [
  { definition, package: new URL('../', import.meta.url), backend: { name, version, tier: 'emulator' }, start },
];

async function start(): Promise<TestBackend> {
  if (url === '') throw new Error('COFFER_TEST_AZURE_VAULT_URL names no vault: npm run test:backends says how');
  const ca = caFile === '' ? undefined : await readFile(caFile, 'utf8');
  const own = createAuthority();
  const { environment, forget } = await trust(`${own.cert}\n${ca ?? ''}`);
  const target = { url: url.replace(/\/$/, ''), ...(ca === undefined ? {} : { ca }) };
  const proxy = await startProxy(target, { tls: own.issue('localhost', ['localhost', '127.0.0.1']) });
  const admin = await Administrator.logIn(ca);
  const held = new HeldNames();
  const settings = { vaultUrl: proxy.url, azureAuthorityHost, azureTenantId, azureClientId, azureClientSecret };
  const set = async (secret: string, value: string) => {
    held.add(secret);
    return await admin.set(secret, value);
  };
  return {
    settings,
    environment,
    brokenSettings: brokenSettings(settings),
    seed: async (secret, values) => ({ version: await set(secret, values[secret] ?? '') }),
    remove: async (secret) => {
      held.remove(secret);
      await admin.remove(secret);
    },
    refuses: (secret, values) => (values[secret] === '' ? 'the emulator refuses an empty value' : held.refusalOf(secret, values)),
    versionHint: 'version_id',
    hints: {
      maxresults: {
        prepare: async () => {
          const names = ['one', 'another', 'a-third'].map((part) => `coffer-kit-${part}`);
          for (const secret of names) await set(secret, 'value');
          return { names, metadata: { maxresults: '2' }, fits: (read) => read.length === 2 };
        },
      },
    },
    ...vaultFaults(proxy),
    calls: () => proxy.requests.map((request) => ({ operation: vaultOperation(request) })),
    close: async () => {
      admin.close();
      await Promise.all([proxy.close(), forget()]);
    },
  };
}

/** Puts and removes secrets past the proxy by plain requests, which know nothing of the driver. */
class Administrator {
  readonly #http: HttpClient;
  readonly #token: string;

  private constructor(http: HttpClient, token: string) {
    this.#http = http;
    this.#token = token;
  }

  static async logIn(ca: string | undefined): Promise<Administrator> {
    const http = new HttpClient(ca === undefined ? {} : { tls: { ca } });
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: azureClientId,
      client_secret: azureClientSecret,
      scope: 'https://vault.azure.net/.default',
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const asked = new URL(`/${azureTenantId}/oauth2/v2.0/token`, azureAuthorityHost);
    const { body } = await http.request({ method: 'POST', url: asked, headers, body: form.toString() });
    return new Administrator(http, (JSON.parse(body.toString()) as { access_token: string }).access_token);
  }

  /** Answers the version. */
  async set(secret: string, value: string): Promise<string> {
    const { status, id } = await this.#call('PUT', `/secrets/${secret}`, { value });
    if (status !== 200) throw new Error(`setting ${secret}: ${status}`);
    return id.split('/').at(-1) ?? '';
  }

  /** For good: while a deleted secret can be recovered, its name is not to be had. */
  async remove(secret: string): Promise<void> {
    const { status } = await this.#call('DELETE', `/secrets/${secret}`);
    if (status === 404) return;
    for (let attempt = 0; attempt < 50; attempt++) {
      const purged = await this.#call('DELETE', `/deletedsecrets/${secret}`);
      if (purged.status === 204) return;
      await sleep(100);
    }
    throw new Error(`${secret} can't be purged`);
  }

  close(): void {
    this.#http.close();
  }

  async #call(method: string, path: string, body?: object): Promise<{ readonly status: number; readonly id: string }> {
    const asked = new URL(`${path}?api-version=7.5`, url);
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    const sent = { method, url: asked, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await this.#http.request(sent);
    const text = answer.body.toString();
    const { id = '' } = (text === '' ? {} : JSON.parse(text)) as { id?: string };
    return { status: answer.status, id };
  }
}
