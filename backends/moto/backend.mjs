import path from 'node:path';
import { freePorts } from '../../scripts/lib/free-ports.mjs';
import { installPython, pinnedVersion } from '../lib/python.mjs';

export const name = 'moto';
export const found = 'from PyPI';

/** Two servers: the second one is told by the recorded cases to enforce IAM. */
export async function start(tools) {
  const program = path.join(installPython(tools, name), 'moto_server');
  const [aws, awsIam] = await Promise.all([
    startServer(tools, program, 'awsEndpoint'),
    startServer(tools, program, 'awsIamEndpoint'),
  ]);
  return {
    version: pinnedVersion(name, 'moto'),
    environment: { COFFER_TEST_AWS_ENDPOINT: aws.url, COFFER_TEST_AWS_BACKEND: name },
    places: { aws, awsIam },
    values: {},
  };
}

async function startServer(tools, program, addressName) {
  const [port] = await freePorts(1);
  const place = { addressName, url: `http://127.0.0.1:${port}` };
  await tools.untilReady(tools.start(program, ['-H', '127.0.0.1', '-p', String(port)]), place, '/moto-api/data.json');
  return place;
}
