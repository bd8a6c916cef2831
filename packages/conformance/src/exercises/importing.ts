import { DEFINITION_MARKER } from '@coffer/core/driver';
import { inProcessOfItsOwn } from '../child/driver-entry.ts';
import { foreignModulesOf } from '../child/foreign-modules.ts';
import type { Exercise } from '../exercise.ts';
import { quoted } from '../expect.ts';

/** What a driver's entry may load of other packages: a few declarations that several drivers share. */
const MOST_FOREIGN_MODULES = 10;
const MOST_FOREIGN_BYTES = 64 * 2 ** 10;

export const importing: Exercise = {
  name: 'importing',
  title: 'is imported by a listing of stores without doing anything',
  checks: [
    {
      name: 'exports its definition where package.json says',
      run: async (context) => {
        const { report } = await inProcessOfItsOwn(context, { use: 'import' });
        const { $type, contract, type, version } = report.definition ?? {};
        if ($type !== DEFINITION_MARKER) context.fail(`the exported definition has not the $type ${DEFINITION_MARKER}`);
        if (contract !== 1) context.fail('the exported definition is not of contract 1');
        const { definition } = context;
        if (type !== definition.type || version !== definition.version) {
          context.fail(
            `the package exports ${type}/${version}, and its test bed brings ${definition.type}/${definition.version}`,
          );
        }
      },
    },
    {
      name: 'reads no environment variable and prints nothing when it is imported',
      run: async (context) => {
        const { report, stdout, stderr } = await inProcessOfItsOwn(context, { use: 'import' });
        const { environment } = report.onImport;
        if (environment.length > 0) context.fail(`importing read ${quoted(environment)} of the environment: do so in init`);
        if (stdout !== '') context.fail(`importing wrote ${stdout.length} characters to standard output`);
        if (stderr !== '') context.fail(`importing wrote ${stderr.length} characters to standard error`);
      },
    },
    {
      name: 'leaves nothing behind when it is imported: no timer, no connection, no listener, no global',
      run: async (context) => {
        const { resources, listeners, globals, connections } = (await inProcessOfItsOwn(context, { use: 'import' })).report
          .onImport;
        if (resources.length > 0) context.fail(`importing left ${quoted(resources)} running`);
        if (connections > 0) context.fail(`importing made ${connections} connections`);
        if (listeners.length > 0) context.fail(`importing left listeners on process: ${quoted(listeners)}`);
        if (globals.length > 0) context.fail(`importing added the globals ${quoted(globals)}`);
      },
    },
    {
      name: 'loads declarations alone when it is imported: no SDK, nothing that speaks to a network',
      run: async (context) => {
        const { report } = await inProcessOfItsOwn(context, { use: 'import' });
        const { network, packages, modules, bytes } = await foreignModulesOf(report.onImport.modules, context.testBed.package);
        if (network.length > 0)
          context.fail(`importing loads ${quoted(network)}: import the store in create, with await import()`);
        if (modules > MOST_FOREIGN_MODULES || bytes > MOST_FOREIGN_BYTES) {
          const size = `${modules} modules of ${Math.ceil(bytes / 1024)} KiB`;
          context.fail(`importing loads ${size} of ${quoted(packages)}: import the store in create, with await import()`);
        }
      },
    },
    {
      name: 'allocates a store without a connection, a timer or a word',
      run: async (context) => {
        const { report, stdout, stderr } = await inProcessOfItsOwn(context, { use: 'create' });
        const { connections = 0, resources = [] } = report.onCreate ?? {};
        if (connections > 0) context.fail(`create made ${connections} connections: that is for init`);
        if (resources.length > 0) context.fail(`create left ${quoted(resources)} running: that is for init`);
        if (stdout !== '' || stderr !== '') context.fail('create wrote to standard output or standard error');
      },
    },
  ],
};
