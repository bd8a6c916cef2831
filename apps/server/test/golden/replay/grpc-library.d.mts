/** `@grpc/grpc-js` and the messages of the cases; `undefined` where the packages can't be found. */
export function loadGrpc(): Promise<object | undefined>;
