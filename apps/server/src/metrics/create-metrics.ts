import type { Configuration } from '@coffer/core';
import type { ServerOptions } from '../flags/server-options.ts';
import { VERSION } from '../version.ts';
import { compileRules } from './label-rules.ts';
import { Metrics } from './metrics.ts';
import { metricSettingsOf } from './settings.ts';

/** The metrics as flags, environment and Configuration ask for them; `undefined` with `--enable-metrics=false`. */
export async function createMetrics(
  options: ServerOptions,
  environment: NodeJS.ProcessEnv,
  configuration: Configuration,
): Promise<Metrics | undefined> {
  if (options.metricsPort === undefined) return undefined;
  const settings = metricSettingsOf(configuration.metric);
  return new Metrics({
    appId: options.appId,
    namespace: environment.NAMESPACE ?? '',
    version: VERSION,
    settings,
    rewrite: await compileRules(settings.rules),
    dialect: options.dialect.metrics,
  });
}
