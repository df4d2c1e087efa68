import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Clock } from './clock.ts';
import { answerControl } from './control.ts';
import { FaultBook } from './faults.ts';
import { readForm } from './form.ts';
import { redact, RequestLog, type RecordedRequest } from './requests.ts';
import type { Answer, Call, Desk, StandIn } from './standin.ts';

export interface ServerOptions {
  /** 0 or absent: any free one. */
  port?: number | undefined;
  /** Loopback unless told otherwise. */
  host?: string | undefined;
  /** The time, in milliseconds; tests bring their own. */
  now?: (() => number) | undefined;
  /** One line per call. */
  log?: ((line: string) => void) | undefined;
}

export interface RunningServer {
  /** Without a slash at the end. */
  readonly url: string;
  /** Ends also the calls that a fault left hanging. */
  stop(): Promise<void>;
}

/** Starts a provider on loopback with the control addresses of the suite. */
export async function startServer(
  create: (clock: Clock) => StandIn,
  options: ServerOptions = {},
): Promise<RunningServer> {
  const clock = new Clock(options.now);
  const desk: Desk = { standIn: create(clock), clock, faults: new FaultBook(), requests: new RequestLog() };
  const server = createServer((request, response) => {
    serve(desk, request, response, options.log).catch((error: unknown) => {
      options.log?.(`${desk.standIn.name}: ${String(error)}`);
      if (!response.headersSent) send(response, { status: 500, body: { standin_bug: String(error) } });
      else response.destroy();
    });
  });
  const host = options.host ?? '127.0.0.1';
  await listen(server, options.port ?? 0, host);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function serve(desk: Desk, request: IncomingMessage, response: ServerResponse, log?: (line: string) => void) {
  const call = await readCall(request);
  if (call.path.startsWith('/_control/')) {
    send(response, answerControl(desk, call));
    return;
  }

  const record: RecordedRequest = {
    method: call.method,
    path: call.path,
    query: readForm(call.search),
    headers: redact(call.headers),
    body: readBody(call),
    status: null,
  };
  desk.requests.add(record);
  const fault = desk.faults.take(call);
  if (fault) record.fault = fault;
  const finish = (answer: Answer) => {
    record.status = answer.status;
    log?.(`${desk.standIn.name}: ${call.method} ${call.path} ${answer.status}${fault ? ` (${fault})` : ''}`);
    send(response, answer);
  };

  switch (fault) {
    case undefined:
      finish(desk.standIn.answer(call));
      break;
    case '429':
    case '500':
      finish(desk.standIn.fault(fault, call));
      break;
    case '500-no-error':
      finish({ status: 500, body: { status: 'Internal Server Error' } });
      break;
    case 'garbage': {
      const body = Buffer.from('<html><body>It works!</body></html>');
      finish({ status: 200, headers: { 'content-type': 'text/html' }, body });
      break;
    }
    case 'timeout':
      break; // held open until the client gives up or the server stops
    case 'reset-after':
      desk.standIn.answer(call);
      request.socket.resetAndDestroy();
      break;
    case 'reset-before':
      request.socket.resetAndDestroy();
      break;
  }
}

async function readCall(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [path = '/', ...search] = (request.url ?? '/').split('?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    method: request.method ?? 'GET',
    path,
    search: search.join('?'),
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
    origin: `http://${headers['host'] ?? 'localhost'}`,
  };
}

function readBody(call: Call): unknown {
  if (call.body === '') return null;
  const type = call.headers['content-type'] ?? '';
  if (type.includes('form-urlencoded')) return readForm(call.body);
  try {
    return JSON.parse(call.body) as unknown;
  } catch {
    return call.body;
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    ...(bytes ? { 'content-type': 'application/json', 'content-length': bytes.length } : {}),
    ...headers,
  });
  response.end(bytes);
}
