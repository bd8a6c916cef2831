// `npm start [-- flags of cofferd]`: sets everything up, then serves the example secrets.
import { spawn } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { turbo } from './lib/command.mjs';
import { Failure, main } from './lib/failure.mjs';
import { install } from './lib/install.mjs';
import { root } from './lib/workspace.mjs';

await main(async (extra) => {
  await install();
  await build();
  const flags = new Map(extra.flatMap((arg, i) => (arg.startsWith('-') ? [flagOf(arg, extra[i + 1])] : [])));
  const port = Number(flags.get('dapr-http-port') ?? 3500);
  const overSocket = flags.has('unix-domain-socket');
  if (!overSocket) {
    await refuseTakenPort(port, '--dapr-http-port', port + 1);
    await refuseTakenPort(Number(flags.get('dapr-grpc-port') ?? 50001), '--dapr-grpc-port', 50002);
  }
  if (flags.get('enable-metrics') !== 'false')
    await refuseTakenPort(Number(flags.get('metrics-port') ?? 9090), '--metrics-port', 9091);
  return serve(['--app-id', 'example', '--resources-path', 'examples/components', ...extra], overSocket ? undefined : port);
});

async function build() {
  const slow = setTimeout(() => console.log('Building cofferd and coffer …'), 1500);
  const code = await turbo(['build'], { show: 'failure', args: ['--filter=@coffer/server...', '--filter=coffer...'] });
  clearTimeout(slow);
  if (code !== 0) throw new Failure('The build failed; the reason is above.');
}

/** `--name=value` or `--name value`. */
function flagOf(arg, next) {
  const [name, value] = arg.replace(/^--?/, '').split(/=(.*)/s);
  return [name, value ?? next];
}

/** cofferd itself tries a taken port for 10 seconds, as the reference does; here the answer should come at once. */
async function refuseTakenPort(port, flag, another) {
  const taken = await new Promise((resolve) => {
    const probe = net.createServer().once('error', (error) => resolve(error.code === 'EADDRINUSE'));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(false)));
  });
  if (taken)
    throw new Failure(
      `Port ${port} is taken by another program: stop that, or choose another port with: npm start -- ${flag} ${another}`,
    );
}

/** Runs cofferd until it ends and answers its exit code. Signals are passed on; cofferd decides what they mean. */
async function serve(args, port) {
  // A process group of its own: Ctrl-C reaches it once, from here, and not a second time from the terminal or from npm.
  const child = spawn('cofferd', args, { cwd: root, stdio: 'inherit', detached: true });
  const last = {};
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      const now = Date.now();
      if (now - (last[signal] ?? 0) > 300) child.kill(signal);
      last[signal] = now;
    });
  }
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
  if (port !== undefined) await announce(port, ended);
  return ended;
}

/** Prints the line to type once the server is ready. */
async function announce(port, ended) {
  let running = true;
  const stopped = ended.finally(() => (running = false));
  while (running && !(await healthy(port))) await Promise.race([stopped, sleep(100)]);
  if (!running) return;
  const token = process.env.DAPR_API_TOKEN ? ' -H "dapr-api-token: $DAPR_API_TOKEN"' : '';
  console.log(
    `\nReady. In another shell:\n\n  curl${token} http://127.0.0.1:${port}/v1.0/secrets/example/greeting\n\nCtrl-C stops it.\n`,
  );
}

async function healthy(port) {
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port, path: '/v1.0/healthz', agent: false, timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 204);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
