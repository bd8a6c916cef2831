/** What paths of the runtime's services begin with: access lists speak of these only. */
export const RUNTIME_PREFIX = '/dapr.proto.runtime.';
export const DAPR_PREFIX = '/dapr.proto.runtime.v1.Dapr/';
export const REFLECTION_PREFIX = '/grpc.reflection.';
/** A service of the reference for workflows, which Coffer does not have. */
export const WORKFLOW_SERVICE = 'TaskHubSidecarService';
