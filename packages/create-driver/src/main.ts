import { run } from './run.ts';

async function main(): Promise<void> {
  const { stdin: input, stdout: output, stderr: errors, env: environment } = process;
  process.exitCode = await run(process.argv.slice(2), { input, output, errors, environment });
}

void main();
