import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Dapr } from '../../gen/dapr/proto/runtime/v1/dapr_pb.js';
import type {
  ScheduleJobRequest,
  UnsubscribeConfigurationResponseSchema,
} from '../../gen/dapr/proto/runtime/v1/unconfigured_pb.js';
import type { Handlers } from '../../protobuf/methods-of.ts';
import { GrpcError, StatusCode } from '../../server/status.ts';
import { detailedError, type ErrorInfo } from '../error-details.ts';

/*
 * What a sidecar answers for building blocks of which nothing is configured. Clients that probe for them learn that they
 * are not there, in the words that they know.
 */

interface Named {
  readonly name: string;
}
interface InStore {
  readonly storeName: string;
}
interface ForTopic {
  readonly pubsubName: string;
}
const DOMAIN = 'dapr.io';

/** Every method of the service `Dapr` that Coffer does not have. They all fail, but for one that says so in its response. */
export function unconfiguredHandlers(appId: string): Handlers<typeof Dapr> {
  const job = { appID: appId, namespace: 'default' };

  function noState({ storeName }: InStore): never {
    const message = `state store ${storeName} is not configured`;
    throw withInfo(StatusCode.failedPrecondition, message, 'DAPR_STATE_NOT_CONFIGURED', { appID: appId });
  }
  function noNamedJob(verb: string, { name }: Named): never {
    if (name === '') throw withInfo(StatusCode.invalidArgument, 'Name is empty', 'DAPR_SCHEDULER_JOB_NAME_EMPTY', job);
    return noScheduler(`${verb} job`, `DAPR_SCHEDULER_${verb.toUpperCase()}_JOB`);
  }
  function noSchedule({ job: wanted }: ScheduleJobRequest): never {
    if (wanted === undefined) throw withInfo(StatusCode.invalidArgument, 'Job is empty', 'DAPR_SCHEDULER_EMPTY', job);
    if (wanted.name !== '' && wanted.schedule === undefined && wanted.dueTime === undefined) {
      throw withInfo(StatusCode.invalidArgument, 'Schedule is empty', 'DAPR_SCHEDULER_SCHEDULE_EMPTY', job);
    }
    return noNamedJob('schedule', wanted);
  }
  function noScheduler(verb: string, reason: string): never {
    throw withInfo(StatusCode.internal, `failed to ${verb} due to: scheduler clients are disabled`, reason, job);
  }
  const noGet = (request: Named): never => noNamedJob('get', request);
  const noDelete = (request: Named): never => noNamedJob('delete', request);
  const noDeletes = (): never => noScheduler('delete job', 'DAPR_SCHEDULER_DELETE_JOB');
  const noList = (): never => noScheduler('list jobs', 'DAPR_SCHEDULER_LIST_JOBS');

  return {
    invokeService({ id }) {
      throw new GrpcError(StatusCode.internal, `failed to invoke, id: ${id}, err: name resolver not initialized`);
    },
    getState: noState,
    getBulkState: noState,
    saveState: noState,
    deleteState: noState,
    deleteBulkState: noState,
    executeStateTransaction: noState,
    queryStateAlpha1({ storeName }) {
      const message = `state store ${storeName} is not configured`;
      throw withInfo(StatusCode.failedPrecondition, message, 'DAPR_STATE_NOT_CONFIGURED');
    },
    publishEvent: noPubsub,
    bulkPublishEvent: noPubsub,
    bulkPublishEventAlpha1: noPubsub,
    subscribeTopicEventsAlpha1: notImplemented,
    invokeBinding({ name, operation }) {
      const reason = operation === '' ? 'operation field is missing from request' : `couldn't find output binding ${name}`;
      const message = `error invoking output binding ${name}: ${reason}`;
      throw withInfo(StatusCode.internal, message, 'ERR_INVOKE_OUTPUT_BINDING');
    },
    registerActorTimer: noPlacement,
    unregisterActorTimer: noPlacement,
    registerActorReminder: noPlacement,
    unregisterActorReminder: noPlacement,
    unregisterActorRemindersByType: noPlacement,
    listActorReminders: noPlacement,
    getActorState: noPlacement,
    getActorReminder: noPlacement,
    executeActorStateTransaction: noPlacement,
    invokeActor: noPlacement,
    subscribeActorEventsAlpha1: notImplemented,
    getConfiguration: noConfiguration,
    getConfigurationAlpha1: noConfiguration,
    subscribeConfiguration: noConfiguration,
    subscribeConfigurationAlpha1: noConfiguration,
    unsubscribeConfiguration: noSubscription,
    unsubscribeConfigurationAlpha1: noSubscription,
    tryLockAlpha1({ storeName, expiryInSeconds }) {
      if (expiryInSeconds > 0) return noLock();
      throw new GrpcError(StatusCode.invalidArgument, `ExpiryInSeconds is not positive in lock store ${storeName}`);
    },
    unlockAlpha1: noLock,
    encryptAlpha1: (requests) =>
      failAfterFirst(requests, (first) => {
        if (first?.options === undefined) return missingOptions(first);
        if (first.options.keyName === '') return invalid("missing property 'keyName' in the options message");
        if (first.options.keyWrapAlgorithm === '') return invalid("missing property 'keyWrapAlgorithm' in the options message");
        return noCrypto();
      }),
    decryptAlpha1: (requests) =>
      failAfterFirst(requests, (first) => (first?.options === undefined ? missingOptions(first) : noCrypto())),
    subtleGetKeyAlpha1: notImplemented,
    subtleEncryptAlpha1: notImplemented,
    subtleDecryptAlpha1: notImplemented,
    subtleWrapKeyAlpha1: notImplemented,
    subtleUnwrapKeyAlpha1: notImplemented,
    subtleSignAlpha1: notImplemented,
    subtleVerifyAlpha1: notImplemented,
    startWorkflowAlpha1: noPlacement,
    getWorkflowAlpha1: noPlacement,
    purgeWorkflowAlpha1: noPlacement,
    terminateWorkflowAlpha1: noPlacement,
    pauseWorkflowAlpha1: noPlacement,
    resumeWorkflowAlpha1: noPlacement,
    raiseEventWorkflowAlpha1: noPlacement,
    startWorkflowBeta1: noPlacement,
    getWorkflowBeta1: noPlacement,
    purgeWorkflowBeta1: noPlacement,
    terminateWorkflowBeta1: noPlacement,
    pauseWorkflowBeta1: noPlacement,
    resumeWorkflowBeta1: noPlacement,
    raiseEventWorkflowBeta1: noPlacement,
    // Where the process can't be stopped this way.
    shutdown: notImplemented,
    scheduleJob: noSchedule,
    scheduleJobAlpha1: noSchedule,
    getJob: noGet,
    getJobAlpha1: noGet,
    deleteJob: noDelete,
    deleteJobAlpha1: noDelete,
    deleteJobsByPrefix: noDeletes,
    deleteJobsByPrefixAlpha1: noDeletes,
    listJobs: noList,
    listJobsAlpha1: noList,
    converseAlpha1: noConversation,
    converseAlpha2: noConversation,
  };
}

function notImplemented(): never {
  throw new GrpcError(StatusCode.unimplemented, 'this API is currently not implemented');
}

function noPlacement(): never {
  throw new GrpcError(StatusCode.unavailable, 'placement service is not configured');
}

function noPubsub({ pubsubName }: ForTopic): never {
  if (pubsubName !== '') {
    throw withInfo(StatusCode.invalidArgument, `pubsub ${pubsubName} is not found`, 'DAPR_PUBSUB_NOT_FOUND');
  }
  const message = 'pubsub name is empty';
  const info = { reason: 'DAPR_PUBSUB_NAME_EMPTY', domain: DOMAIN, metadata: {} };
  throw detailedError(StatusCode.invalidArgument, message, info, { type: 'pubsub', name: '', description: message });
}

function noConfiguration(): never {
  const reason = 'ERR_CONFIGURATION_STORE_NOT_CONFIGURED';
  throw withInfo(StatusCode.failedPrecondition, 'configuration stores not configured', reason);
}

function noSubscription({ id }: { readonly id: string }): MessageInitShape<typeof UnsubscribeConfigurationResponseSchema> {
  return {
    ok: false,
    message: `failed to unsubscribe to configuration request ${id}: subscription does not exist`,
  };
}

function noLock(): never {
  throw new GrpcError(StatusCode.failedPrecondition, 'lock store is not configured');
}

function noConversation({ name }: Named): never {
  throw new GrpcError(StatusCode.invalidArgument, `failed finding conversation component ${name}`);
}

function noCrypto(): GrpcError {
  return new GrpcError(StatusCode.internal, 'crypto providers not configured');
}

function missingOptions(first: object | undefined): GrpcError {
  if (first !== undefined) return invalid('first message does not contain the required options');
  return new GrpcError(StatusCode.internal, 'failed to perform operation: error receiving the first message: EOF');
}

function invalid(reason: string): GrpcError {
  return new GrpcError(StatusCode.invalidArgument, `invalid request: ${reason}`);
}

function withInfo(code: StatusCode, message: string, reason: string, metadata: ErrorInfo['metadata'] = {}): GrpcError {
  return detailedError(code, message, { reason, domain: DOMAIN, metadata });
}

/** Waits for the first request, `undefined` when there is none, and fails for the reason that it gives. */
function failAfterFirst<Request>(
  requests: AsyncIterable<Request>,
  reason: (first: Request | undefined) => GrpcError,
): AsyncIterable<never> {
  const next = async (): Promise<never> => {
    for await (const request of requests) throw reason(request);
    throw reason(undefined);
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}
