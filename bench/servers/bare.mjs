// node:http with a constant answer: the least that a server in Node can do for one request.
import http from 'node:http';

const body = Buffer.from('{"greeting":"hello from Coffer"}\n');
http
  .createServer((request, response) => {
    if (request.url === '/v1.0/healthz') response.writeHead(204).end();
    else response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
  })
  .listen(Number(process.argv[2]), '127.0.0.1');
