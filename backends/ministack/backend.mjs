import path from 'node:path';
import { freePorts } from '../../scripts/lib/free-ports.mjs';
import { installPython, pinnedVersion } from '../lib/python.mjs';

export const name = 'ministack';
export const found = 'from PyPI';

/** Another emulator of AWS: it is wrong in other places than moto. */
export async function start(tools) {
  const program = path.join(installPython(tools, name), 'ministack');
  const [port] = await freePorts(1);
  const place = { url: `http://127.0.0.1:${port}` };
  // It listens on every interface unless told otherwise.
  const env = { BIND_HOST: '127.0.0.1', GATEWAY_PORT: String(port) };
  await tools.untilReady(tools.start(program, [], { env }), place, '/_ministack/health');
  return {
    version: pinnedVersion(name, 'ministack'),
    environment: { COFFER_TEST_AWS_ENDPOINT: place.url, COFFER_TEST_AWS_BACKEND: name },
  };
}
