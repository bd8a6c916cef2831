import type { MessageInitShape } from '@bufbuild/protobuf';
import { type SidecarSettings, sidecarFacts } from '@coffer/core/internal';
import { ActorRuntime_ActorRuntimeStatus, type GetMetadataResponseSchema } from '../../gen/dapr/proto/runtime/v1/metadata_pb.js';

/** `GetMetadata` */
export function metadataOf(settings: SidecarSettings): MessageInitShape<typeof GetMetadataResponseSchema> {
  const { id, runtimeVersion, enabledFeatures, components, extended, appConnectionProperties, actorRuntime, resiliencies } =
    sidecarFacts(settings);
  return {
    id,
    runtimeVersion,
    enabledFeatures: [...enabledFeatures],
    registeredComponents: components.map(({ capabilities, ...component }) => ({ ...component, capabilities: [...capabilities] })),
    extendedMetadata: Object.fromEntries(extended),
    appConnectionProperties,
    actorRuntime: { ...actorRuntime, runtimeStatus: ActorRuntime_ActorRuntimeStatus[actorRuntime.runtimeStatus] },
    workflows: {},
    resiliencies: [...resiliencies],
  };
}
