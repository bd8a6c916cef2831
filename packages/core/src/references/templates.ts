import { randomUUID } from 'node:crypto';

export interface TemplateValues {
  readonly appId: string;
  /** Environment variable NAMESPACE; `default` stands in when it is not set. */
  readonly namespace: string | undefined;
  /** Environment variable POD_NAME. */
  readonly podName: string | undefined;
}

const TEMPLATE = /\{(?:uuid|podName|namespace|appID)\}/;

/** Whether `fillTemplates` would change a property value. */
export function hasTemplates(value: string): boolean {
  return TEMPLATE.test(value);
}

/** Replaces `{uuid}` (a new one each), `{podName}`, `{namespace}` and `{appID}` in a property value. */
export function fillTemplates(property: string, value: string, values: TemplateValues): string {
  if (!value.includes('{')) return value;
  let text = value.replaceAll('{uuid}', () => randomUUID());
  if (text.includes('{podName}')) {
    const { podName } = values;
    if (podName === undefined || podName === '') {
      throw new Error(`failed to parse metadata: property ${property} refers to {podName} but podName is not set`);
    }
    text = text.replaceAll('{podName}', () => podName);
  }
  return text
    .replaceAll('{namespace}', () => `${values.namespace || 'default'}.${values.appId}`)
    .replaceAll('{appID}', () => values.appId);
}
