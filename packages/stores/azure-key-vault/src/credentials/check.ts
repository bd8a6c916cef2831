import type { MetadataProblem } from '@coffer/core/driver';
import type { CredentialMetadata } from './metadata.ts';

/** What is wrong with these settings taken together. */
export function credentialProblems(_metadata: CredentialMetadata): readonly MetadataProblem[] {
  return [];
}
