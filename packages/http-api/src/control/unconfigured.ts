import { goJson } from '@coffer/core/internal';
import { readBody } from '../body.ts';
import type { Exchange } from '../exchange.ts';
import { unescapeQuery } from '../text.ts';

/*
 * What a sidecar answers for building blocks of which nothing is configured. Clients that probe for them learn that they
 * are not there, in the words that they know.
 */

type Answer = (exchange: Exchange, name: string) => void | Promise<void>;

const noPlacement: Answer = (exchange) => exchange.error(400, 'ERR_ACTOR_NO_PLACEMENT', 'placement service is not configured');

/** By group of the route. */
export const UNCONFIGURED: Readonly<Record<string, Answer>> = {
  state(exchange, name) {
    const metadata = exchange.operation === 'QueryStateAlpha1' ? 'null' : goJson({ appID: exchange.settings.runtime.appId });
    const details = errorInfo('DAPR_STATE_NOT_CONFIGURED', metadata);
    exchange.error(500, 'ERR_STATE_STORE_NOT_CONFIGURED', `state store ${name} is not configured`, details);
  },
  publish: (exchange, name) =>
    exchange.error(404, 'ERR_PUBSUB_NOT_FOUND', `pubsub ${name} is not found`, errorInfo('DAPR_PUBSUB_NOT_FOUND', '{}')),
  async bindings(exchange, name) {
    const body = await jsonBody(exchange);
    if (body === undefined) return;
    const operation = member(body, 'operation');
    const reason =
      typeof operation === 'string' && operation !== ''
        ? `couldn't find output binding ${name}`
        : 'operation field is missing from request';
    exchange.error(500, 'ERR_INVOKE_OUTPUT_BINDING', `error invoking output binding ${name}: ${reason}`);
  },
  configuration: (exchange) =>
    exchange.error(500, 'ERR_CONFIGURATION_STORE_NOT_CONFIGURED', 'configuration stores not configured'),
  async lock(exchange, name) {
    const body = await jsonBody(exchange);
    if (body === undefined) return;
    if (Number(member(body, 'expiryInSeconds') ?? 0) > 0) lockNotConfigured(exchange);
    else exchange.error(400, 'ERR_MALFORMED_REQUEST', `ExpiryInSeconds is not positive in lock store ${name}`);
  },
  unlock: (exchange) => lockNotConfigured(exchange),
  crypto: (exchange) => exchange.error(500, 'ERR_CRYPTO_PROVIDERS_NOT_CONFIGURED', 'crypto providers not configured'),
  subtlecrypto: (exchange) => exchange.error(501, 'ERR_API_UNIMPLEMENTED', 'this API is currently not implemented'),
  actors: noPlacement,
  workflows: noPlacement,
  async jobs(exchange) {
    const details = (reason: string) =>
      errorInfo(reason, goJson({ appID: exchange.settings.runtime.appId, namespace: 'default' }));
    const failed = (reason: string, verb: string) =>
      exchange.error(500, reason, `failed to ${verb} job due to: scheduler clients are disabled`, details(reason));
    if (exchange.operation === 'GetJob') return failed('DAPR_SCHEDULER_GET_JOB', 'get');
    if (exchange.operation === 'DeleteJob') return failed('DAPR_SCHEDULER_DELETE_JOB', 'delete');
    const body = await jsonBody(exchange);
    if (body === undefined) return;
    if (member(body, 'schedule') || member(body, 'dueTime')) return failed('DAPR_SCHEDULER_SCHEDULE_JOB', 'schedule');
    const reason = 'DAPR_SCHEDULER_SCHEDULE_EMPTY';
    exchange.error(400, reason, 'Schedule is empty', details(reason));
  },
  conversation: (exchange, name) =>
    exchange.error(400, 'ERR_CONVERSATION_NOT_FOUND', `failed finding conversation component ${name}`),
};

/** Answers a route of a building block that Coffer does not have. */
export async function answerUnconfigured(exchange: Exchange): Promise<void> {
  const parameter = exchange.parameters[0] ?? '';
  const answer = UNCONFIGURED[exchange.route?.group ?? ''];
  if (answer === undefined) throw new Error(`no answer for the route ${exchange.operation}`);
  await answer(exchange, unescapeQuery(parameter) ?? parameter);
}

function lockNotConfigured(exchange: Exchange): void {
  exchange.error(500, 'ERR_LOCK_STORE_NOT_CONFIGURED', 'lock store is not configured');
}

function errorInfo(reason: string, metadata: string): string {
  return `[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"dapr.io","metadata":${metadata},"reason":"${reason}"}]`;
}

/** The body as JSON, an empty one as `{}`. `undefined` when there is none to be had: the exchange is answered then. */
async function jsonBody(exchange: Exchange): Promise<unknown> {
  const body = await readBody(exchange);
  if (body === undefined) return undefined;
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    exchange.error(400, 'ERR_MALFORMED_REQUEST', 'failed deserializing HTTP body: the body is not JSON');
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
