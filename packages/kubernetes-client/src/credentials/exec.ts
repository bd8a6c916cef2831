import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { KubernetesError } from '../errors.ts';
import type { Credential, CredentialSource } from './credentials.ts';

/** `users[].user.exec` of a kubeconfig. */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly installHint: string;
  readonly interactiveMode: string;
  /** Told to the plugin when it asks for it (`provideClusterInfo`). */
  readonly cluster: Readonly<Record<string, unknown>> | undefined;
}

/** A plugin that takes longer waits for somebody at a keyboard. */
const LONGEST_RUN = 60_000;
const MOST_OUTPUT = 2 ** 20;
/** A credential this close to its end is not used: the request takes time too. */
const MARGIN = 10_000;
const API_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

const run = promisify(execFile);

/**
 * A program that prints a credential (`aws eks get-token`, `kubelogin`, `gke-gcloud-auth-plugin`). It runs when the credential
 * is needed, has expired or was refused; one run serves everybody who waits for it. Fails with `configuration`; nothing that
 * the program prints is in the message, for it may be a credential.
 */
export class ExecCredentials implements CredentialSource {
  readonly #plugin: ExecPlugin;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  #credential: Credential | undefined;
  #expiresAt = Number.POSITIVE_INFINITY;
  #running: Promise<Credential> | undefined;

  constructor(plugin: ExecPlugin, environment: Readonly<Record<string, string | undefined>>) {
    if (!API_VERSIONS.includes(plugin.apiVersion)) {
      const hint = `write apiVersion: ${API_VERSIONS[0]}`;
      throw new KubernetesError('configuration', `exec plugin: invalid apiVersion ${JSON.stringify(plugin.apiVersion)}`, {
        hint,
      });
    }
    if (plugin.interactiveMode === 'Always') {
      throw new KubernetesError('configuration', 'exec plugin cannot support interactive mode: standard input is unavailable');
    }
    this.#plugin = plugin;
    this.#environment = environment;
  }

  async current(): Promise<Credential> {
    if (this.#credential !== undefined && Date.now() < this.#expiresAt - MARGIN) return this.#credential;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return await this.#running;
  }

  renew(): boolean {
    this.#credential = undefined;
    return true;
  }

  async #run(): Promise<Credential> {
    const { command, args, env, apiVersion, cluster, installHint } = this.#plugin;
    const spec = { interactive: false, ...(cluster === undefined ? {} : { cluster }) };
    const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec });
    let output: string;
    try {
      const running = run(command, [...args], {
        env: { ...this.#environment, ...env, KUBERNETES_EXEC_INFO: info },
        timeout: LONGEST_RUN,
        maxBuffer: MOST_OUTPUT,
        windowsHide: true,
      });
      running.child.stdin?.end();
      output = (await running).stdout;
    } catch (cause) {
      throw new KubernetesError('configuration', `getting credentials: exec: ${endOf(command, cause)}`, {
        hint: installHint === '' ? `run ${command} by hand to see what it says` : installHint,
      });
    }
    return this.#read(output);
  }

  #read(output: string): Credential {
    const { command, apiVersion } = this.#plugin;
    const wrong = (what: string) =>
      new KubernetesError('configuration', `getting credentials: exec: ${command} printed ${what}, not an ExecCredential`);
    let printed: { kind?: unknown; apiVersion?: unknown; status?: Record<string, unknown> } | null;
    try {
      printed = JSON.parse(output);
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      throw wrong('no JSON');
    }
    if (printed?.kind !== 'ExecCredential') throw wrong('another kind');
    if (printed.apiVersion !== apiVersion) throw wrong(`another apiVersion than ${apiVersion}`);
    const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = printed.status ?? {};
    const hasCertificate = typeof cert === 'string' && typeof key === 'string';
    if (typeof token !== 'string' && !hasCertificate) throw wrong('neither a token nor a certificate with its key');
    this.#expiresAt = typeof expirationTimestamp === 'string' ? Date.parse(expirationTimestamp) : Number.POSITIVE_INFINITY;
    this.#credential = { ...(typeof token === 'string' ? { token } : {}), ...(hasCertificate ? { cert, key } : {}) };
    return this.#credential;
  }
}

function endOf(command: string, cause: unknown): string {
  const { code, killed } = cause as { code?: unknown; killed?: unknown };
  if (code === 'ENOENT') return `executable ${command} not found`;
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `executable ${command} printed too much`;
  if (killed === true) return `executable ${command} did not end within ${LONGEST_RUN / 1000}s`;
  return `executable ${command} failed with exit code ${String(code)}`;
}
