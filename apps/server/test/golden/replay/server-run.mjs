// The server under test, in a temporary directory of its own.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/free-port.ts';
import { FakeStore, fakeVault } from './fakes.mjs';
import { exchange } from './http-client.mjs';

const READY_MS = 30_000; // time for healthz to answer 204
export const STOP_MS = 15_000; // time for the process to end after SIGINT

const hasFlag = (args, name) => args.some((arg) => arg.replace(/^--?/, '--').split('=')[0] === name);

export class Run {
  constructor(testCase, options, grpc) {
    Object.assign(this, { testCase, options, grpc });
    this.background = new Map();
    this.sockets = [];
    this.logs = { stdout: '', stderr: '' };
  }

  async start() {
    const { testCase } = this;
    this.dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'g-')));
    this.values = { dir: this.dir };
    for (const name of [
      'httpPort',
      'grpcPort',
      'metricsPort',
      'publicPort',
      'internalPort',
      'profilePort',
      'appPort',
      'vaultPort',
    ])
      this.values[name] = await freePort();
    for (const [name, content] of Object.entries(testCase.files ?? {})) this.write(name, content);
    for (const [name, script] of Object.entries(testCase.stores ?? {})) {
      const socket = path.join(this.dir, name);
      fs.mkdirSync(path.dirname(socket), { recursive: true });
      const store = new FakeStore(this.grpc, socket, script);
      await store.ready;
      this.sockets.push(store);
    }
    if (testCase.vault) {
      const vault = fakeVault(this.values.vaultPort);
      await vault.ready;
      this.sockets.push(vault);
    }
    const args = this.fill(testCase.args ?? []);
    if (testCase.defaults !== false) {
      for (const [flag, value] of Object.entries({
        '--app-id': 'app1',
        '--dapr-http-port': this.values.httpPort,
        '--dapr-grpc-port': this.values.grpcPort,
        '--dapr-internal-grpc-port': this.values.internalPort,
        '--metrics-port': this.values.metricsPort,
        '--dapr-listen-addresses': '127.0.0.1',
        '--metrics-listen-address': '127.0.0.1',
      })) {
        if (!hasFlag(args, flag)) args.push(`${flag}=${value}`);
      }
    }
    // Without DAPR_HOST_IP a sidecar whose machine has only loopback addresses refuses to start.
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, DAPR_HOST_IP: '127.0.0.1', ...this.fill(testCase.env ?? {}) };
    const [command, ...leading] = this.options.command;
    this.child = spawn(command, [...leading, ...args], { cwd: this.dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of ['stdout', 'stderr'])
      this.child[stream].setEncoding('utf8').on('data', (text) => (this.logs[stream] += text));
    this.exited = new Promise((resolve) => {
      this.child.once('error', (error) => resolve({ code: null, signal: String(error.message) }));
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    }).then((exit) => {
      this.exit = exit;
    });
    await this.waitReady(testCase.ready ?? 'healthz');
  }

  // ready: healthz = 204 on healthz; listening = healthz answers anything; none = don't wait.
  async waitReady(kind) {
    if (kind === 'none') return;
    const deadline = Date.now() + READY_MS;
    while (Date.now() < deadline && !this.exit) {
      try {
        const { responses } = await exchange({
          connectTo: this.target({}),
          parts: [`GET /v1.0/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n`],
          methods: ['GET'],
          timeoutMs: 2000,
        });
        if (responses[0] && (kind === 'listening' || responses[0].status === 204)) return;
      } catch {}
      await sleep(20);
    }
    throw new Error(this.exit ? `server exited before it was ready: ${JSON.stringify(this.exit)}` : 'server not ready in time');
  }

  async stop() {
    const observed = { code: null };
    if (!this.child || this.exit) return undefined;
    this.child.kill('SIGINT');
    await Promise.race([this.exited, sleep(STOP_MS, undefined, { ref: false })]);
    if (this.exit) observed.code = this.exit.code;
    return observed;
  }

  async cleanup() {
    if (this.child && !this.exit) {
      this.child.kill('SIGKILL');
      await this.exited;
    }
    for (const store of this.sockets) await store.stop();
    if (this.options.keep) {
      for (const [name, text] of Object.entries(this.logs)) fs.writeFileSync(path.join(this.dir, `${name}.log`), text);
      console.log(`# ${this.testCase.id}: ${this.dir}`);
    } else if (this.dir) fs.rmSync(this.dir, { recursive: true, force: true });
  }

  // Replaces {{name}} placeholders in strings, arrays and objects (values and keys).
  fill(value) {
    if (typeof value === 'string') return value.replace(/\{\{(\w+)\}\}/g, (all, name) => this.values[name] ?? all);
    if (Array.isArray(value)) return value.map((item) => this.fill(item));
    if (value && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [this.fill(k), this.fill(v)]));
    return value;
  }

  // The reverse of fill, followed by the masks of the case and of the step.
  masker(step) {
    const masks = [...(this.testCase.mask ?? []), ...(step.mask ?? [])].map(([regex, to]) => [new RegExp(regex, 'gs'), to]);
    return (text) => {
      let result = text.replaceAll(this.dir, '{{dir}}');
      for (const [name, value] of Object.entries(this.values))
        if (name.endsWith('Port')) result = result.replace(new RegExp(`\\b${value}\\b`, 'g'), `{{${name}}}`);
      for (const [regex, to] of masks) result = result.replace(regex, to);
      return result;
    };
  }

  // A file's content: text, or {base64}, {repeat: [prefix, text, times, suffix]}, {symlink}, {directory: true}, optional mode.
  write(name, content) {
    const file = path.join(this.dir, this.fill(name));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    if (typeof content === 'string') fs.writeFileSync(file, this.fill(content));
    else if (content.directory) fs.mkdirSync(file, { recursive: true });
    else if (content.symlink) fs.symlinkSync(this.fill(content.symlink), file);
    else fs.writeFileSync(file, bytesOf(content));
    if (content.mode) fs.chmodSync(file, parseInt(content.mode, 8));
  }

  target({ listener = 'api' }) {
    if (listener === 'unix') return { path: path.join(this.dir, 'sockets/dapr-app1-http.socket') };
    if (listener === 'api' && this.testCase.unix) return { path: path.join(this.dir, 'sockets/dapr-app1-http.socket') };
    return { host: '127.0.0.1', port: this.values[{ api: 'httpPort', public: 'publicPort', metrics: 'metricsPort' }[listener]] };
  }
}

export function bytesOf(content) {
  if (content === undefined) return Buffer.alloc(0);
  if (typeof content === 'string') return Buffer.from(content, 'utf8');
  if (content.base64 !== undefined) return Buffer.from(content.base64, 'base64');
  const [prefix, text, times, suffix] = content.repeat;
  return Buffer.from(prefix + text.repeat(times) + suffix, 'utf8');
}
