// grpc-js with the same method and a constant answer; messages pass as bytes, so that no protobuf library counts.
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ANSWER, METHOD } from '../messages.mjs';

const asIs = (bytes) => bytes;
const server = new Server();
server.addService(
  {
    GetSecret: {
      path: METHOD,
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  },
  { GetSecret: (_call, answer) => answer(null, ANSWER) },
);
server.bindAsync(`127.0.0.1:${process.argv[2]}`, ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});
