import { DEFINITION_MARKER, Feature, type StoreDefinition } from '@coffer/core/driver';

const STATUSES: readonly string[] = ['alpha', 'beta', 'stable', 'deprecated'];
const FEATURES: readonly string[] = Object.values(Feature);

/** What of a definition is not as the contract says; empty when all is well. */
export function definitionProblems(definition: StoreDefinition): readonly string[] {
  const { $type, contract, type, version, title, status, metadata, requestMetadata, features } = definition;
  const problems: string[] = [];
  const must = (holds: boolean, otherwise: string): unknown => holds || problems.push(otherwise);
  must($type === DEFINITION_MARKER, `$type is not ${DEFINITION_MARKER}`);
  must(contract === 1, 'contract is not 1');
  must(
    /^secretstores\.[a-z0-9]+([.-][a-z0-9]+)*$/.test(type),
    `the type ${type} is not secretstores.<vendor>.<service> in lower case`,
  );
  must(/^v[1-9]\d*$/.test(version), `the version ${version} is not v1, v2 and so on`);
  must(typeof title === 'string' && title.trim() !== '', 'it has no title');
  must(STATUSES.includes(status), `the status ${status} is none of ${STATUSES.join(', ')}`);
  const settings = Object.entries(metadata);
  for (const name of repeated(settings.flatMap(([setting, { aliases = [] }]) => [setting, ...aliases]).map(lowerCase))) {
    problems.push(`the setting ${name} is declared more than once`);
  }
  for (const [name, { description }] of settings) must(hasText(description), `the setting ${name} is not described`);
  for (const name of repeated(requestMetadata.map((field) => field.name))) {
    problems.push(`the request metadata field ${name} is declared more than once`);
  }
  for (const { name, description } of requestMetadata) {
    must(hasText(description), `the request metadata field ${name} is not described`);
  }
  for (const name of repeated(features)) problems.push(`the feature ${name} is declared more than once`);
  for (const name of features) {
    must(
      FEATURES.includes(name) || /^[\w-]+[.:/].+/.test(name),
      `the feature ${name} is none of the contract's, and has no owner before it as in acme.example/${name}`,
    );
  }
  return problems;
}

function hasText(text: unknown): boolean {
  return typeof text === 'string' && text.trim() !== '';
}

function lowerCase(text: string): string {
  return text.toLowerCase();
}

function repeated(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
