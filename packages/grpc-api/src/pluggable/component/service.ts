import type { SecretValues } from '@coffer/core';
import { secretTable } from '@coffer/core/driver';
import { goQuote } from '@coffer/core/internal';
import { SecretStore as Service } from '../../gen/dapr/proto/components/v1/secretstore_pb.js';
import { methodsOf } from '../../protobuf/methods-of.ts';
import { GrpcError, StatusCode } from '../../server/status.ts';
import type { Method, ServerCall } from '../../server/types.ts';
import { statusFrom } from './status.ts';
import type { ComponentStores } from './stores.ts';

/** The methods of the component protocol's secret store, by path. */
export function secretStoreMethods(stores: ComponentStores): ReadonlyMap<string, Method> {
  return methodsOf(Service, {
    init: ({ metadata }, call) =>
      answering(call, async (instance) => {
        await stores.init(instance, metadata?.properties ?? {}, call.signal);
        return {};
      }),
    features: (_, call) => answering(call, async (instance) => ({ features: [...stores.features(instance)] })),
    get: ({ key, metadata }, call) =>
      answering(call, async (instance) => {
        const { data } = await stores.get(instance, key, metadata, call.signal);
        return { data: sendable(key, data) };
      }),
    bulkGet: ({ metadata }, call) =>
      answering(call, async (instance) => {
        const { data } = await stores.bulkGet(instance, metadata, call.signal);
        const entries = Object.entries(data ?? {});
        return { data: secretTable(entries.map(([name, values]) => [name, { secrets: sendable(name, values) }])) };
      }),
    ping: (_, call) =>
      answering(call, async (instance) => {
        await stores.ping(instance, call.signal);
        return {};
      }),
  });
}

/** An answer for the component that a call names; failures of the driver become statuses. */
async function answering<Answer>({ metadata }: ServerCall, answer: (instance: string) => Promise<Answer>): Promise<Answer> {
  try {
    return await answer(metadata.get('x-component-instance') ?? '');
  } catch (cause) {
    throw statusFrom(cause);
  }
}

/** Fails with `GrpcError` that names the secret when a text can't be in a message. */
function sendable(secret: string, values: SecretValues | null): SecretValues {
  for (const [key, value] of Object.entries(values ?? {})) {
    if (secret.isWellFormed() && key.isWellFormed() && value.isWellFormed()) continue;
    const place = key === secret ? '' : `, key ${goQuote(key)},`;
    throw new GrpcError(StatusCode.internal, `secret ${goQuote(secret)}${place} is not UTF-8 text: gRPC can't carry it`);
  }
  return values ?? {};
}
