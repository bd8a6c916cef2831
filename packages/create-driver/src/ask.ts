import type { Interface } from 'node:readline/promises';
import { checkPackageName, checkTitle, checkType, defaultTitle, defaultType, UnusableInput } from './driver-names.ts';

/** Asks, and shows an answer that can't be used what is wrong with it. */
export interface Asker {
  ask(question: string, standard: string, check: (answer: string) => void): Promise<string>;
}

export interface Answers {
  readonly name: string;
  readonly type: string;
  readonly title: string;
  readonly directory: string;
}

export type GivenAnswers = { readonly [Name in keyof Answers]?: Answers[Name] | undefined };

/** What the command line left open, asked for one after the other. */
export async function askForRest(given: GivenAnswers, asker: Asker): Promise<Answers> {
  const { ask } = asker;
  const name = given.name ?? (await ask('Name of the npm package', 'coffer-store-acme', checkPackageName));
  const type = given.type ?? (await ask('Component type', defaultType(name), (answer) => checkType(answer)));
  const title = given.title ?? (await ask('Title, for people', defaultTitle(name), checkTitle));
  const directory = given.directory ?? (await ask('Folder', defaultDirectory(name), checkDirectory));
  return { name, type, title, directory };
}

/** A folder of the package's name, without its scope. */
export function defaultDirectory(packageName: string): string {
  return packageName.slice(packageName.indexOf('/') + 1);
}

export function checkDirectory(directory: string): void {
  if (directory !== '' && !directory.includes('\0')) return;
  throw new UnusableInput(`${JSON.stringify(directory)} is no folder`, 'such as ./coffer-store-acme');
}

/** Asks on a terminal. An empty answer is the default. */
export function terminalAsker(terminal: Pick<Interface, 'question'>, tell: (line: string) => void): Asker {
  const ask: Asker['ask'] = async (question, standard, check) => {
    for (;;) {
      const answer = (await terminal.question(`${question} (${standard}): `)).trim() || standard;
      try {
        check(answer);
        return answer;
      } catch (cause) {
        if (!(cause instanceof UnusableInput)) throw cause;
        tell(`${cause.message}\nhint: ${cause.hint}\n`);
      }
    }
  };
  return { ask };
}
