import { nearestOf } from '@coffer/core/driver';

/** Regions that the reference's library has the service's address for. There are more, and more to come. */
const LISTED: ReadonlySet<string> = new Set([
  'ae-ad-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'cn-east-2',
  'cn-east-3',
  'cn-north-1',
  'cn-north-2',
  'cn-north-4',
  'cn-north-9',
  'cn-south-1',
  'cn-south-2',
  'cn-southwest-2',
  'la-north-2',
  'la-south-2',
  'me-east-1',
  'na-mexico-1',
  'sa-brazil-1',
  'tr-west-1',
]);

/** Further ones that Huawei names; for advice alone. */
const KNOWN: readonly string[] = [
  ...LISTED,
  'af-south-1',
  'cn-east-4',
  'cn-east-5',
  'eu-west-0',
  'eu-west-101',
  'my-kualalumpur-1',
  'ru-moscow-1',
];

export function isListedRegion(region: string): boolean {
  return LISTED.has(region);
}

/** Whether a text can be a region. It becomes a part of a host's name, and nothing else may. */
export function isRegion(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
}

/** What to write in place of a region that nobody has heard of; undefined for a known one. */
export function regionAdvice(region: string): string | undefined {
  if (KNOWN.includes(region)) return undefined;
  const nearest = nearestOf(region, KNOWN);
  return nearest === undefined ? 'such as cn-north-4 or eu-west-0' : `did you mean ${nearest}?`;
}

/** Where the service answers in a region. */
export function serviceAddress(region: string): URL {
  return new URL(`https://kms.${region}.myhuaweicloud.com`);
}
