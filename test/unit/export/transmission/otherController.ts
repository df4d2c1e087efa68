import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createSender, type Sender, type SenderOptions } from '../../../../functions/src/export/transmission/send.ts';

/** The name that the certificate of another controller is for; the key is that of tests alone. */
export const HOST = 'import.example.org';
const pem = readFileSync(new URL('otherController.pem', import.meta.url), 'utf8');

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Another controller: a real HTTPS server on loopback, under a name that a test's own look-up leads
 * there.
 */
export interface OtherController {
  /** The bodies that were received whole. */
  readonly received: Received[];
  /** Names that were looked up. */
  readonly asked: string[];
  sender(options?: SenderOptions): Sender;
  close(): Promise<void>;
}

/** The addresses of the name, besides the loopback address of the server. */
type Addresses = readonly { readonly address: string; readonly family: number }[];

export async function otherController(
  answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void,
  { addresses = [{ address: '127.0.0.1', family: 4 }], early = false }: { addresses?: Addresses; early?: boolean } = {},
): Promise<OtherController> {
  const received: Received[] = [];
  const asked: string[] = [];
  const listener: RequestListener = (request, response) => {
    if (early) {
      answer(request, response, Buffer.alloc(0));
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      const body = Buffer.concat(chunks);
      received.push({ method, url, headers, body });
      answer(request, response, body);
    });
  };
  const server = createServer({ key: pem, cert: pem }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const lookup = ((host: string, _: object, callback: (error: null, found: Addresses) => void) => {
    asked.push(host);
    callback(null, addresses);
  }) as unknown as NonNullable<SenderOptions['lookup']>;
  return {
    received,
    asked,
    sender: (options = {}) => createSender({ lookup, port, ca: pem, isAllowed: () => true, ...options }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
