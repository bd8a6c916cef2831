// gRPC over node:http2: one connection, as a channel of a gRPC client has, with so many calls in flight on it. Every answer
// must have grpc-status 0 and the bytes that are expected.
import { once } from 'node:events';
import http2 from 'node:http2';
import { ANSWER, frame, METHOD, REQUEST } from '../messages.mjs';

const EXPECTED = frame(ANSWER);
const BODY = frame(REQUEST);

/** Whether a server answers GetSecret as it should. */
export async function ready({ port, token }) {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {}); // the call's own error says it
  try {
    const { failure } = await new Promise((resolve) => call(session, headers(port, token), (failure) => resolve({ failure })));
    return failure === undefined;
  } finally {
    session.destroy();
  }
}

/** Keeps so many calls in flight and reports the milliseconds of each answered one; answers the function that ends it. */
export async function drive({ port, token, inFlight, answered }) {
  let ended = false;
  const session = http2.connect(`http://127.0.0.1:${port}`);
  await once(session, 'connect');
  session.on('close', () => {
    if (!ended) throw new Error('the server ended the connection');
  });
  const requestHeaders = headers(port, token);
  const repeat = () => {
    const sentAt = performance.now();
    call(session, requestHeaders, (failure) => {
      if (ended) return;
      if (failure) throw new Error(failure);
      answered(performance.now() - sentAt);
      repeat();
    });
  };
  for (let count = 0; count < inFlight; count++) repeat();
  return () => {
    ended = true;
    session.destroy();
  };
}

const headers = (port, token) => ({
  ':method': 'POST',
  ':scheme': 'http',
  ':path': METHOD,
  ':authority': `127.0.0.1:${port}`,
  'content-type': 'application/grpc',
  te: 'trailers',
  'dapr-api-token': token,
});

/** One call; `done` gets nothing, or what is wrong with the answer. */
function call(session, requestHeaders, done) {
  let body = Buffer.alloc(0);
  let status;
  const take = (received) => {
    status = received['grpc-status'] ?? status;
  };
  const stream = session.request(requestHeaders);
  stream.on('response', take);
  stream.on('trailers', take);
  stream.on('data', (chunk) => {
    body = body.length === 0 ? chunk : Buffer.concat([body, chunk]);
  });
  stream.on('error', (error) => done(error.message));
  stream.on('end', () => {
    if (status === '0' && body.equals(EXPECTED)) done();
    else done(`not the answer: grpc-status ${status}, ${body.length} bytes where ${EXPECTED.length} are expected`);
  });
  stream.end(BODY);
}
