import { create } from '@bufbuild/protobuf';
import { EmptySchema } from '@bufbuild/protobuf/wkt';
import { Dapr } from '../../gen/dapr/proto/runtime/v1/dapr_pb.js';
import type { GrpcApiOptions } from '../../options.ts';
import { methodsOf } from '../../protobuf/methods-of.ts';
import { reflectionMethods } from '../../protobuf/reflection.ts';
import type { Method } from '../../server/types.ts';
import { WORKFLOW_SERVICE } from '../paths.ts';
import { tracedReflection } from '../proxied.ts';
import { metadataOf } from './metadata.ts';
import { unconfiguredHandlers } from './unconfigured.ts';

/** Every method but those that read secrets, by path. */
export function controlMethods(options: GrpcApiOptions): Iterable<[string, Method]> {
  const { runtime, runtimeVersion = 'edge', app = {}, isWaitingForApp = () => false, shutdown } = options;
  const facts = { runtime, runtimeVersion, app, isWaitingForApp };
  const own = methodsOf(Dapr, {
    ...unconfiguredHandlers(runtime.appId),
    getMetadata: () => metadataOf(facts),
    setMetadata({ key, value }) {
      if (key !== '') runtime.extendedMetadata.set(key, value);
      return create(EmptySchema);
    },
    ...(shutdown && {
      shutdown(_, { metadata }) {
        const isForced = metadata.getAll('dapr-force-shutdown').some((value) => value.toLowerCase() === 'true');
        // The answer goes out before whoever is asked can close anything.
        setImmediate(shutdown, isForced ? 'force' : 'graceful');
        return create(EmptySchema);
      },
    }),
  });
  return [...own, ...reflection(options)];
}

function* reflection({ runtime, tracing }: GrpcApiOptions): Generator<[string, Method]> {
  const isReference = runtime.dialect.grpc.reflection === 'as_reference';
  for (const [path, method] of reflectionMethods([Dapr], isReference ? [WORKFLOW_SERVICE] : [])) {
    yield [path, isReference && tracing !== undefined ? tracedReflection(method) : method];
  }
}
