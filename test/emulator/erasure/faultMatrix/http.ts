import { Agent, request as send, type IncomingMessage, type ServerResponse } from 'node:http';

/** Requests that a gate hands on to a system, and the answers that it gives back. */

export interface Answer {
  readonly status: number;
  readonly headers?: NodeJS.Dict<string | string[]>;
  readonly body?: object | Buffer | undefined;
}

const upstream = new Agent({ keepAlive: true, maxSockets: 64 });

export async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export function handOn(origin: string, request: IncomingMessage, body: Buffer): Promise<Answer> {
  const { method, url, headers } = request;
  const { hostname, port } = new URL(origin);
  const kept = headersOf(headers);
  return new Promise((resolve, reject) => {
    const options = { hostname, port, method, path: url, agent: upstream };
    const outgoing = send({ ...options, headers: { ...kept, 'content-length': body.length } }, (incoming) => {
      bodyOf(incoming).then(
        (content) => resolve({ status: incoming.statusCode ?? 500, headers: incoming.headers, body: content }),
        reject,
      );
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // An idle connection that the other side was just closing: nothing was done.
      if (outgoing.reusedSocket && error.code === 'ECONNRESET') resolve(handOn(origin, request, body));
      else reject(error);
    });
    outgoing.end(body);
  });
}

/** The headers of the message, and not of its connection. */
function headersOf(headers: NodeJS.Dict<string | string[]>): NodeJS.Dict<string | string[]> {
  const own = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !own.has(name)));
}

export function reply(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const kept = headersOf(headers);
  const type = bytes !== undefined && !Buffer.isBuffer(body) ? { 'content-type': 'application/json' } : {};
  response.writeHead(status, { ...type, ...kept, ...(bytes ? { 'content-length': bytes.length } : {}) });
  response.end(bytes);
}
