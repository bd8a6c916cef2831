import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { conformanceManifestOf } from '@coffer/core/internal';
import type { CheckContext } from '../check-context.ts';
import { driverPackageIn, inProcessOfItsOwn, storeEntryOf } from '../child/driver-entry.ts';
import type { Exercise } from '../exercise.ts';
import { quoted } from '../expect.ts';
import { type PackedPackage, packed } from '../packing/pack.ts';

export const packaging: Exercise = {
  name: 'package',
  title: 'works as it is published, and publishes nothing else',
  checks: [
    {
      name: 'packs what it needs to be used with its declared dependencies alone, and nothing that should stay at home',
      limit: 120_000,
      run: async (context) => {
        await using tarball = await packed(context.testBed.package, context.signal);
        await expectWhole(context, tarball);
        await expectClean(context, tarball);
      },
    },
  ],
};

async function expectWhole(context: CheckContext, { folder, files }: PackedPackage): Promise<void> {
  const driver = await driverPackageIn(folder);
  const { manifest } = storeEntryOf(driver, context);
  const missing = [manifest, './README.md'].map((path) => posix.normalize(path)).filter((path) => !files.includes(path));
  if (missing.length > 0) context.fail(`the packed package lacks ${quoted(missing)}: add it to "files"`);
  const { report } = await inProcessOfItsOwn(context, { use: 'create' }, folder);
  if (report.failure !== undefined) context.fail(`from the packed package ${report.failure}`);
}

/** What nobody wants to have published. `credentials` is such a file, and a folder of sources for ways to log in. */
const PRIVATE =
  /(^|\/)(\.env(\..*)?|\.npmrc|\.netrc|\.git|id_(rsa|ed25519|ecdsa)|node_modules)(\/|$)|(^|\/)credentials$|\.(pem|key|p12|pfx|jks|keystore|kdbx)$/i;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{200,}/;
const TESTS = /(^|\/)(tests?|__tests__|fixtures)\/|\.(test|spec)\.[cm]?[jt]s$/;

async function expectClean(context: CheckContext, { folder, files }: PackedPackage): Promise<void> {
  const { testBeds } = conformanceManifestOf(await driverPackageIn(context.testBed.package)) ?? {};
  const secret = files.filter((path) => PRIVATE.test(path));
  if (secret.length > 0) context.fail(`the packed package has ${quoted(secret)}`);
  const tests = files.filter((path) => TESTS.test(path) || (testBeds !== undefined && path === posix.normalize(testBeds)));
  if (tests.length > 0) context.fail(`the packed package has tests in it: ${quoted(tests)}`);
  for (const path of files) {
    if (PRIVATE_KEY.test(await readFile(new URL(path, folder), 'latin1')))
      context.fail(`the packed package has a private key in ${path}`);
  }
}
