import { readdir, readFile } from 'node:fs/promises';
import { type Component, parseComponents } from '@coffer/core';
import { CheckFailure } from '../exercise.ts';

export async function readmeOf(folder: URL): Promise<string> {
  const readme = await orNothing(readFile(new URL('README.md', folder), 'utf8'));
  if (readme === undefined) throw new CheckFailure('the package has no README.md');
  return readme;
}

export type DocumentedComponent = Pick<Component, 'type' | 'properties'> & {
  /** `README.md`, `examples/role.yaml`. */
  readonly place: string;
};

/** Components in the YAML of README.md and of the folder `examples`. */
export async function documentedComponents(folder: URL): Promise<readonly DocumentedComponent[]> {
  const readme = await readmeOf(folder);
  const blocks = [...readme.matchAll(/```ya?ml\n([\s\S]*?)```/g)].map(([, text = '']) => ({ place: 'README.md', text }));
  const names = (await orNothing(readdir(new URL('examples/', folder)))) ?? [];
  const files = names
    .filter((name) => /\.ya?ml$/.test(name))
    .map(async (name) => ({ place: `examples/${name}`, text: await readFile(new URL(`examples/${name}`, folder), 'utf8') }));
  return [...blocks, ...(await Promise.all(files))].flatMap(({ place, text }) =>
    parseComponents(text, place).components.map(({ type, properties }) => ({ place, type, properties })),
  );
}

async function orNothing<Content>(reading: Promise<Content>): Promise<Content | undefined> {
  try {
    return await reading;
  } catch (cause) {
    if (Object(cause).code === 'ENOENT') return undefined;
    throw cause;
  }
}
