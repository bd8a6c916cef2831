import type { CommandRun } from '../command.ts';
import { Failure } from '../failure.ts';

/** Only reached when other arguments stand before `pluggable`: `main.ts` hands `coffer pluggable …` to the server as it is. */
export const run: CommandRun = async () => {
  throw new Failure('usage', 'pluggable takes its flags after its name', {
    hint: 'coffer pluggable --type secretstores.local.file --name vault',
  });
};
