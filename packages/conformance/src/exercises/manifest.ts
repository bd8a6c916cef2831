import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describeDefinition, type StoreDefinition } from '@coffer/core';
import type { DriverPackage } from '@coffer/core/internal';
import type { CheckContext } from '../check-context.ts';
import { driverPackageIn, inProcessOfItsOwn, storeEntryOf } from '../child/driver-entry.ts';
import type { Exercise } from '../exercise.ts';
import { quoted } from '../expect.ts';

export const manifest: Exercise = {
  name: 'manifest',
  title: 'says of itself what it is, the same everywhere',
  checks: [
    {
      name: 'announces its component type in package.json as the registry reads it',
      run: async (context) => {
        storeEntryOf(await driverPackageIn(context.testBed.package), context);
      },
    },
    {
      name: 'has a manifest that equals its definition',
      run: async (context) => {
        const driver = await driverPackageIn(context.testBed.package);
        const { manifest: path } = storeEntryOf(driver, context);
        const found = await jsonFile(context, join(driver.directory, path), path);
        const { report } = await inProcessOfItsOwn(context, { use: 'import' });
        const exported = report.definition as unknown as StoreDefinition;
        const wanted = JSON.parse(JSON.stringify(describeDefinition(exported))) as Record<string, unknown>;
        const stale = [...new Set([...Object.keys(wanted), ...Object.keys(found)])].filter(
          (member) => !isDeepStrictEqual(wanted[member], found[member]),
        );
        if (stale.length > 0)
          context.fail(`${path} says something else than the definition under ${quoted(stale)}: generate it anew`);
      },
    },
    {
      name: 'lets others read package.json and manifest, as both are in "exports"',
      run: async (context) => {
        const driver = await driverPackageIn(context.testBed.package);
        const { exports } = driver.json;
        if (exports === undefined) return;
        const { manifest: path } = storeEntryOf(driver, context);
        const missing = ['./package.json', path].filter((subpath) => !Object.hasOwn(Object(exports), subpath));
        if (missing.length > 0) context.fail(`"exports" of package.json has no ${quoted(missing)}`);
      },
    },
    {
      name: 'has a package.json that says what it is and what it needs',
      run: async (context) => {
        const problems = packageProblems(await driverPackageIn(context.testBed.package));
        if (problems.length > 0) context.fail(`package.json ${problems.join('; it ')}`);
      },
    },
  ],
};

function packageProblems({ json }: DriverPackage): readonly string[] {
  const { version, description, license, keywords, engines, dependencies, peerDependencies } = json as Record<string, unknown>;
  const problems: string[] = [];
  const must = (holds: boolean, otherwise: string): unknown => holds || problems.push(otherwise);
  must(typeof version === 'string' && /^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(version), 'has no version such as 1.2.3');
  must(typeof description === 'string' && description.trim() !== '', 'has no description');
  must(typeof license === 'string' && license !== '', 'names no license');
  must(Array.isArray(keywords) && keywords.includes('coffer'), 'has not the keyword coffer, by which drivers are found');
  must(typeof Object(engines).node === 'string', 'does not say which Node it needs (engines.node)');
  must(typeof Object(peerDependencies)['@coffer/core'] === 'string', 'has @coffer/core not among its peer dependencies');
  must(
    Object(dependencies)['@coffer/core'] === undefined,
    'has @coffer/core as a dependency of its own, which brings a second copy',
  );
  return problems;
}

async function jsonFile(context: CheckContext, file: string, path: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    return context.fail(`${path} can't be read (${Object(cause).code ?? 'unknown reason'})`);
  }
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return context.fail(`${path} is no JSON`);
  }
}
