import type { MetadataProblem } from '@coffer/core/driver';
import { endpointProblem } from './endpoint.ts';
import type { GcpMetadata } from './metadata.ts';

/** What the reference says first when the client can't be made. */
export const SETUP = 'failed to setup secretmanager client: ';
/** The parts of a key in the order in which the reference misses them. */
export const KEY_PROPERTIES = [
  ['type', 'type'],
  ['privateKey', 'private_key'],
  ['clientEmail', 'client_email'],
] as const;

/** What is wrong with the settings taken together. Secrets are only looked at for being there. */
export function checkMetadata(metadata: GcpMetadata): readonly MetadataProblem[] {
  const sources = CREDENTIALS.filter((name) => isGiven(metadata, name));
  return [
    ...contradictions(metadata, sources),
    ...(sources.every(isKeyPart) ? missingKeyParts(metadata) : []),
    ...doubtfulAddresses(metadata),
    ...SHAPES.flatMap(({ name, shape, noun, example, severity }) => {
      const text = metadata[name] ?? '';
      if (text === '' || shape.test(text)) return [];
      return [{ name, message: `${name} is not ${noun}`, hint: `such as ${example}`, ...severity }];
    }),
  ];
}

export function isGiven(metadata: GcpMetadata, name: keyof GcpMetadata): boolean {
  const value = metadata[name];
  return typeof value === 'object' && 'reveal' in value ? value.reveal() !== '' : value !== undefined && value !== '';
}

export function missingKeyPart(property: string): string {
  return `missing property \`${property}\` in metadata`;
}

/** Settings that name credentials; the first three are parts of one key. */
const CREDENTIALS = ['privateKeyID', 'privateKey', 'clientEmail', 'credentialsJSON', 'credentialsFile'] as const;
/** The reference knows none of these settings, so that nothing about them is an error to it. */
const DOUBTFUL = { severity: 'warning', doubtful: true } as const;
const ERROR = { severity: 'error' } as const;

// Each becomes part of an address or of a path.
const SHAPES = [
  { name: 'projectID', shape: /^[A-Za-z0-9][A-Za-z0-9._:-]*$/, noun: 'a project', example: 'my-project', severity: ERROR },
  { name: 'location', shape: /^[a-z0-9-]+$/, noun: 'a region', example: 'europe-west3', severity: DOUBTFUL },
  {
    name: 'universeDomain',
    shape: /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i,
    noun: 'a domain',
    example: 'googleapis.com',
    severity: DOUBTFUL,
  },
] as const;

function isKeyPart(name: (typeof CREDENTIALS)[number]): boolean {
  return name !== 'credentialsJSON' && name !== 'credentialsFile';
}

function contradictions(metadata: GcpMetadata, sources: readonly (typeof CREDENTIALS)[number][]): MetadataProblem[] {
  const [first] = sources;
  const other = sources.find((name, index) => index > 0 && !isKeyPart(name));
  const problems: MetadataProblem[] = [];
  if (first !== undefined && other !== undefined) {
    const message = `${first} and ${other} are two sets of credentials`;
    problems.push({ ...DOUBTFUL, name: other, message, hint: 'keep one of them' });
  }
  if (first !== undefined && metadata.withoutAuthentication) {
    const message = `withoutAuthentication contradicts ${first}`;
    problems.push({ ...DOUBTFUL, name: 'withoutAuthentication', message, hint: 'leave out one of the two' });
  }
  return problems;
}

/** Without a key's id the reference looks for no key: those cases are for `init`, which knows the dialect. */
function missingKeyParts(metadata: GcpMetadata): MetadataProblem[] {
  if (!isGiven(metadata, 'privateKeyID')) return [];
  const [name, property] = KEY_PROPERTIES.find(([part]) => !isGiven(metadata, part)) ?? [];
  if (name === undefined || property === undefined) return [];
  const hint = 'a key has type, private_key and client_email, as in its JSON file';
  return [{ ...ERROR, name, message: `${SETUP}${missingKeyPart(property)}`, hint }];
}

function doubtfulAddresses({ endpoint = '', allowPlainHttp }: GcpMetadata): MetadataProblem[] {
  if (endpoint === '' && !allowPlainHttp) return [];
  if (endpoint === '') {
    const message = 'allowPlainHttp is about an endpoint, and none is set';
    return [{ ...DOUBTFUL, name: 'allowPlainHttp', message, hint: 'set endpoint, or leave this out' }];
  }
  const problem = endpointProblem(endpoint, allowPlainHttp);
  return problem === undefined ? [] : [{ ...DOUBTFUL, name: 'endpoint', ...problem }];
}
