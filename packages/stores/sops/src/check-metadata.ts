import type { MetadataProblem } from '@coffer/core/driver';
import type { SopsMetadata } from './metadata.ts';

/** What is wrong with settings that are each right by themselves. */
export function checkMetadata({ ageKeyFile, maxFileSize }: SopsMetadata): MetadataProblem[] {
  const problems: MetadataProblem[] = [];
  if (ageKeyFile === '')
    problems.push({
      severity: 'error',
      name: 'ageKeyFile',
      message: 'setting ageKeyFile is empty',
      hint: 'name the file, or leave the setting out: then SOPS_AGE_KEY, SOPS_AGE_KEY_FILE and the default file are read',
    });
  if (!(maxFileSize >= 1))
    problems.push({
      severity: 'error',
      name: 'maxFileSize',
      message: 'setting maxFileSize leaves room for no file',
      hint: 'write a size such as 4Mi',
    });
  return problems;
}
