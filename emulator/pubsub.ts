/**
 * Stands for the Pub/Sub emulator, so that the CLI registers scheduled functions: it accepts topics
 * and subscriptions, and never delivers anything. The Functions emulator fires schedules instead
 * (schedules.ts).
 */
import { parseArgs } from 'node:util';
import {
  Server,
  ServerCredentials,
  status,
  type handleUnaryCall,
  type ServerDuplexStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadService } from './protos.ts';

interface Named {
  name: string;
}

const { values } = parseArgs({ options: { host: { type: 'string' }, port: { type: 'string' } }, strict: false });
const host = typeof values.host === 'string' ? values.host : '127.0.0.1';
const port = typeof values.port === 'string' ? values.port : '8085';

const topics = new Map<string, Named>();
const echo: handleUnaryCall<Named, Named> = (call, done) => done(null, call.request);
const nothing: handleUnaryCall<unknown, object> = (_call, done) => done(null, {});

const publisher: UntypedServiceImplementation = {
  createTopic: ((call, done) => {
    topics.set(call.request.name, call.request);
    done(null, call.request);
  }) satisfies handleUnaryCall<Named, Named>,
  listTopics: ((_call, done) => done(null, { topics: [...topics.values()] })) satisfies handleUnaryCall<
    unknown,
    { topics: Named[] }
  >,
  publish: ((_call, done) =>
    done({
      code: status.UNIMPLEMENTED,
      details: 'nothing is delivered here: `npm run emulators -- fire <function>`',
    })) satisfies handleUnaryCall<unknown, object>,
};
const subscriber: UntypedServiceImplementation = {
  createSubscription: echo,
  streamingPull: (call: ServerDuplexStream<unknown, unknown>) =>
    void call.on('data', () => undefined).on('end', () => call.end()),
  acknowledge: nothing,
  modifyAckDeadline: nothing,
};

const server = new Server();
const proto = 'google/pubsub/v1/pubsub.proto';
server.addService(loadService('@google-cloud/pubsub/package.json', proto, 'google.pubsub.v1.Publisher'), publisher);
server.addService(loadService('@google-cloud/pubsub/package.json', proto, 'google.pubsub.v1.Subscriber'), subscriber);
server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(0));
