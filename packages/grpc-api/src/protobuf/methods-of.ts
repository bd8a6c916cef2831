import {
  create,
  type DescMessage,
  type DescMethod,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { Method, ServerCall } from '../server/types.ts';

interface MethodTypes {
  readonly methodKind: string;
  readonly input: DescMessage;
  readonly output: DescMessage;
}

/** What answers a method of a descriptor: unary ones with a message, all others with a sequence of them. */
export type Handler<Types extends MethodTypes> = Types['methodKind'] extends 'unary'
  ? (
      request: MessageShape<Types['input']>,
      call: ServerCall,
    ) => MessageInitShape<Types['output']> | Promise<MessageInitShape<Types['output']>>
  : (requests: AsyncIterable<MessageShape<Types['input']>>, call: ServerCall) => AsyncIterable<MessageInitShape<Types['output']>>;

/** By the local name of the method: `getSecret`. */
export type Handlers<Service extends DescService> = {
  readonly [Name in keyof Service['method']]?: Handler<Service['method'][Name]>;
};

/** The methods of a service by path, for those that have a handler. */
export function methodsOf<Service extends DescService>(service: Service, handlers: Handlers<Service>): Map<string, Method> {
  const methods = new Map<string, Method>();
  for (const method of service.methods) {
    const handle = handlers[method.localName];
    if (handle === undefined) continue;
    const kind = method.methodKind === 'unary' ? 'unary' : 'streaming';
    const codec = { decode: decoderOf(method), encode: encoderOf(method) };
    methods.set(pathOf(method), { kind, ...codec, handle: handle as never });
  }
  return methods;
}

/** `/package.Service/Method`. */
export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function decoderOf({ input }: DescMethod): (bytes: Uint8Array) => unknown {
  return (bytes) => fromBinary(input, bytes);
}

function encoderOf({ output }: DescMethod): (response: unknown) => Uint8Array {
  return (response) => {
    refuseLoneSurrogates(response);
    return toBinary(output, create(output, response as never));
  };
}

/** A byte that is not UTF-8 travels through Coffer as a lone surrogate, and has no form in a protobuf string. */
function refuseLoneSurrogates(value: unknown): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new Error('string field contains invalid UTF-8');
  } else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    for (const [name, member] of Object.entries(value)) {
      refuseLoneSurrogates(name);
      refuseLoneSurrogates(member);
    }
  }
}
