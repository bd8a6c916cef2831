// Whether the cofferd of this container is ready for its clients: ends with 0 or 1. Kubernetes asks by its own probes instead.
// DAPR_HTTP_PORT names the port when --dapr-http-port is not the default.
const port = process.env.DAPR_HTTP_PORT ?? '3500';
const status = await fetch(`http://127.0.0.1:${port}/v1.0/healthz/outbound`, { signal: AbortSignal.timeout(2500) }).then(
  (response) => response.status,
  (cause) => `${cause}`,
);
if (status !== 204) {
  console.error(`cofferd is not ready: ${status}`);
  process.exitCode = 1;
}
