import { textOfBuffer } from '@coffer/core/driver';
import { goJson, sidecarFacts } from '@coffer/core/internal';
import { acceptBody, hasBody, readBody } from '../body.ts';
import type { Exchange } from '../exchange.ts';
import { unescapeQuery } from '../text.ts';

/** `GET /v1.0/metadata` */
export async function getMetadata(exchange: Exchange): Promise<void> {
  if (hasBody(exchange.request) && !(await acceptBody(exchange, 'GetMetadata'))) return;
  exchange.json(200, `${json(sidecarFacts(exchange.settings))}\n`);
}

/** `PUT /v1.0/metadata/{key}`: the body as it is becomes the value. */
export async function putMetadata(exchange: Exchange): Promise<void> {
  const body = hasBody(exchange.request) ? await readBody(exchange) : Buffer.alloc(0);
  if (body === undefined) return;
  const key = unescapeQuery(exchange.parameters[0] ?? '') ?? '';
  if (key !== '') exchange.settings.runtime.extendedMetadata.set(key, textOfBuffer(body));
  exchange.empty(204);
}

/** Members in the order that they are given; empty ones are left out. */
function json(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(json).join(',')}]`;
  if (value instanceof Map) return goJson(Object.fromEntries(value));
  if (typeof value !== 'object' || value === null) return goJson(value);
  const kept = Object.entries(value).filter(([, member]) => !isEmpty(member));
  return `{${kept.map(([name, member]) => `"${name}":${json(member)}`).join(',')}}`;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || value === 0 || (Array.isArray(value) && value.length === 0);
}
