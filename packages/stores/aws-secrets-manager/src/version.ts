import type { DriverDialect, RequestMetadata } from '@coffer/core/driver';

/** Which version of a secret is asked for; the current one when both are absent. */
export interface Version {
  readonly VersionId?: string;
  readonly VersionStage?: string;
}

export const CURRENT: Version = {};

/** The version that a request names; `CURRENT` itself when it names none. */
export function versionOf(
  { version_id: id, version_stage: stage }: RequestMetadata,
  empty: DriverDialect['awsSecretsManager']['emptyVersions'],
): Version {
  const isGiven = (text: string | undefined): text is string => text !== undefined && (text !== '' || empty === 'sent');
  if (!isGiven(id) && !isGiven(stage)) return CURRENT;
  return {
    ...(isGiven(id) ? { VersionId: id.toWellFormed() } : {}),
    ...(isGiven(stage) ? { VersionStage: stage.toWellFormed() } : {}),
  };
}
