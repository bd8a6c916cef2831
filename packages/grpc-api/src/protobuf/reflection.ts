import { type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import { type DescriptorProto, type EnumDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { ServerReflection } from '../gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as ServerReflectionAlpha } from '../gen/grpc/reflection/v1alpha/reflection_pb.js';
import { GrpcError, StatusCode } from '../server/status.ts';
import type { Method } from '../server/types.ts';
import { methodsOf } from './methods-of.ts';

/** A request of either version. */
interface Request {
  readonly host: string;
  readonly messageRequest: { readonly case: string | undefined; readonly value?: unknown };
}

type Answer =
  | { readonly case: 'listServicesResponse'; readonly value: { readonly service: { readonly name: string }[] } }
  | { readonly case: 'fileDescriptorResponse'; readonly value: { readonly fileDescriptorProto: Uint8Array<ArrayBuffer>[] } }
  | { readonly case: 'allExtensionNumbersResponse'; readonly value: { readonly baseTypeName: string } }
  | { readonly case: 'errorResponse'; readonly value: { readonly errorCode: number; readonly errorMessage: string } };

/** Server reflection, v1 and v1alpha, over the given services and itself. `names` are listed beside them. */
export function reflectionMethods(services: readonly DescService[], names: readonly string[] = []): Map<string, Method> {
  const all = [...services, ServerReflection, ServerReflectionAlpha];
  const answer = answerer(all, [...all.map(({ typeName }) => typeName), ...names].sort());
  async function* serverReflectionInfo<Kind extends Request>(requests: AsyncIterable<Kind>) {
    for await (const request of requests) {
      yield { validHost: request.host, originalRequest: request as never, messageResponse: answer(request.messageRequest) };
    }
  }
  return new Map([
    ...methodsOf(ServerReflection, { serverReflectionInfo }),
    ...methodsOf(ServerReflectionAlpha, { serverReflectionInfo }),
  ]);
}

function answerer(services: readonly DescService[], names: readonly string[]): (request: Request['messageRequest']) => Answer {
  const files = new Map<string, DescFile>();
  for (const { file } of services) for (const one of closureOf(file)) files.set(one.proto.name, one);
  const symbols = new Map([...files.values()].flatMap((file) => symbolsOf(file).map((symbol) => [symbol, file] as const)));
  return ({ case: kind, value }) => {
    const text = String(value);
    switch (kind) {
      case 'listServices':
        return { case: 'listServicesResponse', value: { service: names.map((name) => ({ name })) } };
      case 'fileByFilename':
        return describe(files.get(text), `file not found: ${text}`);
      case 'fileContainingSymbol':
        return describe(symbols.get(text), `symbol not found: ${text}`);
      case 'fileContainingExtension':
        return describe(undefined, 'there are no extensions');
      case 'allExtensionNumbersOfType':
        if (symbols.has(text)) return { case: 'allExtensionNumbersResponse', value: { baseTypeName: text } };
        return describe(undefined, `symbol not found: ${text}`);
      default:
        throw new GrpcError(StatusCode.invalidArgument, 'invalid MessageRequest: <nil>');
    }
  };
}

/** A file with all that it needs, or that it is not there. */
function describe(file: DescFile | undefined, missing: string): Answer {
  if (file === undefined) return { case: 'errorResponse', value: { errorCode: StatusCode.notFound, errorMessage: missing } };
  const fileDescriptorProto = closureOf(file).map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto } };
}

/** The file and those it imports, itself first. */
function closureOf(file: DescFile): DescFile[] {
  const found = new Set<DescFile>();
  const add = (one: DescFile): void => {
    if (found.has(one)) return;
    found.add(one);
    one.dependencies.forEach(add);
  };
  add(file);
  return [...found];
}

/** Full names of everything in a file, with what lies in messages. */
function symbolsOf({ proto }: DescFile): string[] {
  const symbols: string[] = [];
  const add = (scope: string, { name }: { readonly name: string }): string => {
    const symbol = `${scope}.${name}`;
    symbols.push(symbol);
    return symbol;
  };
  const addMessage = (scope: string, message: DescriptorProto): void => {
    const symbol = add(scope, message);
    for (const member of [...message.field, ...message.oneofDecl]) add(symbol, member);
    for (const nested of message.nestedType) addMessage(symbol, nested);
    for (const nested of message.enumType) addEnum(symbol, nested);
  };
  // The values of an enum are names beside it, not in it.
  const addEnum = (scope: string, desc: EnumDescriptorProto): void => {
    for (const named of [desc, ...desc.value]) add(scope, named);
  };
  const scope = proto.package;
  for (const message of proto.messageType) addMessage(scope, message);
  for (const desc of proto.enumType) addEnum(scope, desc);
  for (const service of proto.service) {
    const symbol = add(scope, service);
    for (const method of service.method) add(symbol, method);
  }
  return symbols;
}
