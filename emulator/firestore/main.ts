/**
 * The embedded Firestore: for machines that have Node and npm only. It speaks the protocols of
 * Google's emulator on one port: gRPC for the SDKs, HTTP for the CLI.
 * `@firebase-bridge/firestore-admin` holds the data in memory. Security rules are not evaluated:
 * every client is let in.
 *
 * ```
 * main.ts --host 127.0.0.1 --port 8080 --functions_emulator 127.0.0.1:5999
 * ```
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { loadService } from '../protos.ts';
import { Ledger } from './billing.ts';
import { Databases } from './databases.ts';
import { firestoreService } from './service.ts';
import { Triggers } from './triggers.ts';

const { values } = parseArgs({
  options: { host: { type: 'string' }, port: { type: 'string' }, functions_emulator: { type: 'string' } },
  strict: false,
});
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const host = text(values.host) ?? '127.0.0.1';

const ledger = new Ledger();
const triggers = new Triggers(text(values.functions_emulator));
const databases = new Databases((database) => triggers.bindAll(database));

const grpc = new Server({ 'grpc.max_receive_message_length': 64 << 20 });
grpc.addService(
  loadService(
    '@google-cloud/firestore/package.json',
    'google/firestore/v1/firestore.proto',
    'google.firestore.v1.Firestore',
  ),
  firestoreService(databases, ledger),
);

interface EventarcTrigger {
  database?: string;
  eventType: string;
  document: { value: string };
}

async function administer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url ?? '/', 'http://firestore');
  const [, project = '', rest = ''] = /^\/emulator\/v1\/projects\/([^/]+)\/(.*)$/.exec(url.pathname) ?? [];
  const answer = (body: object): void =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify(body));

  if (url.pathname === '/_control/billing') {
    const { searchParams } = url;
    const part = {
      project: searchParams.get('project') ?? undefined,
      database: searchParams.get('database') ?? undefined,
    };
    const total = ledger.total(part);
    if (request.method === 'DELETE') ledger.reset(part);
    answer(total);
    return;
  }
  if (rest === 'eventarcTrigger' && request.method === 'POST') {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as EventarcTrigger;
    const key = url.searchParams.get('eventarcTriggerId') ?? '';
    const { database = '(default)', eventType: type, document } = body;
    triggers.add({ project, database, key, type, route: document.value }, databases);
    answer({});
    return;
  }
  const [, id] = /^databases\/([^/]+)\/documents$/.exec(rest) ?? [];
  if (id !== undefined && request.method === 'DELETE') {
    databases.of(`projects/${project}/databases/${decodeURIComponent(id)}`).control.database.clear();
    answer({});
    return;
  }
  if (request.method === 'GET' || request.method === 'HEAD') return void response.end('Ok\n');
  response.statusCode = 501;
  answer({ error: `the embedded Firestore does not know ${request.method ?? ''} ${url.pathname}` });
}

const admin = createHttpServer((request, response) => {
  administer(request, response).catch((error: unknown) => {
    response.statusCode = 400;
    response.end(String(error));
  });
});

/** HTTP/2, and so gRPC, begins with `PRI`; everything else is the CLI's HTTP/1. */
function route(socket: Socket, grpcPort: number, adminPort: number): void {
  socket.on('error', () => undefined);
  socket.once('data', (first) => {
    socket.pause();
    const upstream = connect(first.subarray(0, 3).toString() === 'PRI' ? grpcPort : adminPort, '127.0.0.1', () => {
      // Small messages must not wait for a bigger packet: it costs 40 ms a call.
      upstream.setNoDelay(true);
      upstream.write(first);
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  });
}

grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, grpcPort) => {
  if (error) throw error;
  admin.listen(0, '127.0.0.1', () => {
    const { port: adminPort } = admin.address() as AddressInfo;
    createTcpServer({ noDelay: true }, (socket) => route(socket, grpcPort, adminPort)).listen(
      Number(text(values.port) ?? 8080),
      host,
    );
  });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(0));
