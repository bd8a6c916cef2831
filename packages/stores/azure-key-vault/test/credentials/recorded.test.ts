import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strictDialect } from '@coffer/core';
import { checkSettings, isSecretStoreError, type Logger, secretStoreErrorFrom } from '@coffer/core/driver';
import { answer, type FakeService, hang, type SeenRequest } from '@coffer/fake-services';
import {
  FakeDirectory,
  type ManagedIdentity,
  signJwt,
  startFakeAppService,
  startFakeEntra,
  startFakeImds,
} from '@coffer/fake-services/azure/identity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definition } from '../../src/definition.ts';
import { AzureKeyVaultStore } from '../../src/store.ts';
import { startNetwork } from '../network.ts';
import { authority, startVault } from '../vault.ts';
import { makeCertificate, pkcs12Of } from './certificates.ts';
import { CLIENT, TENANT } from './setup.ts';

interface Call {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
}

/** What a daprd asked of whoever gives tokens, and what its client was told. */
interface Recorded {
  readonly case: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  /** The metadata service of the machine; absent when there is none. */
  readonly imds?: 'up' | 'refused';
  readonly initError?: string;
  /** Calls while the component starts. */
  readonly atStart?: readonly Call[];
  readonly reads?: readonly {
    readonly name: string;
    readonly calls: readonly Call[];
    readonly data?: Readonly<Record<string, string>>;
    /** What the client was told; of what a library says, only what comes before it. */
    readonly message?: string;
  }[];
}

const CASES: readonly Recorded[] = JSON.parse(readFileSync(new URL('../recorded/identity.json', import.meta.url), 'utf8'));
const LOGINS: Readonly<Record<string, string>> = {
  AzureChinaCloud: 'login.chinacloudapi.cn',
  AzureUSGovernmentCloud: 'login.microsoftonline.us',
};
const VAULTS: Readonly<Record<string, string>> = { AzureChinaCloud: 'azure.cn', AzureUSGovernmentCloud: 'usgovcloudapi.net' };
/** The identity of the recorded machine, which its client id named too. */
const IDENTITY: ManagedIdentity = { clientId: CLIENT, objectId: CLIENT, resourceId: '/subscriptions/s' };
const HEADER = 'made-up-header';
const SECRET = 'made-up-secret';
const hosts = ['login.microsoftonline.com', ...Object.values(LOGINS)];
const tls = authority.issue('login', hosts);
const pem = makeCertificate('shop');
const cluster = generateKeyPairSync('rsa', { modulusLength: 2048 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'azure-recorded-'));
  const root = { commonName: 'root', ...makeCertificate('root') };
  const leaf = makeCertificate('leaf', root);
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const claims = { iss: 'https://cluster.example/', sub: 'shop', aud: 'api://AzureADTokenExchange', exp };
  const files = {
    'app.pem': `${pem.certificate}${pem.key}`,
    'app-chain.pem': `${leaf.certificate}${root.certificate}${leaf.key}`,
    'legacy.pfx': pkcs12Of(pem.key, [pem.certificate], 'pw1', '3des'),
    'modern.pfx': pkcs12Of(pem.key, [pem.certificate], 'pw1', 'aes256'),
    'federated.jwt': signJwt(cluster.privateKey, {}, claims),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the recorded services did that regular ones do not. */
function injectFaults({ case: name }: Recorded, imds: FakeService): void {
  const when = ({ search }: SeenRequest) => search !== '';
  const once = /^az-mi-(\d+)once$/.exec(name)?.[1];
  if (once !== undefined) imds.inject(answer(Number(once), {}, { error: 'made up' }), { when, times: 1 });
  if (name === 'az-mi-500always') imds.inject(answer(500, {}, { error: 'internal' }), { when });
  if (name === 'az-mi-hang') imds.inject(hang());
  if (name === 'az-mi-only-400') {
    imds.inject(answer(400, {}, { error: 'invalid_request', error_description: 'Identity not found' }), { when });
  }
}

/** As the recordings write a call. */
function callOf({ method, path, query, headers, body }: SeenRequest, host: string): Call {
  const form = Object.fromEntries(new URLSearchParams(body.toString()));
  const shown = Object.entries(headers).filter(([name]) => /^(metadata|x-identity-header)$/.test(name));
  const parameters = Object.fromEntries([...query].filter(([name]) => name !== 'client-request-id'));
  return {
    ...{ method, host, path, query: parameters },
    ...(shown.length === 0 ? {} : { headers: Object.fromEntries(shown) as Record<string, string> }),
    ...(body.length === 0 ? {} : { form: comparable(form) }),
  };
}

/** Of a form, what says who asks for what: libraries add what describes themselves, and scopes that have no meaning here. */
function comparable(form: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { grant_type, scope = '', client_id, client_secret, client_assertion_type, client_assertion } = form;
  const members = { grant_type, client_id, client_secret, client_assertion_type };
  const given = Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    ...Object.fromEntries(given),
    scope: scope.split(' ')[0] as string,
    ...(client_assertion === undefined ? {} : { client_assertion: 'given' }),
  };
}
const expected = (calls: readonly Call[] = []) =>
  calls.map((call) => (call.form === undefined ? call : { ...call, form: comparable(call.form) }));

async function start(recorded: Recorded) {
  const { properties, case: name, imds } = recorded;
  const cloud = properties.azureEnvironment ?? '';
  const federated = [{ issuer: 'https://cluster.example/', subject: 'shop', publicKey: cluster.publicKey }];
  const secrets = name === 'az-cs-wrong' ? [] : [SECRET];
  const application = { clientId: CLIENT, secrets, certificates: [pem.certificate], federated };
  const directory = new FakeDirectory({
    tenantId: TENANT,
    applications: [application],
    system: IDENTITY,
    userAssigned: [IDENTITY],
  });
  const suffix = VAULTS[cloud] ?? 'azure.net';
  const vault = await startVault({ tokens: directory.issuer, audience: `https://vault.${suffix}` });
  for (const secret of ['alpha', 'beta']) vault.vault.set(secret, `value of ${secret}`);
  const login = LOGINS[cloud] ?? 'login.microsoftonline.com';
  const services = {
    entra: await startFakeEntra(directory, { tls, authority: `https://${login}` }),
    imds: await startFakeImds(directory),
    appService: await startFakeAppService(directory, HEADER),
  };
  injectFaults(recorded, services.imds);
  const network = await startNetwork(
    new Map([
      [login, services.entra.port],
      ...['azure.net', 'azure.cn', 'usgovcloudapi.net'].map((end) => [`myvault.vault.${end}`, vault.vault.port] as const),
    ]),
  );
  const environment = Object.fromEntries(
    Object.entries(recorded.environment).map(([key, value]) => {
      if (key === 'IDENTITY_ENDPOINT') return [key, `${services.appService.url}/msi/token`];
      return [key, key === 'AZURE_FEDERATED_TOKEN_FILE' ? join(folder, value) : value];
    }),
  );
  const seen = () => [
    ...services.imds.requests.map((request) => callOf(request, '169.254.169.254')),
    ...services.appService.requests.map((request) => callOf(request, '127.0.0.1:4141')),
    ...services.entra.requests.filter(({ method }) => method === 'POST').map((request) => callOf(request, login)),
  ];
  return {
    seen,
    environment: {
      ...network.environment,
      ...environment,
      PATH: '/nowhere',
      AZURE_POD_IDENTITY_AUTHORITY_HOST: imds === 'up' ? services.imds.url : 'http://127.0.0.1:9',
    },
    async [Symbol.asyncDispose]() {
      await network[Symbol.asyncDispose]();
      await vault[Symbol.asyncDispose]();
      for (const service of Object.values(services)) await service.close();
    },
  };
}

/** As the component of the recording; its files are in our folder. */
function propertiesOf({ properties }: Recorded): Readonly<Record<string, string>> {
  const { azureCertificate, azureCertificateFile: file } = properties;
  return {
    ...properties,
    ...(file === undefined ? {} : { azureCertificateFile: join(folder, file) }),
    ...(azureCertificate === undefined ? {} : { azureCertificate: `${pem.key}${pem.certificate}` }),
  };
}

// What can't be equal: daprd asks Microsoft who it is before it asks for a token, which proves nothing about a known cloud.
describe('logins as a daprd of August 2026 has them, under the strict dialect', () => {
  it('has them all', () => expect(CASES).toHaveLength(27));

  it.concurrent.each(CASES.map((recorded) => [recorded.case, recorded] as const))('%s', async (name, recorded) => {
    await using place = await start(recorded);
    const logger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
    const store = new AzureKeyVaultStore({ environment: place.environment, ca: authority.cert });
    const { metadata, problems } = checkSettings(definition, propertiesOf(recorded), 'tolerated');
    try {
      const refused = problems.find(({ severity }) => severity === 'error');
      if (refused !== undefined) {
        expect(refused.message).toBe(recorded.initError);
        return;
      }
      const started = store.init({ component: 's', metadata, dialect: strictDialect, logger });
      if (recorded.initError !== undefined) {
        await expect(started).rejects.toMatchObject({ detail: recorded.initError });
        return;
      }
      await started;
      expect(place.seen()).toEqual(expected(recorded.atStart));
      let before = place.seen().length;
      for (const { name: secret, calls, data, message } of recorded.reads ?? []) {
        // The recorded client gave up after ninety seconds.
        const patience = name === 'az-mi-500always' ? { signal: AbortSignal.timeout(4_000) } : {};
        const read = await store
          .get({ name: secret, metadata: {} }, patience)
          .catch((cause: unknown) => secretStoreErrorFrom(cause));
        const made = place.seen().slice(before);
        before += made.length;
        expect(made).toEqual(expected(calls).slice(0, name === 'az-mi-500always' ? made.length : undefined));
        if (isSecretStoreError(read)) {
          if (message === undefined) expect([name, read.code]).toEqual(['az-mi-500always', 'deadline_exceeded']);
          else expect(read.detail.slice(0, message.length)).toBe(message);
        } else expect({ ...read.data }).toEqual(data);
      }
    } finally {
      await store.close();
    }
  });
});
