// node:http2 with a constant answer to every call: the least that a gRPC server in Node can do.
import http2 from 'node:http2';
import { ANSWER, frame } from '../messages.mjs';

const HEADERS = { ':status': 200, 'content-type': 'application/grpc' };
const OPTIONS = { waitForTrailers: true, sendDate: false };
const TRAILERS = { 'grpc-status': '0' };
const body = frame(ANSWER);

function sendTrailers() {
  this.sendTrailers(TRAILERS);
}

http2
  .createServer()
  .on('stream', (stream) => {
    stream.resume(); // a stream whose request is not read never closes
    stream.on('wantTrailers', sendTrailers);
    stream.respond(HEADERS, OPTIONS);
    stream.end(body);
  })
  .listen(Number(process.argv[2]), '127.0.0.1');
