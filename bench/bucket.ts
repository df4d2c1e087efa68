import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CRC32C } from '@google-cloud/storage';

/**
 * A bucket for one measurement, as a process of its own: one large file of the person in it, and
 * room for uploads. The Storage emulator takes no upload above 130 MB. Archives are counted and
 * dropped; files that are read again (spools) are kept.
 *
 * `node --import tsx bench/bucket.ts FILE_NAME MEGABYTES` prints its port. It ends with its
 * standard input.
 */

const [fileName = '', megabytes = '0'] = process.argv.slice(2);
const BLOCK = randomBytes(1 << 20);
const blocks = Number(megabytes);

const hashOf = (crc: CRC32C): string => crc.toString();
const large = new CRC32C();
for (let n = 0; n < blocks; n++) large.update(BLOCK);

interface Stored {
  readonly parts: Buffer[];
  bytes: number;
  readonly crc: CRC32C;
}
const stored = new Map<string, Stored>();
const sessions = new Map<string, string>();

const json = (response: ServerResponse, body: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

const metadata = (name: string, bytes: number, crc: CRC32C) => ({
  kind: 'storage#object',
  name,
  bucket: 'bench',
  generation: '1',
  size: String(bytes),
  contentType: 'application/octet-stream',
  crc32c: hashOf(crc),
  timeCreated: new Date(0).toISOString(),
  updated: new Date(0).toISOString(),
});

async function send(response: ServerResponse, crc: CRC32C, parts: Iterable<Buffer>, bytes: number): Promise<void> {
  response.writeHead(200, { 'content-length': bytes, 'x-goog-hash': `crc32c=${hashOf(crc)}` });
  for (const part of parts) if (!response.write(part)) await new Promise((resolve) => response.once('drain', resolve));
  response.end();
}

function* largeFile(): Generator<Buffer> {
  for (let n = 0; n < blocks; n++) yield BLOCK;
}

/** The content of an upload in one request: the second part of its body (`multipart/related`). */
async function contentOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const boundary = /boundary="?([^";]+)/.exec(request.headers['content-type'] ?? '')?.[1] ?? '';
  const second = body.indexOf(`--${boundary}`, boundary.length);
  const start = body.indexOf('\r\n\r\n', second) + 4;
  return body.subarray(start, body.lastIndexOf(`\r\n--${boundary}`));
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '', 'http://bucket');
  const object = decodeURIComponent(/\/b\/[^/]+\/o\/([^/?]+)/.exec(url.pathname)?.[1] ?? '');
  const session = url.searchParams.get('session');
  if (request.method === 'PUT' && session !== null) {
    const name = sessions.get(session) ?? '';
    const into: Stored = { parts: [], bytes: 0, crc: new CRC32C() };
    for await (const chunk of request as AsyncIterable<Buffer>) {
      into.bytes += chunk.length;
      into.crc.update(chunk);
      if (!name.endsWith('.zip')) into.parts.push(chunk);
    }
    stored.set(name, into);
    json(response, metadata(name, into.bytes, into.crc));
  } else if (request.method === 'POST' && url.searchParams.get('uploadType') === 'multipart') {
    const name = url.searchParams.get('name') ?? '';
    const content = await contentOf(request);
    const crc = new CRC32C();
    crc.update(content);
    stored.set(name, { parts: [content], bytes: content.length, crc });
    json(response, metadata(name, content.length, crc));
  } else if (request.method === 'POST' && url.pathname.startsWith('/upload/')) {
    request.resume();
    const id = String(sessions.size);
    sessions.set(id, url.searchParams.get('name') ?? '');
    const { port } = server.address() as AddressInfo;
    response.writeHead(200, { location: `http://127.0.0.1:${port}/upload?session=${id}` }).end();
  } else if (request.method === 'GET' && object === '') {
    const isAsked = fileName !== '' && fileName.startsWith(url.searchParams.get('prefix') ?? '');
    json(response, { kind: 'storage#objects', items: isAsked ? [metadata(fileName, blocks << 20, large)] : [] });
  } else if (request.method === 'GET' && object === fileName) {
    await send(response, large, largeFile(), blocks << 20);
  } else if (request.method === 'GET' && stored.has(object)) {
    const { crc, parts, bytes } = stored.get(object) ?? { crc: large, parts: [], bytes: 0 };
    await send(response, crc, parts, bytes);
  } else if (request.method === 'DELETE') {
    stored.delete(object);
    response.writeHead(204).end();
  } else if (request.method === 'PATCH') {
    request.resume();
    json(response, { kind: 'storage#object', name: object });
  } else json(response, { error: { code: 404, message: `${request.method ?? ''} ${url.pathname}` } }, 404);
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    console.error(error);
    response.destroy();
  });
});
// An upload lasts as long as the reading of the exported data.
server.requestTimeout = 0;
// Ends with its parent, however that ends.
process.stdin.resume().once('end', () => process.exit(0));
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
