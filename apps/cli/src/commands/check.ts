import { type Finding, sortFindings } from '../check/finding.ts';
import type { Rule } from '../check/model.ts';
import { type CheckSummary, reportText } from '../check/report.ts';
import type { CommandRun } from '../command.ts';
import { type CommandContext, dialectOf, registryOf, resourcesPathsOf } from '../context.ts';
import { EXIT_CHECK_FAILED } from '../exit-codes.ts';

/** Everything that can be told of resource files without reading a secret; with `--online`, of the stores too. */
export const run: CommandRun = async ({ arguments: given, options }, context) => {
  const { readModel } = await import('../check/read-model.ts');
  const { common, environment } = context;
  const registry = await registryOf(context);
  const paths = await pathsOf(given, context);
  const { model, findings, files, around, directories } = await readModel({
    paths,
    surroundings: given.length > 0 ? common.resourcesPaths : [],
    registry,
    environment,
    doubtfulSettings: (await dialectOf(context)).loader.doubtfulSettings,
    appId: common.appId,
    configurationFiles: common.configurationFiles,
  });
  const components = model.components.filter(({ source }) => !around.has(source.file));
  const all: Finding[] = [...findings];
  for (const rule of await rules()) all.push(...rule(model));
  if (options.online) {
    const { onlineFindings } = await import('../check/online.ts');
    all.push(...(await onlineFindings(model, context, { components, registry, resourcesPaths: directories })));
  }
  const sorted = sortFindings(all.filter(({ file }) => !around.has(file)));
  const number = (severity: Finding['severity']): number => sorted.filter((finding) => finding.severity === severity).length;
  const summary: CheckSummary = {
    files: files.length,
    components: components.length,
    errors: number('error'),
    warnings: number('warning'),
    notes: number('note'),
  };
  const { usedDrivers } = await import('../check/drivers.ts');
  const drivers = await usedDrivers(components, registry);
  return {
    data: { ...summary, findings: sorted, drivers },
    text: reportText(sorted, drivers, summary, context.paint),
    exitCode: summary.errors > 0 ? EXIT_CHECK_FAILED : 0,
  };
};

async function pathsOf(given: readonly string[], context: CommandContext): Promise<readonly string[]> {
  if (given.length > 0) return given;
  const { resourcesPaths, configurationFiles } = context.common;
  if (resourcesPaths.length > 0) return resourcesPaths;
  try {
    return await resourcesPathsOf(context);
  } catch (cause) {
    // `coffer check --config file` alone is a fair question.
    if (configurationFiles.length > 0) return [];
    throw cause;
  }
}

async function rules(): Promise<readonly Rule[]> {
  const modules = await Promise.all([
    import('../check/rules-components.ts').then(({ componentRules }) => componentRules),
    import('../check/rules-references.ts').then(({ referenceRules }) => referenceRules),
    import('../check/rules-settings.ts').then(({ settingRules }) => settingRules),
    import('../check/rules-scopes.ts').then(({ scopeRules }) => scopeRules),
    import('../check/rules-resiliency.ts').then(({ resiliencyRules }) => resiliencyRules),
  ]);
  return modules;
}
