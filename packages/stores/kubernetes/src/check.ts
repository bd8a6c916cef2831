import type { MetadataProblem } from '@coffer/core/driver';
import type { KubernetesMetadata } from './metadata.ts';
import { typesOf } from './selection.ts';

const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const KEY = String.raw`([a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?/)?[a-zA-Z0-9]([-\w.]*[a-zA-Z0-9])?`;
const VALUE = String.raw`([a-zA-Z0-9]([-\w.]*[a-zA-Z0-9])?)?`;
/** One requirement: `key`, `!key`, `key=value`, `key in (a, b)`, `key > 1`. */
const REQUIREMENT = new RegExp(
  String.raw`^(!?\s*${KEY}|${KEY}\s*(=|==|!=)\s*${VALUE}|${KEY}\s+(in|notin)\s*\(\s*${VALUE}(\s*,\s*${VALUE})*\s*\)|${KEY}\s*[<>]\s*-?\d+)$`,
);

/**
 * What the API server would refuse at the first read, and what can't be meant. The reference has none of these settings but
 * `defaultNamespace`, so to it they are only doubtful.
 */
export function check(metadata: KubernetesMetadata): readonly MetadataProblem[] {
  const { defaultNamespace = '', labelSelector = '', secretTypes, requestTimeout } = metadata;
  const problems: MetadataProblem[] = [];
  const doubt = (name: string, message: string, hint: string) =>
    problems.push({ severity: 'warning', name, message, hint, doubtful: true });
  if (defaultNamespace !== '' && !NAMESPACE.test(defaultNamespace)) {
    const hint = 'write the name of one namespace: up to 63 lower-case letters, digits and hyphens';
    doubt('defaultNamespace', 'setting defaultNamespace is not the name of a namespace', hint);
  }
  if (labelSelector !== '' && !requirementsOf(labelSelector).every((requirement) => REQUIREMENT.test(requirement))) {
    const hint = 'write it as for kubectl get --selector: app=shop,tier in (web, api),!test';
    doubt('labelSelector', 'setting labelSelector is not a label selector', hint);
  }
  const { wanted, excluded } = typesOf(secretTypes);
  if (excluded.length > 0 && wanted.length > 0) {
    const hint = 'a list without ! leaves everything else out anyway: drop the entries with !';
    doubt('secretTypes', 'setting secretTypes names types both with and without !', hint);
  }
  if (excluded.includes('')) {
    doubt('secretTypes', 'setting secretTypes has a ! without a type', 'write the type right after it: !helm.sh/release.v1');
  }
  if (requestTimeout !== undefined && requestTimeout < 0) {
    doubt('requestTimeout', 'setting requestTimeout is negative', 'write how long one request may take, such as 30s');
  }
  return problems;
}

/** Commas between parentheses separate values. */
function requirementsOf(selector: string): readonly string[] {
  return selector.split(/,(?![^(]*\))/).map((requirement) => requirement.trim());
}
