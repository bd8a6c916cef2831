import type { AccessRule } from '@coffer/core';
import { DAPR_PREFIX, RUNTIME_PREFIX } from './paths.ts';

/** Methods that a rule `<name>.<version>` selects. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  'invoke.v1': ['InvokeService'],
  'state.v1': ['GetState', 'GetBulkState', 'SaveState', 'DeleteState', 'DeleteBulkState', 'ExecuteStateTransaction'],
  'state.v1alpha1': ['QueryStateAlpha1'],
  'publish.v1': ['PublishEvent', 'BulkPublishEvent'],
  'publish.v1alpha1': ['BulkPublishEventAlpha1'],
  'bindings.v1': ['InvokeBinding'],
  'secrets.v1': ['GetSecret', 'GetBulkSecret'],
  'actors.v1': [
    ...['RegisterActorTimer', 'UnregisterActorTimer', 'RegisterActorReminder', 'GetActorReminder', 'UnregisterActorReminder'],
    ...['UnregisterActorRemindersByType', 'ListActorReminders', 'GetActorState', 'ExecuteActorStateTransaction', 'InvokeActor'],
  ],
  'actors.v1alpha1': ['SubscribeActorEventsAlpha1'],
  'metadata.v1': ['GetMetadata', 'SetMetadata'],
  'configuration.v1alpha1': ['GetConfigurationAlpha1', 'SubscribeConfigurationAlpha1', 'UnsubscribeConfigurationAlpha1'],
  'configuration.v1': ['GetConfiguration', 'SubscribeConfiguration', 'UnsubscribeConfiguration'],
  'lock.v1alpha1': ['TryLockAlpha1'],
  'unlock.v1alpha1': ['UnlockAlpha1'],
  'subtlecrypto.v1alpha1': ['GetKey', 'Encrypt', 'Decrypt', 'Sign', 'Verify', 'WrapKey', 'UnwrapKey'].map(
    (operation) => `Subtle${operation}Alpha1`,
  ),
  'crypto.v1alpha1': ['EncryptAlpha1', 'DecryptAlpha1'],
  'workflows.v1alpha1': workflowMethods('Alpha1'),
  'workflows.v1beta1': workflowMethods('Beta1'),
  'jobs.v1alpha1': jobMethods('Alpha1'),
  'jobs.v1': jobMethods(''),
  'shutdown.v1': ['Shutdown'],
  'subscribe.v1alpha1': ['SubscribeTopicEventsAlpha1'],
  'conversation.v1alpha1': ['ConverseAlpha1'],
  'conversation.v1alpha2': ['ConverseAlpha2'],
};

function workflowMethods(version: string): string[] {
  const operations = ['Start', 'Get', 'Terminate', 'RaiseEvent', 'Purge', 'Pause', 'Resume'];
  return operations.map((operation) => `${operation}Workflow${version}`);
}

function jobMethods(version: string): string[] {
  return ['ScheduleJob', 'DeleteJob', 'GetJob', 'DeleteJobsByPrefix', 'ListJobs'].map((name) => name + version);
}

export interface Access {
  readonly allowed: readonly AccessRule[];
  readonly denied: readonly AccessRule[];
}

/** Whether `spec.api` of the Configuration leaves a path in place; `undefined` when its rules select no method at all. */
export function createAccessCheck({ allowed, denied }: Access): ((path: string) => boolean) | undefined {
  const allowedPaths = pathsOf(allowed);
  const deniedPaths = pathsOf(denied);
  if (allowedPaths.size === 0 && deniedPaths.size === 0) return undefined;
  return (path) => {
    if (!path.startsWith(RUNTIME_PREFIX)) return true;
    return !deniedPaths.has(path) && (allowedPaths.size === 0 || allowedPaths.has(path));
  };
}

/** Rules of other protocols than `grpc`, written exactly so, say nothing; neither do unknown ones. */
function pathsOf(rules: readonly AccessRule[]): ReadonlySet<string> {
  const selected = rules.filter(({ protocol }) => protocol === 'grpc').map(({ name, version }) => `${name}.${version}`);
  const methods = selected.flatMap((rule) => (Object.hasOwn(METHODS, rule) ? (METHODS[rule] as readonly string[]) : []));
  return new Set(methods.map((method) => DAPR_PREFIX + method));
}
