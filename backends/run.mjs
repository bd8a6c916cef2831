// `npm run test:backends [-- options]`: every driver against real servers and emulators of its service, and the answers that
// a real daprd gave with them. README.md says what is needed.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { turbo } from '../scripts/lib/command.mjs';
import { Failure, main } from '../scripts/lib/failure.mjs';
import { install } from '../scripts/lib/install.mjs';
import { root } from '../scripts/lib/workspace.mjs';
import { drivers } from './lib/drivers.mjs';
import { Missing } from './lib/missing.mjs';
import { chosenJobs, describeJobs, jobsOf, readOptions } from './lib/options.mjs';
import { replayRecorded } from './lib/recorded.mjs';
import { hasFailed, table } from './lib/report.mjs';
import { recordResults } from './lib/results.mjs';
import { missingPart, runSuite } from './lib/suite.mjs';
import { createTools } from './lib/tools.mjs';

await main(async (argv) => {
  const options = readOptions(argv);
  const jobs = chosenJobs(jobsOf(drivers), options.only);
  if (options.list) {
    console.log(describeJobs(jobs));
    return 0;
  }
  await install();
  const outcomes = [];
  for (const job of jobs) {
    const { driver, backend, kind } = job;
    console.log(`\n▶ ${driver} on ${backend.name}: ${kind}`);
    const outcome = await perform(job, options);
    if (outcome.skipped > 0) for (const reason of outcome.reasons) console.log(`skipped: ${reason}`);
    outcomes.push({ driver, backend: backend.name, kind, ...outcome });
  }
  console.log(`\n${table(outcomes)}`);
  if (options.record) recordResults(outcomes);
  return hasFailed(outcomes) ? 1 : 0;
});

/** Every job has a backend of its own, so that none finds what another one has left there. */
async function perform(job, options) {
  const absent = absentPart(job);
  if (absent !== undefined) return skipped(absent);
  const tools = createTools();
  try {
    const started = await job.backend.start(tools, options);
    const { version } = started;
    if (job.kind !== 'recorded') return { version, ...(await runSuite(tools, job, started)) };
    if (started.places === undefined) return { version, ...skipped('these seed a server of their own') };
    await build();
    const others = await startOthers(tools, job.also, options);
    return { version, ...(await replayRecorded(tools, job.file, [started, ...others.started], { ...options, ...others })) };
  } catch (error) {
    if (error instanceof Missing) return skipped(error.message);
    console.error(error instanceof Failure ? error.message : error.stack);
    return { passed: 0, failed: 1, skipped: 0, reasons: [] };
  } finally {
    await tools.close();
  }
}

/** Those of the backends beside the job's own that are there, and why others are not. */
async function startOthers(tools, backends, options) {
  const [started, absent] = [[], []];
  for (const backend of backends) {
    try {
      started.push(await backend.start(tools, options));
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      absent.push(`${backend.name}: ${error.message}`);
    }
  }
  return { started, absent };
}

function absentPart({ driver, kind }) {
  if (!existsSync(path.join(root, 'packages/stores', driver, 'package.json'))) return 'there is no such driver yet';
  return kind === 'recorded' ? undefined : missingPart(driver, kind);
}

function skipped(reason) {
  return { passed: 0, failed: 0, skipped: 1, reasons: [reason] };
}

async function build() {
  const code = await turbo(['build'], { show: 'failure', args: ['--filter=@coffer/server...'] });
  if (code !== 0) throw new Failure('The build failed; the reason is above.');
}
