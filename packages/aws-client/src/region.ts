import type { AwsSettings } from './metadata.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The region by the settings, the environment, the AWS profile, in this order; empty when none of them has one. */
export async function regionOf({ region, awsRegion }: AwsSettings, environment: Environment): Promise<string> {
  const given = (region ?? awsRegion) || environment.AWS_REGION || environment.AWS_DEFAULT_REGION;
  if (given) return given;
  const { loadConfig } = await import('@smithy/core/config');
  const configured = loadConfig(
    { environmentVariableSelector: () => undefined, configFileSelector: (profile) => profile.region, default: '' },
    { preferredFile: 'credentials' },
  );
  return await configured();
}
