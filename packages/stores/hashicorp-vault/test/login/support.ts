import { decodeMetadata, type Logger } from '@coffer/core/driver';
import { type FakeService, startFakeService } from '@coffer/fake-services';
import { type LoginOptions as FakeOptions, VaultLogins } from '@coffer/fake-services/vault/login';
import { HttpClient, type TlsSettings } from '@coffer/http-client';
import { HttpVaultApi } from '../../src/http-vault-api.ts';
import { checkLogin } from '../../src/login/check.ts';
import { type Clock, LONGEST_TIMER } from '../../src/login/clock.ts';
import { createLogin, type LoginOptions } from '../../src/login/login.ts';
import type { LoginSession } from '../../src/login/login-session.ts';
import { type LoginMetadata, loginMetadata } from '../../src/login/metadata.ts';
import { metadata, type VaultMetadata } from '../../src/metadata.ts';
import type { VaultApi } from '../../src/vault-api.ts';

export type Properties = Readonly<Record<string, string>>;

export interface TestVault {
  readonly service: FakeService;
  readonly logins: VaultLogins;
}

/** A server that logs in and answers every other path to who has a token that it knows. */
export async function startVault(
  options: FakeOptions & { tls?: { cert: string; key: string; ca?: string } } = {},
): Promise<TestVault> {
  const logins = new VaultLogins(options);
  const service = await startFakeService(
    (request) =>
      logins.handle(request) ??
      (logins.authenticate(request) === undefined || request.path.endsWith('/denied')
        ? { status: 403, body: { errors: ['permission denied'] } }
        : { status: 200, body: { data: { data: { key: 'value' } } } }),
    options.tls === undefined ? {} : { tls: options.tls },
  );
  return { service, logins };
}

/** Settings as a component file would give them. */
export function settingsOf(properties: Properties): VaultMetadata & LoginMetadata {
  const { metadata: settings, problems } = decodeMetadata({ ...metadata, ...loginMetadata }, properties);
  const all = [...problems, ...checkLogin(settings)];
  if (all.length > 0) throw new Error(all.map(({ message }) => message).join('; '));
  return settings;
}

export interface OpenOptions extends Partial<Omit<LoginOptions, 'api'>> {
  readonly tls?: TlsSettings;
  readonly timeout?: number;
}

export function openLogin(url: string, properties: Properties, { tls, timeout, ...options }: OpenOptions = {}): LoginSession {
  const api = apiOf(url, tls, timeout, properties.vaultNamespace);
  return createLogin(settingsOf(properties), { api, logger: logged().logger, ...options });
}

/** The server without retries, so that tests see every call. */
export function apiOf(address: string, tls: TlsSettings = {}, timeout = 30_000, namespace?: string): VaultApi {
  const http = new HttpClient({ proxy: 'none', tls });
  return new HttpVaultApi({ address, namespace: namespace?.replace(/^\/|\/$/g, '') || undefined, http, timeout, tries: 1 });
}

/** What a reader does: the call with the token, and once more when the token was replaced. */
export async function read(service: FakeService, login: LoginSession, name = 'app'): Promise<number> {
  const api = apiOf(service.url);
  const readWith = async (token: string) => (await api.call({ method: 'GET', path: ['secret', 'data', name], token }, {})).status;
  try {
    const token = await login.token({});
    const status = await readWith(token);
    return status === 403 && (await login.rejected(token)) ? await readWith(await login.token({})) : status;
  } finally {
    api.close();
  }
}

export interface TestClock extends Clock {
  /** Lets time pass; timers that are due run. */
  pass(milliseconds: number): void;
  /** How many timers wait. */
  readonly timers: number;
}

/** Begins at the real time, and then stands still. */
export function testClock(): TestClock {
  let now = Date.now();
  const waiting = new Set<{ at: number; run: () => void }>();
  return {
    now: () => now,
    chance: () => 0.5,
    after(milliseconds, run) {
      const timer = { at: now + Math.min(milliseconds, LONGEST_TIMER), run };
      waiting.add(timer);
      return () => waiting.delete(timer);
    },
    pass(milliseconds) {
      now += milliseconds;
      for (const timer of [...waiting].filter(({ at }) => at <= now)) {
        waiting.delete(timer);
        timer.run();
      }
    },
    get timers() {
      return waiting.size;
    },
  };
}

export function logged(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const write = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return { lines, logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') } };
}

/** Paths that the server was asked for, without `/v1/`. */
export function pathsOf({ requests }: FakeService): string[] {
  return requests.map(({ path }) => path.replace('/v1/', ''));
}
