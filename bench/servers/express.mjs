// express with the same route and a constant answer.
import express from 'express';

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.get('/v1.0/healthz', (_request, response) => response.status(204).end());
app.get('/v1.0/secrets/:store/:name', (_request, response) => response.json({ greeting: 'hello from Coffer' }));
app.listen(Number(process.argv[2]), '127.0.0.1');
