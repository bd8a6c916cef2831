import type { CommandRun } from '../command.ts';
import { Failure } from '../failure.ts';

/** Only reached when other arguments stand before `serve`: `main.ts` hands `coffer serve …` to the server as it is. */
export const run: CommandRun = async () => {
  throw new Failure('usage', 'serve takes its flags after its name', {
    hint: 'coffer serve --app-id shop --resources-path ./components',
  });
};
