import { isDeepStrictEqual } from 'node:util';
import { sidecars } from './questions.mjs';

const PROGRAM_MS = 120_000;

/**
 * Asks every sidecar all its questions through the program of an SDK, and compares. `command` starts the program: it gets
 * the questions as JSON on standard input, and answers with the last line of its standard output (SDKs log to it), a list of
 * the same length: `{ value }` or `{ error: { code, message } }`, where the code is the name of the gRPC status in any spelling.
 */
export async function askThroughSdk(tools, [command, ...parameters]) {
  const checks = [];
  for (const { title, files, args, env, clients } of sidecars) {
    const { httpPort, grpcPort } = await tools.startCofferd({ files, args, env });
    for (const client of clients) {
      const named = `${title}, ${client.title}`;
      const address = { DAPR_HTTP_PORT: String(httpPort), DAPR_GRPC_PORT: String(grpcPort) };
      const output = await tools.run(command, parameters, {
        env: { ...address, ...client.env },
        input: JSON.stringify(client.questions.map(({ question }) => question)),
        milliseconds: PROGRAM_MS,
      });
      const answers = JSON.parse(output.trimEnd().split('\n').at(-1));
      for (const [at, { title, expected }] of client.questions.entries()) {
        checks.push({ name: `${named}: ${title}`, failure: difference(answers[at], expected) });
      }
    }
  }
  return checks;
}

function difference(answer, expected) {
  if (expected.code !== undefined) {
    const { code = 'no error', message = '' } = answer?.error ?? {};
    if (spelled(code) === spelled(expected.code) && message.includes(expected.message)) return undefined;
  } else if (answer?.value !== undefined && isDeepStrictEqual(answer.value, expected.value)) return undefined;
  return `expected ${JSON.stringify(expected)}, got ${JSON.stringify(answer)}`;
}

/** `INVALID_ARGUMENT` and `InvalidArgument` alike. */
const spelled = (code) => code.replaceAll('_', '').toLowerCase();
