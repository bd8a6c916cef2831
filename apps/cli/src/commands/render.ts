import type { Component, ComponentProperty } from '@coffer/core';
import type { CommandRun } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { Failure } from '../failure.ts';
import { followReferences, StoreOpener } from '../resolve.ts';
import { visible } from '../text.ts';

const MASK = '********';
/** Milliseconds; what a component gets that says nothing. */
const DEFAULT_INIT_TIMEOUT = 5000;

/** The components of a file with their references resolved. A reference that can't be followed is a failure, never an empty value. */
export const run: CommandRun = async ({ arguments: [file], options }, context) => {
  const { readComponentFile } = await import('@coffer/core');
  const { components, problems } = await readComponentFile(file as string);
  const [problem] = problems.filter(({ severity }) => severity === 'error');
  if (problem) {
    const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
    throw new Failure('configuration', `${place}: ${problem.message}`, { hint: problem.hint });
  }
  if (components.length === 0) {
    throw new Failure('configuration', `${file} holds no component`, {
      hint: 'a component says apiVersion: dapr.io/v1alpha1 and kind: Component',
    });
  }
  const documents = await resolveAll(components, context, options.reveal === true);
  return { data: documents.map(({ plain }) => plain), text: await yamlOf(documents) };
};

interface RenderedDocument {
  readonly plain: { readonly [member: string]: unknown };
  /** Where the value of each property comes from; undefined: from the file itself. */
  readonly origins: readonly (string | undefined)[];
}

async function resolveAll(
  components: readonly Component[],
  context: CommandContext,
  reveal: boolean,
): Promise<RenderedDocument[]> {
  await using stores = new StoreOpener(context);
  const documents: RenderedDocument[] = [];
  for (const component of components) {
    const { properties, failed } = await followReferences(component, context, stores);
    const [first, ...others] = failed;
    if (first) {
      for (const { property, failure } of others) context.warn(`${subjectOf(component, property)}: ${failure.message}`);
      const { code, message, hint } = first.failure;
      throw new Failure(code, `${subjectOf(component, first.property)}: ${message}`, { hint, cause: first.failure });
    }
    documents.push({
      plain: plainOf(component, (name) => (reveal ? (properties[name] ?? '') : MASK)),
      origins: component.properties.map((property) => originOf(property, component)),
    });
  }
  return documents;
}

function subjectOf({ name }: Component, property: string | undefined): string {
  return `component ${visible(name)}${property === undefined ? '' : `, setting ${visible(property)}`}`;
}

function originOf({ value, envRef, secretKeyRef }: ComponentProperty, { secretStore }: Component): string | undefined {
  if (value === undefined && envRef) return `environment variable ${visible(envRef)}`;
  if (!secretKeyRef?.name) return undefined;
  return `secret ${visible(secretKeyRef.name)} of ${visible(secretStore)}, key ${visible(secretKeyRef.key || secretKeyRef.name)}`;
}

/** The component as a document that has values only. */
function plainOf(component: Component, shownValue: (name: string) => string): RenderedDocument['plain'] {
  const { name, namespace, annotations, type, version, ignoreErrors, properties, secretStore, scopes, initTimeout } = component;
  return {
    apiVersion: 'dapr.io/v1alpha1',
    kind: 'Component',
    metadata: {
      name,
      ...(namespace === '' ? {} : { namespace }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: {
      type,
      ...(version === '' ? {} : { version }),
      ...(ignoreErrors ? { ignoreErrors } : {}),
      ...(initTimeout === DEFAULT_INIT_TIMEOUT ? {} : { initTimeout: `${initTimeout}ms` }),
      metadata: properties.map((property) => ({ name: property.name, value: shownValue(property.name) })),
    },
    ...(secretStore === '' ? {} : { auth: { secretStore } }),
    ...(scopes.length === 0 ? {} : { scopes }),
  };
}

async function yamlOf(documents: readonly RenderedDocument[]): Promise<string> {
  const { Document, isScalar } = await import('yaml');
  const texts = documents.map(({ plain, origins }) => {
    const document = new Document(plain, { aliasDuplicateObjects: false });
    origins.forEach((origin, index) => {
      const value = document.getIn(['spec', 'metadata', index, 'value'], true);
      if (origin !== undefined && isScalar(value)) value.comment = ` ${origin}`;
    });
    return document.toString({ lineWidth: 0 });
  });
  return texts.join('---\n');
}
