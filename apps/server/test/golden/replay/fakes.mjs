// Stand-ins for what a store talks to: a pluggable store and a Vault that do what the names of the keys say.
import { createServer } from 'node:http';

// A scripted pluggable secret store on a unix socket. What it answers depends on the key that is asked for:
//   empty           no data                          err-CODE-TEXT  gRPC error CODE with message TEXT
//   slow-MS         answers after MS milliseconds    fail-N-ID      fails N times per ID, then answers
//   props           the properties given to Init     echo           the request metadata
//   calls-ID        how often ID was asked for so far (not counting this call)
//   anything else   {key: "value of key"}
// BulkGet follows the Init property `bulk` in the same manner; without one it answers two secrets.

export class FakeStore {
  constructor({ grpc, definitions }, socket, script) {
    this.grpc = grpc;
    this.script = script;
    this.calls = new Map();
    this.inits = new Map();
    this.server = new grpc.Server();
    this.server.addService(definitions['grpc.reflection.v1alpha.ServerReflection'], {
      ServerReflectionInfo: (stream) => this.reflect(stream),
    });
    this.server.addService(definitions['dapr.proto.components.v1.SecretStore'], {
      Init: (call, done) => {
        const properties = call.request.metadata?.properties ?? {};
        this.inits.set(this.instance(call), properties);
        this.count('init');
        if (properties.failInit) return done({ code: grpc.status.INTERNAL, message: properties.failInit });
        setTimeout(() => done(null, {}), Number(properties.initDelay ?? 0));
      },
      Features: (_, done) => done(null, { features: script.features ?? [] }),
      Ping: (_, done) => {
        this.count('ping');
        done(null, {});
      },
      Get: (call, done) => this.answer(call, call.request.key, done, (data) => ({ data })),
      BulkGet: (call, done) => {
        const behaviour = this.inits.get(this.instance(call))?.bulk ?? 'default';
        this.answer(call, behaviour, done, (data) => ({
          data:
            behaviour === 'default'
              ? { one: { secrets: { a: '1' } }, two: { secrets: {} } }
              : Object.keys(data).length === 0
                ? {}
                : { [behaviour]: { secrets: data } },
        }));
      },
    });
    this.ready = new Promise((resolve, reject) =>
      this.server.bindAsync(`unix:${socket}`, grpc.ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      ),
    );
  }

  instance(call) {
    return call.metadata.get('x-component-instance')[0] ?? '';
  }

  count(id) {
    const n = this.calls.get(id) ?? 0;
    this.calls.set(id, n + 1);
    return n;
  }

  reflect(stream) {
    stream.on('data', (request) => {
      const names = this.script.services ?? ['grpc.reflection.v1alpha.ServerReflection', 'dapr.proto.components.v1.SecretStore'];
      stream.write({ original_request: request, list_services_response: { service: names.map((name) => ({ name })) } });
    });
    stream.on('end', () => stream.end());
    stream.on('error', () => {});
  }

  answer(call, key, done, wrap) {
    const before = this.count(key);
    const [kind, first, ...rest] = key.split('-');
    const text = rest.join('-');
    if (kind === 'empty') done(null, wrap({}));
    else if (kind === 'err') done({ code: Number(first), message: text });
    else if (kind === 'slow') setTimeout(() => done(null, wrap({ [key]: 'late' })), Number(first));
    else if (kind === 'fail')
      before < Number(first)
        ? done({ code: 2, message: `failure ${before + 1}` })
        : done(null, wrap({ [key]: `after ${before}` }));
    else if (kind === 'props') done(null, wrap(this.inits.get(this.instance(call)) ?? {}));
    else if (kind === 'echo') done(null, wrap({ ...call.request.metadata }));
    else if (kind === 'instance') done(null, wrap({ instance: this.instance(call) }));
    else if (kind === 'calls') done(null, wrap({ calls: String(this.calls.get(key.slice(6)) ?? 0) }));
    else done(null, wrap({ [key]: `value of ${key}` }));
  }

  async stop() {
    this.server.forceShutdown();
  }
}

// A scripted HashiCorp Vault (KV version 2) on {{vaultPort}}: slow-MS answers late, missing-* is 404, broken-* is 500,
// echo gives the request's method, URL and token, anything else {key: "value of key"}. LIST names two secrets.
export function fakeVault(port) {
  const server = createServer((request, response) => {
    const key = decodeURIComponent(request.url.split('?')[0].split('/').at(-1));
    const [kind, detail] = key.split('-');
    const send = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.method === 'LIST') send(200, { data: { keys: ['one', 'two'] } });
    else if (kind === 'missing') send(404, { errors: [] });
    else if (kind === 'broken') send(500, { errors: ['broken'] });
    else if (kind === 'slow') setTimeout(() => send(200, { data: { data: { [key]: 'late' } } }), Number(detail));
    else if (kind === 'echo')
      send(200, { data: { data: { method: request.method, url: request.url, token: request.headers['x-vault-token'] ?? '' } } });
    else send(200, { data: { data: { [key]: `value of ${key}` } } });
  });
  const ready = new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { ready, stop };
}
