import http2 from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeResponse } from './describe.mjs';
import { exchange } from './http-client.mjs';
import { bytesOf } from './server-run.mjs';

const POLL_MS = 10_000; // time for a waited-for answer to appear

// {http: {method, target, headers, body, listener, via, raw, responses}}: one request, or raw bytes and several responses.
export async function http(run, step) {
  const { method = 'GET', target = '/', headers = {}, body, raw, via } = step.http;
  const mask = run.masker(step);
  if (via === 'h2c') return h2c(run, step, mask);
  const connectTo = run.target(step.http);
  try {
    if (raw !== undefined) {
      const parts = [raw].flat().map((part) => (typeof part === 'string' ? Buffer.from(run.fill(part), 'utf8') : bytesOf(part)));
      const { responses, closed } = await exchange({
        connectTo,
        parts,
        methods: [step.http.responses ?? ['GET']].flat(),
        observeClose: step.http.observeClose,
      });
      return {
        responses: responses.map((response) => describeResponse(response, step, mask)),
        ...(closed === undefined ? {} : { closed }),
      };
    }
    const bytes = body === undefined ? undefined : bytesOf(typeof body === 'string' ? run.fill(body) : body);
    const sent = { host: `127.0.0.1:${connectTo.port ?? 0}`, ...(bytes ? { 'content-length': bytes.length } : {}) };
    for (const [name, value] of Object.entries(headers)) sent[name.toLowerCase()] = value;
    const lines = Object.entries(sent).flatMap(([name, value]) =>
      [value].flat().map((one) => `${name}: ${typeof one === 'object' && one ? bytesOf(one) : run.fill(one)}\r\n`),
    );
    const filled = typeof target === 'string' ? run.fill(target) : bytesOf(target).toString();
    const request = Buffer.concat([
      Buffer.from(`${method} ${filled} HTTP/1.1\r\n${lines.join('')}\r\n`, 'utf8'),
      bytes ?? Buffer.alloc(0),
    ]);
    const { responses, closed } = await exchange({
      connectTo,
      parts: [request],
      methods: [method],
      observeClose: step.http.observeClose,
    });
    return { ...describeResponse(responses[0], step, mask), ...(closed === undefined ? {} : { closed }) };
  } catch (error) {
    return { error: error.code ?? error.message };
  }
}

// HTTP/2 with prior knowledge on the API port.
async function h2c(run, step, mask) {
  const { method = 'GET', target = '/', headers = {}, body } = step.http;
  const session = http2.connect(`http://127.0.0.1:${run.values.httpPort}`);
  try {
    return await new Promise((resolve, reject) => {
      session.on('error', reject);
      const request = session.request(
        { ':method': method, ':path': run.fill(target), ...run.fill(headers) },
        { endStream: body === undefined },
      );
      const chunks = [];
      let response = {};
      request.on('response', (received) => {
        response = received;
      });
      request.on('error', reject);
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const { ':status': status, ...rest } = response;
        const flat = Object.fromEntries(Object.entries(rest).map(([k, v]) => [k, [v].flat().join(', ')]));
        resolve(describeResponse({ status, headers: flat, body: Buffer.concat(chunks) }, step, mask));
      });
      setTimeout(() => reject(new Error('timeout')), 10_000).unref();
      if (body !== undefined) request.end(bytesOf(body));
    });
  } catch (error) {
    return { error: String(error.code ?? error.message).replace(/^ERR_HTTP2_.*/, 'http2 error') };
  } finally {
    session.destroy();
  }
}

// {wait: {http, until: {status, body (regex), lacks (regex)}, ms}}: repeats a request until its answer matches.
export async function wait(run, step) {
  const { until, ms = POLL_MS } = step.wait;
  const deadline = Date.now() + ms;
  for (;;) {
    const seen = await http(run, { ...step, http: step.wait.http, as: 'text', maxBody: 1e9 });
    const body = typeof seen.body === 'string' ? seen.body : '';
    if (
      (until.status === undefined || seen.status === until.status) &&
      (until.error === undefined || Boolean(seen.error) === until.error) &&
      (until.body === undefined || new RegExp(until.body).test(body)) &&
      (until.lacks === undefined || !new RegExp(until.lacks).test(body))
    )
      return { reached: true };
    if (Date.now() > deadline || run.exit) return { reached: false };
    await sleep(50);
  }
}
