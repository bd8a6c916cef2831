import { isDeepStrictEqual } from 'node:util';
import { sidecars } from './questions.mjs';

/**
 * Asks every sidecar all its questions through the program of an SDK, and compares. `ask(questions, env)` runs the program:
 * it gets the questions as JSON on standard input, and answers with a list of the same length: `{ value }` or
 * `{ error: { code, message } }`, where the code is the name of the gRPC status in any spelling.
 */
export async function askThroughSdk(tools, ask) {
  const checks = [];
  for (const { title, files, args, env, clients } of sidecars) {
    const { httpPort, grpcPort } = await tools.startCofferd({ files, args, env });
    for (const client of clients) {
      const named = `${title}, ${client.title}`;
      const address = { DAPR_HTTP_PORT: String(httpPort), DAPR_GRPC_PORT: String(grpcPort) };
      const answers = await ask(
        client.questions.map(({ question }) => question),
        { ...address, ...client.env },
      );
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
