import { create, createFileRegistry, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Client, credentials } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SecretStore } from '../src/gen/dapr/proto/components/v1/secretstore_pb.js';
import * as v1 from '../src/gen/grpc/reflection/v1/reflection_pb.js';
import * as v1alpha from '../src/gen/grpc/reflection/v1alpha/reflection_pb.js';
import { createGrpcServer } from '../src/index.ts';
import { methodsOf } from '../src/protobuf/methods-of.ts';
import { reflectionMethods } from '../src/protobuf/reflection.ts';

type Query = NonNullable<MessageInitShape<typeof v1.ServerReflectionRequestSchema>['messageRequest']>;

/** Serves a secret store component with reflection, and answers what reflection says to the queries, in one call. */
async function ask(version: 'v1' | 'v1alpha', queries: readonly Query[]) {
  const store = methodsOf(SecretStore, { ping: () => ({}), features: () => ({ features: ['A'] }) });
  const methods = new Map([...store, ...reflectionMethods([SecretStore], ['Another'])]);
  const server = createGrpcServer({ lookup: (path) => methods.get(path) });
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(async () => {
    client.close();
    await server.close(0);
  });
  const [request, response] =
    version === 'v1'
      ? [v1.ServerReflectionRequestSchema, v1.ServerReflectionResponseSchema]
      : [v1alpha.ServerReflectionRequestSchema, v1alpha.ServerReflectionResponseSchema];
  const call = client.makeBidiStreamRequest(
    `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    (query: Query) => Buffer.from(toBinary(request, create(request, { host: 'h', messageRequest: query as never }))),
    (bytes) => fromBinary(response, bytes),
  );
  for (const query of queries) call.write(query);
  call.end();
  return await call.toArray();
}

describe.each(['v1', 'v1alpha'] as const)('reflection %s', (version) => {
  test('lists the services in order', async () => {
    const [answer] = await ask(version, [{ case: 'listServices', value: '' }]);
    expect(answer.validHost).toBe('h');
    expect(answer.originalRequest.messageRequest.case).toBe('listServices');
    expect(answer.messageResponse.value.service.map(({ name }: { name: string }) => name)).toEqual([
      'Another',
      'dapr.proto.components.v1.SecretStore',
      'grpc.reflection.v1.ServerReflection',
      'grpc.reflection.v1alpha.ServerReflection',
    ]);
  });

  test('describes a symbol with all that is needed to use it', async () => {
    const symbols = ['dapr.proto.components.v1.SecretStore', 'dapr.proto.components.v1.GetSecretRequest.MetadataEntry'];
    const methods = ['dapr.proto.components.v1.SecretStore.Get', 'dapr.proto.components.v1.PingRequest'];
    const answers = await ask(
      version,
      [...symbols, ...methods].map((value) => ({ case: 'fileContainingSymbol', value })),
    );
    expect(answers).toHaveLength(4);
    for (const { messageResponse } of answers) {
      const file = messageResponse.value.fileDescriptorProto.map((bytes: Uint8Array) =>
        fromBinary(FileDescriptorProtoSchema, bytes),
      );
      const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: file.reverse() }));
      expect(registry.getService('dapr.proto.components.v1.SecretStore')?.method.bulkGet?.output.typeName).toBe(
        'dapr.proto.components.v1.BulkGetSecretResponse',
      );
    }
  });

  test('describes files by name, says what is not there', async () => {
    const [file, noFile, noSymbol, noExtension, numbers] = await ask(version, [
      { case: 'fileByFilename', value: 'dapr/proto/components/v1/secretstore.proto' },
      { case: 'fileByFilename', value: 'nope.proto' },
      { case: 'fileContainingSymbol', value: 'nope.Nope' },
      { case: 'fileContainingExtension', value: { containingType: 'a.B', extensionNumber: 1 } as never },
      { case: 'allExtensionNumbersOfType', value: 'dapr.proto.components.v1.PingRequest' },
    ]);
    expect(file.messageResponse.case).toBe('fileDescriptorResponse');
    expect(numbers.messageResponse.value.baseTypeName).toBe('dapr.proto.components.v1.PingRequest');
    for (const { messageResponse } of [noFile, noSymbol, noExtension]) expect(messageResponse.value.errorCode).toBe(5);
  });

  test('an empty query ends the call', async () => {
    await expect(ask(version, [{ case: undefined }])).rejects.toMatchObject({ code: 3 });
  });
});
