// What is compared of an answer.
import { createHash } from 'node:crypto';

/** Longer bodies are recorded as length and hash. */
export const MAX_BODY = 8192;

// Response headers that are compared: an unexpected one is a difference. Everything else is the library's business.
// Trace headers are compared only in steps with `trace: true`, because they depend on one decision for every answer.
const HEADERS =
  /^(content-type|vary|allow|location|server|x-powered-by|x-content-type-options|www-authenticate|retry-after|access-control-.*|dapr-.*|etag|cache-control|upgrade)$/;
const TRACE_HEADERS = /^(traceparent|tracestate|baggage)$/;

export function describeResponse(response, step, mask) {
  if (!response) return { status: null };
  const headers = {};
  for (const name of Object.keys(response.headers).sort()) {
    if (
      HEADERS.test(name) ||
      (step.trace && TRACE_HEADERS.test(name)) ||
      (name === 'connection' && /close/i.test(response.headers[name]))
    )
      headers[name] = mask(response.headers[name]);
  }
  return { status: response.status, ...(step.headers === false ? {} : { headers }), ...describeBody(response.body, step, mask) };
}

function describeBody(bytes, step, mask) {
  if (bytes.length > (step.maxBody ?? MAX_BODY))
    return { body: { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') } };
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes)) return { body: { base64: bytes.toString('base64') } };
  if (step.as === 'json') {
    try {
      return { json: pick(JSON.parse(mask(text).replace(/:(\{\{\w+\}\})/g, ':"$1"')), step) }; // a masked port is no JSON number
    } catch {
      return { body: mask(text) };
    }
  }
  return { body: mask(text) };
}

// Reduces a JSON document to the members named by step.pick (paths separated by /) and sorts the arrays in step.unordered.
export function pick(value, step) {
  const at = (root, location) => location.split('/').reduce((node, name) => node?.[name], root);
  for (const location of step.unordered ?? [])
    at(value, location)?.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (!step.pick) return value;
  return Object.fromEntries(step.pick.map((location) => [location, at(value, location) ?? null]));
}
