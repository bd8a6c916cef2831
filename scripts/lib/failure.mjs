/** A failure whose message is all that the user needs to see. */
export class Failure extends Error {}

/** Runs a script's main function: a Failure is printed as one sentence with exit code 1, anything else is a bug and keeps its stack. */
export async function main(run) {
  try {
    process.exitCode = await run(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
