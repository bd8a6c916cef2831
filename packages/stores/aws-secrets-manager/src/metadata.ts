import { awsMetadata, checkAws } from '@coffer/aws-client/metadata';
import type { MetadataOf, MetadataProblem } from '@coffer/core/driver';

const own = {
  multipleKeyValuesPerSecret: {
    type: 'boolean',
    default: 'false',
    description:
      'Whether a secret that is a JSON object is given as its members, each a key of its own. Other secrets stay one value.',
  },
  namePrefixes: {
    type: 'list',
    example: 'shop/,shared/',
    description:
      'Only secrets whose names begin with one of these (at most ten) in bulk reads and lists. Single reads are not narrowed: IAM and scopes do that.',
  },
  secretNames: {
    type: 'list',
    example: 'shop/database,shop/payment',
    description:
      'Exactly these secrets, by name, in bulk reads and lists, which then need no secretsmanager:ListSecrets. One that is missing fails a bulk read.',
  },
  unreadableSecrets: {
    type: 'string',
    allowed: ['fail', 'skip'],
    default: 'fail',
    description:
      'Secrets of a bulk read that may not be read or decrypted: the whole read fails and names one, or they are left out and the log names each.',
  },
} as const;

/** Settings of a `secretstores.aws.secretmanager` component. */
export const metadata: typeof awsMetadata & typeof own = { ...awsMetadata, ...own };

export type SecretsManagerMetadata = MetadataOf<typeof metadata>;

/** As many as one filter of the service takes. */
const MOST_PREFIXES = 10;
/** The characters of names; a filter takes more, but a `!` in front would turn it round. */
const PREFIX = /^(?!!)[A-Za-z0-9/_+=.@!-]{1,512}$/;

/** Settings that contradict or lack one another. The reference has none of these of its own, so to it they are only doubtful. */
export function checkMetadata(settings: SecretsManagerMetadata): readonly MetadataProblem[] {
  const problems = [...checkAws(settings)];
  const doubt = (name: string, message: string, hint: string) =>
    problems.push({ severity: 'warning', doubtful: true, name, message, hint });
  const { namePrefixes, secretNames } = settings;
  const [prefixes, names] = [trimmed(namePrefixes), trimmed(secretNames)];
  if (prefixes.length > 0 && names.length > 0) {
    const message = 'setting secretNames contradicts namePrefixes';
    doubt('secretNames', message, 'the names alone say which secrets are meant: drop namePrefixes');
  }
  if (prefixes.length > MOST_PREFIXES) {
    doubt('namePrefixes', `setting namePrefixes has more than ${MOST_PREFIXES} entries`, 'use a common, shorter prefix');
  }
  if (prefixes.some((prefix) => !PREFIX.test(prefix))) {
    const hint = 'an entry has 1 to 512 letters, digits and /_+=.@!-, and no ! in front';
    doubt('namePrefixes', 'setting namePrefixes has an entry that no name can begin with', hint);
  }
  return problems;
}

/** The entries of a list without white space and without empty ones. */
export function trimmed(list: readonly string[] | undefined): readonly string[] {
  return (list ?? []).map((entry) => entry.trim()).filter((entry) => entry !== '');
}
