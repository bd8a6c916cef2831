import { MAX_BODY, pick } from './describe.mjs';
import { bytesOf } from './server-run.mjs';

// {grpc: {method, request, metadata}}: a unary call of the Dapr service, or of any service by full name with base64 request.
export async function grpc(run, step) {
  const { method, request = {}, metadata = {}, show = [], reflection } = step.grpc;
  const { grpc: lib, definitions } = run.grpc;
  const mask = run.masker(step);
  const address = run.testCase.unix ? `unix:${run.dir}/sockets/dapr-app1-grpc.socket` : `127.0.0.1:${run.values.grpcPort}`;
  const client = new lib.Client(address, lib.credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.enable_retries': 0,
  });
  const sent = new lib.Metadata();
  for (const [name, value] of Object.entries(run.fill(metadata))) {
    for (const one of [value].flat()) sent.add(name, name.endsWith('-bin') ? Buffer.from(one, 'base64') : one);
  }
  try {
    if (reflection) return await listServices(lib, client, definitions, reflection, sent, mask);
    const own = definitions['dapr.proto.runtime.v1.Dapr'][method];
    const raw = {
      path: method,
      requestSerialize: (value) => Buffer.from(value, 'base64'),
      responseDeserialize: (bytes) => bytes.toString('base64'),
    };
    const definition = own ?? raw;
    let initial;
    const outcome = await new Promise((resolve) => {
      const filled = own ? expand(run.fill(request)) : typeof request === 'string' ? request : '';
      const call = client.makeUnaryRequest(
        definition.path,
        definition.requestSerialize,
        definition.responseDeserialize,
        filled,
        sent,
        { deadline: Date.now() + 20_000 },
        (error, value) => resolve({ error, value }),
      );
      call.on('metadata', (received) => (initial = received));
    });
    const observed = outcome.error
      ? {
          code: lib.status[outcome.error.code],
          message: mask(outcome.error.details),
          ...errorDetails(outcome.error, definitions, mask),
        }
      : { code: 'OK', response: describeMessage(own ? pick(plain(outcome.value), step) : outcome.value, step, mask) };
    for (const name of show)
      observed[name] = (initial?.get(name) ?? []).map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : mask(value)));
    return observed;
  } finally {
    client.close();
  }
}

// Lets a request member be {repeat: [...]} for long strings.
function expand(value) {
  if (Array.isArray(value)) return value.map(expand);
  if (value && typeof value === 'object')
    return value.repeat ? bytesOf(value).toString() : Object.fromEntries(Object.entries(value).map(([k, v]) => [k, expand(v)]));
  return value;
}

function describeMessage(value, step, mask) {
  const text = JSON.stringify(value);
  if (text.length > (step.maxBody ?? MAX_BODY)) return { length: text.length };
  return JSON.parse(mask(text));
}

// Drops unset members and class identities.
function plain(value) {
  return JSON.parse(JSON.stringify(value));
}

function errorDetails(error, definitions, mask) {
  const bytes = error.metadata?.get('grpc-status-details-bin')[0];
  if (!bytes) return {};
  const { responseDeserialize: errorInfo, requestDeserialize: status } = definitions['google.rpc.Unused'].Unused;
  const details = status(bytes).details.map((any) =>
    any.type_url.endsWith('google.rpc.ErrorInfo')
      ? { '@type': any.type_url, ...errorInfo(any.value) }
      : { '@type': any.type_url },
  );
  return { details: JSON.parse(mask(JSON.stringify(plain(details)))) };
}

async function listServices(lib, client, definitions, version, metadata, mask) {
  const method = definitions['grpc.reflection.v1alpha.ServerReflection'].ServerReflectionInfo;
  return new Promise((resolve) => {
    const stream = client.makeBidiStreamRequest(
      method.path.replace('v1alpha', version),
      method.requestSerialize,
      method.responseDeserialize,
      metadata,
      { deadline: Date.now() + 10_000 },
    );
    stream.on('data', (message) => {
      resolve({ code: 'OK', response: (message.list_services_response?.service ?? []).map((service) => service.name).sort() });
      stream.end();
    });
    stream.on('error', (error) => resolve({ code: lib.status[error.code], message: mask(error.details) }));
    stream.write({ list_services: '*' });
  });
}
