import type { Meter } from '../../crypto/hash.ts';
import type { FileContent } from '../../systems/system.ts';

/** Contents of files on their way into an archive: their names there, and their bytes. */

/** The bytes with which every gzip file begins (RFC 1952, section 2.3.1). */
const GZIP = [0x1f, 0x8b, 0x08] as const;

/**
 * The ending of a file that was stored packed, so that a person's computer opens it. Files are
 * archived as they are stored: unpacking one could fail half-way, or never end. One that is only
 * said to be packed keeps its name.
 */
export const packed = ({ encoding }: FileContent, first: Uint8Array): '' | '.gz' =>
  encoding === 'gzip' && GZIP.every((byte, n) => first[n] === byte) ? '.gz' : '';

/** The first bytes of a file, and all of them. */
export async function opened(
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ readonly first: Uint8Array; readonly bytes: AsyncIterable<Uint8Array> }> {
  const chunks = bytes[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let first: Uint8Array = new Uint8Array();
  while (first.length < GZIP.length) {
    const chunk = await chunks.next();
    if (chunk.done === true) break;
    head.push(chunk.value);
    first = Buffer.concat(head);
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      yield* head;
      for (let chunk = await chunks.next(); chunk.done !== true; chunk = await chunks.next()) yield chunk.value;
    } finally {
      await chunks.return?.();
    }
  }
  return { first, bytes: whole() };
}

/** Passes bytes on, counts and hashes them, and notes whether their source broke. */
export async function* watched(
  bytes: AsyncIterable<Uint8Array>,
  source: { broke: boolean; readonly received: Meter },
): AsyncGenerator<Uint8Array> {
  const chunks = bytes[Symbol.asyncIterator]();
  try {
    for (;;) {
      const chunk = await chunks.next().catch((error: unknown) => {
        source.broke = true;
        throw error;
      });
      if (chunk.done === true) return;
      source.received.update(chunk.value);
      yield chunk.value;
    }
  } finally {
    await chunks.return?.();
  }
}

/**
 * Returns a file's path below the fixed part of its record's path: `users/{uid}/**` and
 * `users/u1/a/b.png` -> `a/b.png`.
 */
export function relativePath(template: string, path: string): string {
  const fixed = template.split('/').findIndex((segment) => segment === '**');
  const segments = path.split('/');
  return fixed > 0 && segments.length > fixed ? segments.slice(fixed).join('/') : path;
}
