import { decodeComponent } from './component.ts';
import { decodeConfiguration, type LoadedConfiguration } from './configuration.ts';
import type { Notice } from './decode.ts';
import { valueOfJson } from './json-value.ts';
import type { ReadComponents } from './read-components.ts';
import { collectResiliency, type ReadResiliency } from './resiliency.ts';
import type { Component, Problem } from './types.ts';
import { YamlError } from './yaml-document.ts';

/** A resource as an API server gives it, in JSON that `parseExactJson` has read. */
export interface ApiObject {
  /** Stands for the file in messages: `Component shop/vault`. */
  readonly place: string;
  readonly value: unknown;
}

/** Decodes Components. One that can't be read is a problem, and a warning, and does not hurt the others. */
export function readComponentObjects(objects: readonly ApiObject[]): ReadComponents {
  const components: Component[] = [];
  const problems: Problem[] = [];
  const warnings: string[] = [];
  for (const { place, value } of objects) {
    try {
      const source = { file: place, document: 1, line: 0 };
      components.push(decodeComponent(valueOfJson(value), source, noticeOf(place, problems)));
    } catch (cause) {
      if (!(cause instanceof YamlError)) throw cause;
      problems.push(problemOf(place, cause, 'this component is skipped; the others are loaded'));
      warnings.push(`${place} can't be read: ${cause.detail}`);
    }
  }
  return { components, problems, warnings, unreadable: [] };
}

/** Decodes Resiliency resources; those of other applications are left out. */
export async function readResiliencyObjects(objects: readonly ApiObject[], appId: string): Promise<ReadResiliency> {
  const collected = collectResiliency(appId);
  for (const { place, value } of objects) await collected.add(valueOfJson(value), place);
  return collected.result();
}

/** Decodes a Configuration. Fails with `ConfigurationError`. */
export function readConfigurationObject({ place, value }: ApiObject): LoadedConfiguration {
  return decodeConfiguration(valueOfJson(value), place);
}

function noticeOf(file: string, problems: Problem[]): Notice {
  return (_, field, message, hint) => {
    problems.push({ severity: 'warning', file, field, message, ...(hint === undefined ? {} : { hint }) });
  };
}

function problemOf(file: string, { detail, field }: YamlError, hint: string): Problem {
  return { severity: 'error', file, message: detail, hint, ...(field === undefined ? {} : { field }) };
}
