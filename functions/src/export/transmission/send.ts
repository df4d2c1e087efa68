import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import { meter } from '../../crypto/hash.ts';
import { codeOf } from '../../platform/codes.ts';
import { defined } from '../../platform/defined.ts';
import { MINUTE_MS } from '../../platform/time.ts';
import { isPublicAddress } from './publicAddress.ts';

/** An archive on its way to another controller. */
export interface Parcel {
  /** Checked by `transmissionTo` (policy/transmission.ts). */
  readonly url: URL;
  readonly bytes: number;
  /** Hexadecimal. The bytes that are read are compared with it before the last one goes out. */
  readonly sha256: string;
  readonly fileName: string;
  readonly read: () => AsyncIterable<Uint8Array>;
}

/**
 * The result of a sending. `refused`: the other side, or the target of its name, will not change by
 * itself. `again`: it may work later. `reached`: the other side may have something of it.
 */
export type Sent =
  | { readonly ok: true; readonly status: number }
  | {
      readonly ok: false;
      readonly because: SendProblem;
      readonly again: boolean;
      readonly reached: boolean;
      /** Seconds after which the other side wants to be asked again. */
      readonly retryAfter?: number;
    };

/** `refused`: it answered no; `redirect`: it pointed elsewhere, and nobody follows there. */
export type SendProblem =
  'privateAddress' | 'unknownHost' | 'notTrusted' | 'redirect' | 'refused' | 'unavailable' | 'noAnswer';

/** How archives are sent; a test gives its own. */
export type Sender = (parcel: Parcel) => Promise<Sent>;

/** The options with which a test can be another controller on this machine. */
export interface SenderOptions {
  readonly lookup?: typeof systemLookup;
  readonly isAllowed?: (address: string) => boolean;
  readonly port?: number;
  readonly ca?: string;
  /** Milliseconds without a byte in either direction. */
  readonly idleMs?: number;
  readonly wholeMs?: number;
}

/** A wait without any byte. */
const IDLE_MS = MINUTE_MS;
/** Below the function's own time (platform/queues.ts). */
const WHOLE_MS = 25 * MINUTE_MS;

/**
 * True for the errors of a host's certificate (Node's documentation, X509 certificate error codes).
 */
const isCertificates = (code: unknown): boolean =>
  typeof code === 'string' && /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_VERIFY|UNABLE_TO_GET|HOSTNAME_MISMATCH/.test(code);

class Private extends Error {}

/**
 * Makes a sender that puts an archive at its address (PUT, RFC 9110 9.3.4: twice is as once), over
 * HTTPS with the host's certificate checked.
 *
 * The connection goes to an address that was looked at: if the name leads to any address that is
 * not public, nothing is sent. Nothing is asked of the name a second time. Redirects are not
 * followed. No error names the address. `Repr-Digest` (RFC 9530) has the archive's SHA-256; the
 * manifest, signed, is in the archive.
 */
export function createSender(options: SenderOptions = {}): Sender {
  const { isAllowed = isPublicAddress, port, ca, idleMs = IDLE_MS, wholeMs = WHOLE_MS } = options;
  const lookup = guarded(options.lookup ?? systemLookup, isAllowed);
  return async ({ url, bytes, sha256, fileName, read }) => {
    const request = httpsRequest(url, {
      method: 'PUT',
      agent: false,
      lookup,
      minVersion: 'TLSv1.2',
      signal: AbortSignal.timeout(wholeMs),
      ...defined({ port, ca }),
      headers: {
        'content-type': 'application/zip',
        'content-length': bytes,
        'content-disposition': `attachment; filename="${fileName}"`,
        'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
      },
    });
    request.setTimeout(idleMs, () => request.destroy(new Error('silence')));
    return exchange(request, whole(read(), { bytes, sha256 }));
  };
}

/**
 * Looks a name up, and answers only if all of its addresses are allowed: the connection is made to
 * that answer.
 */
function guarded(lookup: typeof systemLookup, isAllowed: (address: string) => boolean): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      const addresses = found as LookupAddress[] | undefined;
      const [first] = addresses ?? [];
      if (error !== null || addresses === undefined || first === undefined)
        callback(error ?? Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '');
      else if (!addresses.every(({ address }) => isAllowed(address))) callback(new Private('not a public address'), '');
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/**
 * Writes the body and waits for the answer, whichever comes first: a server that refuses early does
 * not read to the end.
 */
async function exchange(request: ClientRequest, body: AsyncIterable<Uint8Array>): Promise<Sent> {
  const progress = { connected: false };
  request.once('socket', (socket) => socket.once('secureConnect', () => (progress.connected = true)));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
    request.once('close', () => reject(new Error('closed')));
  });
  answered.catch(() => undefined);
  let source: Error | undefined;
  // Known before the request ends by it. A server that has answered is not kept waiting for the
  // bytes that are still to be read.
  void write(request, body).catch((error: unknown) => {
    source = error instanceof Error ? error : new Error('the archive could not be read');
    request.destroy();
  });
  try {
    const response = await answered;
    const isWhole = request.writableFinished;
    response.resume();
    request.destroy();
    return verdict(response, isWhole);
  } catch (error) {
    // A source that could not be read is this side's failure, and a failed attempt.
    if (source !== undefined) throw source;
    return problemOf(error, progress.connected);
  } finally {
    request.destroy();
  }
}

/** Resolves when everything is handed over, or the request has ended; throws the source's error. */
async function write(request: ClientRequest, body: AsyncIterable<Uint8Array>): Promise<void> {
  const closed = new Promise<void>((resolve) => request.once('close', resolve));
  for await (const chunk of body) {
    if (request.destroyed) return;
    if (request.write(chunk)) continue;
    const controller = new AbortController();
    await Promise.race([once(request, 'drain', { signal: controller.signal }).catch(() => undefined), closed]);
    controller.abort();
  }
  if (!request.destroyed) request.end();
}

function verdict({ statusCode: status = 0, headers }: IncomingMessage, isWhole: boolean): Sent {
  if (status >= 200 && status < 300)
    return isWhole ? { ok: true, status } : { ok: false, because: 'noAnswer', again: true, reached: true };
  const no = { ok: false, reached: true } as const;
  if (status >= 300 && status < 400) return { ...no, because: 'redirect', again: false };
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const seconds = Number(headers['retry-after']);
    const wait = Number.isFinite(seconds) && seconds > 0 ? { retryAfter: seconds } : {};
    return { ...no, because: 'unavailable', again: true, ...wait };
  }
  return { ...no, because: 'refused', again: false };
}

function problemOf(error: unknown, reached: boolean): Sent {
  const no = { ok: false, reached } as const;
  if (error instanceof Private) return { ...no, because: 'privateAddress', again: false };
  const code = codeOf(error);
  if (isCertificates(code)) return { ...no, because: 'notTrusted', again: false };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { ...no, because: 'unknownHost', again: true };
  return { ...no, because: 'noAnswer', again: true };
}

/**
 * Yields the bytes of an archive, if they are the published ones: the last of them only after all
 * were compared.
 *
 * @throws Error if they are not
 */
async function* whole(
  source: AsyncIterable<Uint8Array>,
  { bytes, sha256 }: Pick<Parcel, 'bytes' | 'sha256'>,
): AsyncGenerator<Uint8Array> {
  const measured = meter();
  let held: Uint8Array | undefined;
  for await (const chunk of source) {
    if (held !== undefined) yield held;
    measured.update(chunk);
    held = chunk;
  }
  if (measured.bytes !== bytes || measured.sha256() !== sha256)
    throw new Error('an archive in the bucket is not the one that was published');
  if (held !== undefined) yield held;
}
