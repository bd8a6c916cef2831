import type { AccessRule } from '@coffer/core';

export interface Route {
  /** Name of the operation, as API logs show it. */
  readonly operation: string;
  readonly methods: readonly string[];
  readonly version: string;
  /** Path after the version: literals, `{parameters}`, and `*` for the rest. */
  readonly template: string;
  readonly group: string;
  /** Answered while the process is unhealthy or locked down: no access rule takes it away. */
  readonly healthCheck: boolean;
  /** Whether the public port has it. */
  readonly public: boolean;
}

const ALPHA1 = 'v1.0-alpha1';
const ALPHA2 = 'v1.0-alpha2';
const BETA1 = 'v1.0-beta1';
const V1 = 'v1.0';
const WRITE = ['POST', 'PUT'];

/** `[operation, methods, versions, template]`; the group is the first segment of the template. */
type Row = readonly [string, readonly string[], readonly string[], string];

const OWN: readonly Row[] = [
  ['GetSecret', ['GET'], [V1], 'secrets/{secretStoreName}/{key}'],
  ['GetBulkSecret', ['GET'], [V1], 'secrets/{secretStoreName}/bulk'],
  ['Shutdown', ['POST'], [V1], 'shutdown'],
];
const PUBLIC: readonly Row[] = [
  ['GetMetadata', ['GET'], [V1], 'metadata'],
  ['PutMetadata', ['PUT'], [V1], 'metadata/{key}'],
  ['Healthz', ['GET'], [V1], 'healthz'],
  ['HealthzOutbound', ['GET'], [V1], 'healthz/outbound'],
];
/** Building blocks that Coffer does not have: answered as by a sidecar in which nothing of them is configured. */
const OTHER: readonly Row[] = [
  ['GetState', ['GET'], [V1], 'state/{storeName}/{key}'],
  ['SaveState', WRITE, [V1], 'state/{storeName}'],
  ['DeleteState', ['DELETE'], [V1], 'state/{storeName}/{key}'],
  ['GetBulkState', WRITE, [V1], 'state/{storeName}/bulk'],
  ['ExecuteStateTransaction', WRITE, [V1], 'state/{storeName}/transaction'],
  ['QueryStateAlpha1', WRITE, [ALPHA1], 'state/{storeName}/query'],
  ['PublishEvent', WRITE, [V1], 'publish/{pubsubname}/*'],
  ['BulkPublishEvent', WRITE, [ALPHA1, V1], 'publish/bulk/{pubsubname}/*'],
  ['InvokeBinding', WRITE, [V1], 'bindings/{name}'],
  ['GetConfiguration', ['GET'], [ALPHA1, V1], 'configuration/{storeName}'],
  ['SubscribeConfiguration', ['GET'], [ALPHA1, V1], 'configuration/{storeName}/subscribe'],
  ['UnsubscribeConfiguration', ['GET'], [ALPHA1, V1], 'configuration/{storeName}/{id}/unsubscribe'],
  ['TryLock', ['POST'], [ALPHA1], 'lock/{storeName}'],
  ['Unlock', ['POST'], [ALPHA1], 'unlock/{storeName}'],
  ['Encrypt', ['PUT'], [ALPHA1], 'crypto/{name}/encrypt'],
  ['Decrypt', ['PUT'], [ALPHA1], 'crypto/{name}/decrypt'],
  ['SubtleGetKey', ['POST'], [ALPHA1], 'subtlecrypto/{name}/getkey'],
  ['SubtleEncrypt', ['POST'], [ALPHA1], 'subtlecrypto/{name}/encrypt'],
  ['SubtleDecrypt', ['POST'], [ALPHA1], 'subtlecrypto/{name}/decrypt'],
  ['SubtleWrapKey', ['POST'], [ALPHA1], 'subtlecrypto/{name}/wrapkey'],
  ['SubtleUnwrapKey', ['POST'], [ALPHA1], 'subtlecrypto/{name}/unwrapkey'],
  ['SubtleSign', ['POST'], [ALPHA1], 'subtlecrypto/{name}/sign'],
  ['SubtleVerify', ['POST'], [ALPHA1], 'subtlecrypto/{name}/verify'],
  ['ExecuteActorStateTransaction', WRITE, [V1], 'actors/{actorType}/{actorId}/state'],
  ['InvokeActor', ['GET', 'POST', 'DELETE', 'PUT'], [V1], 'actors/{actorType}/{actorId}/method/{method}'],
  ['GetActorState', ['GET'], [V1], 'actors/{actorType}/{actorId}/state/{key}'],
  ['RegisterActorReminder', WRITE, [V1], 'actors/{actorType}/{actorId}/reminders/{name}'],
  ['RegisterActorTimer', WRITE, [V1], 'actors/{actorType}/{actorId}/timers/{name}'],
  ['UnregisterActorReminder', ['DELETE'], [V1], 'actors/{actorType}/{actorId}/reminders/{name}'],
  ['UnregisterActorTimer', ['DELETE'], [V1], 'actors/{actorType}/{actorId}/timers/{name}'],
  ['GetActorReminder', ['GET'], [V1], 'actors/{actorType}/{actorId}/reminders/{name}'],
  ['ScheduleJob', ['POST'], [ALPHA1, V1], 'jobs/{name}'],
  ['DeleteJob', ['DELETE'], [ALPHA1, V1], 'jobs/{name}'],
  ['GetJob', ['GET'], [ALPHA1, V1], 'jobs/{name}'],
  ['Converse', ['POST'], [ALPHA1, ALPHA2], 'conversation/{name}/converse'],
  ['GetWorkflow', ['GET'], [ALPHA1, BETA1, V1], 'workflows/{workflowComponent}/{instanceID}'],
  ['RaiseEventWorkflow', ['POST'], [ALPHA1, BETA1, V1], 'workflows/{workflowComponent}/{instanceID}/raiseEvent/{eventName}'],
  ['StartWorkflow', ['POST'], [ALPHA1, BETA1, V1], 'workflows/{workflowComponent}/{workflowName}/start'],
  ['PauseWorkflow', ['POST'], [ALPHA1, BETA1, V1], 'workflows/{workflowComponent}/{instanceID}/pause'],
  ['ResumeWorkflow', ['POST'], [ALPHA1, BETA1, V1], 'workflows/{workflowComponent}/{instanceID}/resume'],
  ['TerminateWorkflow', ['POST'], [ALPHA1, BETA1, V1], 'workflows/{workflowComponent}/{instanceID}/terminate'],
  ['PurgeWorkflow', ['POST'], [ALPHA1, BETA1, V1], 'workflows/{workflowComponent}/{instanceID}/purge'],
];

/** Also the answer to everything that matches no other route, while access rules leave it in place. */
export const INVOKE: Route = {
  operation: 'InvokeService',
  methods: [],
  version: V1,
  template: 'invoke/*',
  group: 'invoke',
  healthCheck: false,
  public: false,
};

export const ROUTES: readonly Route[] = [...expand(OWN, false), ...expand(PUBLIC, true), ...expand(OTHER, false)];

function expand(rows: readonly Row[], isPublic: boolean): Route[] {
  return rows.flatMap(([operation, methods, versions, template]) => {
    const group = template.split('/', 1)[0] as string;
    const healthCheck = group === 'healthz';
    return versions.map((version) => ({ operation, methods, version, template, group, healthCheck, public: isPublic }));
  });
}

export interface Access {
  readonly allowed: readonly AccessRule[];
  readonly denied: readonly AccessRule[];
}

/** Whether `spec.api` of the Configuration leaves a route in place. Rules of other protocols than `http` say nothing. */
export function isRouteAllowed(route: Route, access: Access): boolean {
  if (route.healthCheck) return true;
  if (access.denied.some((rule) => selects(rule, route))) return false;
  const allowed = access.allowed.filter(isHttpRule);
  return allowed.length === 0 || allowed.some((rule) => selects(rule, route));
}

const isHttpRule = (rule: AccessRule): boolean => rule.protocol.toLowerCase() === 'http';

/** By group (`v1/secrets`), or as a plain prefix of the path (`v1.0/secrets`). */
function selects(rule: AccessRule, route: Route): boolean {
  if (!isHttpRule(rule)) return false;
  const text = `${rule.version}/${rule.name}`;
  const groupVersion = route.version.replace('.0', '').replace('-', '');
  return text === `${groupVersion}/${route.group}` || `${route.version}/${route.template}`.startsWith(text);
}
