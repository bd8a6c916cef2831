import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const READY = 30_000;

/** A `cofferd` of an application, as it is installed there. It listens on a socket in the folder, and on no port. */
export class Cofferd implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #socket: string;

  private constructor(child: ChildProcess, socket: string) {
    this.#child = child;
    this.#socket = socket;
  }

  static async start(
    folder: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Cofferd> {
    await mkdir(join(folder, 'sockets'), { recursive: true });
    const flags = ['--app-id=shop', '--unix-domain-socket=sockets', '--enable-metrics=false', ...args];
    const child = spawn(process.execPath, [join(folder, 'node_modules/@coffer/server/bin/cofferd.js'), ...flags], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (log += text));
    const cofferd = new Cofferd(child, join(folder, 'sockets/dapr-shop-http.socket'));
    const deadline = Date.now() + READY;
    while ((await cofferd.get('/v1.0/healthz').catch(() => undefined))?.status !== 204) {
      if (child.exitCode === null && Date.now() < deadline) await setTimeout(50);
      else {
        await cofferd[Symbol.asyncDispose]();
        throw new Error(`cofferd did not get ready\n${log}`);
      }
    }
    return cofferd;
  }

  async get(path: string): Promise<{ readonly status: number | undefined; readonly body: string }> {
    const sent = request({ socketPath: this.#socket, path }).end();
    const [response] = await once(sent, 'response');
    let body = '';
    for await (const chunk of response.setEncoding('utf8')) body += chunk;
    return { status: response.statusCode, body };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'close');
  }
}
