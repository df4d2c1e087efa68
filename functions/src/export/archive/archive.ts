import { Readable } from 'node:stream';
import ZipStream from 'zip-stream';
import { meter, type Meter } from '../../crypto/hash.ts';

/** A file of the archive, as the manifest names it. */
export interface ArchivedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

type Content = string | AsyncIterable<Uint8Array | string>;

/**
 * A ZIP that is written while it is read, in constant memory. Entries go in one after the other;
 * bytes come out of `output` as fast as its reader takes them and no faster.
 */
export interface Archive {
  readonly output: Readable;
  /**
   * Adds a file; names come from `EntryNames`. Rejects if the content fails or the reader of
   * `output` is gone.
   */
  add(name: string, content: Content): Promise<ArchivedFile>;
  /** The last call. */
  finish(): void;
  /**
   * Gives up: the reader of `output` sees the error, and nothing that looks like a whole archive
   * has been written.
   */
  abort(reason: Error): void;
}

/**
 * Makes an empty archive.
 *
 * @param date the time that every entry carries: that of the export, so that the same content makes
 * the same archive
 */
export function createArchive(date: Date): Archive {
  const zip = new ZipStream({ level: 6 });
  const gone = new Promise<never>((_, reject) => {
    zip.once('error', reject);
    zip.once('close', () => reject(new Error('the archive was closed before it was complete')));
  });
  gone.catch(() => undefined);

  return {
    output: zip,
    async add(name, content) {
      const measured = meter();
      const body = Readable.from(measure(content, measured), { objectMode: false });
      const written = new Promise<void>((resolve, reject) => {
        zip.entry(body, { name, date, mode: 0o644 }, (error) => (error ? reject(error) : resolve()));
      });
      try {
        await Promise.race([written, gone]);
      } catch (error) {
        body.destroy();
        throw error;
      }
      return { name, bytes: measured.bytes, sha256: measured.sha256() };
    },
    finish: () => zip.finalize(),
    abort: (reason) => void zip.destroy(reason),
  };
}

/** Passes content on as bytes, and counts and hashes them. */
export async function* measure(content: Content, measured: Meter): AsyncGenerator<Buffer> {
  for await (const chunk of typeof content === 'string' ? [content] : content) {
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk, 'utf8')
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    measured.update(bytes);
    yield bytes;
  }
}
