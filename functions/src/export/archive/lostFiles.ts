import { Readable } from 'node:stream';
import { fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl';
import { LONGEST_MANIFEST, MANIFEST, parsedManifest, type Manifest } from './manifest.ts';
import type { bucketStore } from './objects.ts';
import type { AnsweredPart } from '../../requests/answered.ts';

/**
 * The files that an export lacks, for the officer who adds them. Their names are the person's data:
 * the archives name them, and no request, job or log does. So an officer sees them while the
 * archives are there.
 */

/** The files of one record that could not be read, by their paths in storage. */
export interface LostFiles {
  readonly source: string;
  readonly files: readonly string[];
}

type RangeStore = Pick<ReturnType<typeof bucketStore>, 'readRange'>;

/**
 * Names the files that could not be read, over all parts of an export. Of each archive only its
 * list and its manifest are downloaded.
 *
 * @param prefix of the request's objects (`exportPrefix`)
 * @returns null if an archive is over, or cannot be read
 */
export async function lostFiles(
  store: RangeStore,
  prefix: string,
  parts: readonly AnsweredPart[],
): Promise<readonly LostFiles[] | null> {
  const found = new Map<string, string[]>();
  for (const { object, bytes } of parts) {
    const manifest = await manifestIn(store, `${prefix}${object}`, bytes);
    if (manifest === null) return null;
    for (const { source, files = [] } of manifest.missing)
      if (files.length > 0) found.set(source, [...(found.get(source) ?? []), ...files]);
  }
  return [...found].map(([source, files]) => ({ source, files }));
}

async function manifestIn(store: RangeStore, name: string, bytes: number): Promise<Manifest | null> {
  try {
    const zip = await fromRandomAccessReaderPromise(new ObjectReader(store, name, bytes), bytes, { autoClose: false });
    try {
      for await (const entry of zip.eachEntry()) {
        if (entry.fileName !== MANIFEST || entry.uncompressedSize > LONGEST_MANIFEST) continue;
        const chunks: Buffer[] = [];
        for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
        return parsedManifest(Buffer.concat(chunks).toString('utf8'));
      }
      return null;
    } finally {
      zip.close();
    }
  } catch {
    return null;
  }
}

/** Bytes of one request to the bucket: the list of an archive is read in many small pieces. */
const WINDOW = 1 << 20;

/** Reads a ZIP from the bucket, range by range. */
class ObjectReader extends RandomAccessReader {
  #window = { start: 0, bytes: Buffer.alloc(0) };

  readonly store: RangeStore;
  readonly name: string;
  readonly size: number;

  constructor(store: RangeStore, name: string, size: number) {
    super();
    this.store = store;
    this.name = name;
    this.size = size;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.store.readRange(this.name, start, end), { objectMode: false });
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    void this.#read(position, length).then(
      (bytes) => {
        bytes.copy(buffer, offset);
        callback(null);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error('a range could not be read')),
    );
  }

  async #read(position: number, length: number): Promise<Buffer> {
    const at = position - this.#window.start;
    if (at >= 0 && at + length <= this.#window.bytes.length) return this.#window.bytes.subarray(at, at + length);
    const end = Math.min(this.size, position + Math.max(length, WINDOW));
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.store.readRange(this.name, position, end)) chunks.push(chunk);
    this.#window = { start: position, bytes: Buffer.concat(chunks) };
    if (this.#window.bytes.length < length) throw new Error('an object is shorter than it was');
    return this.#window.bytes.subarray(0, length);
  }
}
