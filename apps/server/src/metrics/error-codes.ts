import { DAPR_FAMILIES } from './catalogue.ts';
import { cells, type Family, type FamilyOptions } from './family.ts';
import type { Cell } from './samples.ts';

/** The reference's category of each error code that Coffer answers; what stands for none of them is `common`. */
const CATEGORIES: Readonly<Record<string, string>> = {
  ERR_SECRET_GET: 'secret',
  ERR_SECRET_STORE_NOT_FOUND: 'secret',
  ERR_SECRET_STORES_NOT_CONFIGURED: 'secret',
  ERR_PERMISSION_DENIED: 'secret',
  ERR_DIRECT_INVOKE: 'service-invocation',
  ERR_HEALTH_NOT_READY: 'health',
  ERR_HEALTH_APPID_NOT_MATCH: 'health',
  ERR_OUTBOUND_HEALTH_NOT_READY: 'health',
  ERR_ACTOR_NO_PLACEMENT: 'actor',
  ERR_CONFIGURATION_STORE_NOT_CONFIGURED: 'configuration',
  ERR_CONVERSATION_NOT_FOUND: 'conversation',
  ERR_CRYPTO_PROVIDERS_NOT_CONFIGURED: 'crypto',
  ERR_INVOKE_OUTPUT_BINDING: 'binding',
  ERR_LOCK_STORE_NOT_CONFIGURED: 'lock',
  ERR_PUBSUB_NOT_FOUND: 'pubsub',
  ERR_STATE_STORE_NOT_CONFIGURED: 'state',
  DAPR_SCHEDULER_DELETE_JOB: 'job',
  DAPR_SCHEDULER_GET_JOB: 'job',
  DAPR_SCHEDULER_SCHEDULE_EMPTY: 'job',
  DAPR_SCHEDULER_SCHEDULE_JOB: 'job',
};

/** Error codes that were answered, over HTTP and gRPC. */
export class ErrorCodeMetrics {
  readonly family: Family<Cell>;

  constructor(options: FamilyOptions) {
    this.family = cells(DAPR_FAMILIES.errorCodes, options);
  }

  count(errorCode: string): void {
    this.family.sample([CATEGORIES[errorCode] ?? 'common', errorCode]).value++;
  }
}
