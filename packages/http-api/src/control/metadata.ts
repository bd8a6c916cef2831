import { goJson } from '@coffer/core/internal';
import { acceptBody, hasBody, readBody } from '../body.ts';
import type { ApiSettings, Exchange } from '../exchange.ts';
import { textOfBuffer, unescapeQuery } from '../text.ts';

const VERSION_KEY = 'daprRuntimeVersion';

/** `GET /v1.0/metadata` */
export async function getMetadata(exchange: Exchange): Promise<void> {
  if (hasBody(exchange.request) && !(await acceptBody(exchange, 'GetMetadata'))) return;
  exchange.json(200, `${metadataJson(exchange.settings)}\n`);
}

/** `PUT /v1.0/metadata/{key}`: the body as it is becomes the value. */
export async function putMetadata(exchange: Exchange): Promise<void> {
  const body = hasBody(exchange.request) ? await readBody(exchange) : Buffer.alloc(0);
  if (body === undefined) return;
  const key = unescapeQuery(exchange.parameters[0] ?? '') ?? '';
  if (key !== '') exchange.settings.runtime.extendedMetadata.set(key, textOfBuffer(body));
  exchange.empty(204);
}

/** Members in the reference's order; empty ones are left out. */
function metadataJson({ runtime, runtimeVersion, app, isWaitingForApp }: ApiSettings): string {
  const extended = Object.fromEntries([...runtime.extendedMetadata, [VERSION_KEY, runtimeVersion]]);
  const { health } = app;
  return members([
    ['id', runtime.appId],
    ['runtimeVersion', runtimeVersion],
    ['enabledFeatures', list(runtime.enabledFeatures.map(goJson))],
    ['components', list(runtime.components().map(componentJson))],
    ['extended', raw(goJson(extended))],
    [
      'appConnectionProperties',
      raw(
        members([
          ['port', app.port],
          ['protocol', app.protocol ?? 'http'],
          ['channelAddress', app.channelAddress ?? '127.0.0.1'],
          ['maxConcurrency', app.maxConcurrency],
          [
            'health',
            health &&
              raw(
                members([
                  ['healthCheckPath', health.healthCheckPath],
                  ['healthProbeInterval', health.healthProbeInterval],
                  ['healthProbeTimeout', health.healthProbeTimeout],
                  ['healthThreshold', health.healthThreshold],
                ]),
              ),
          ],
        ]),
      ),
    ],
    ['actorRuntime', raw(actorRuntimeJson(isWaitingForApp()))],
    ['resiliencies', list(runtime.resiliencies.map(({ name }) => members([['name', name]])))],
  ]);
}

function componentJson({ name, type, version, capabilities }: ReturnType<ApiSettings['runtime']['components']>[number]): string {
  return members([
    ['name', name],
    ['type', type],
    ['version', version],
    ['capabilities', list(capabilities.map(goJson))],
  ]);
}

/** Coffer has no actors, which is what a sidecar without a placement service says. */
function actorRuntimeJson(waitingForApp: boolean): string {
  return waitingForApp
    ? '{"runtimeStatus":"INITIALIZING","hostReady":false}'
    : '{"runtimeStatus":"DISABLED","hostReady":false,"placement":"placement: disconnected"}';
}

/** JSON that is written already. */
interface Raw {
  readonly json: string;
}
const raw = (json: string): Raw => ({ json });
const list = (items: readonly string[]): Raw | undefined => (items.length === 0 ? undefined : raw(`[${items.join(',')}]`));

function members(pairs: readonly (readonly [string, string | number | Raw | undefined])[]): string {
  const kept = pairs.filter(([, value]) => value !== undefined && value !== '' && value !== 0);
  return `{${kept.map(([name, value]) => `"${name}":${typeof value === 'object' ? value.json : goJson(value)}`).join(',')}}`;
}
