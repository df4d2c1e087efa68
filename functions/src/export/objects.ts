import { pipeline } from 'node:stream/promises';
import type { Bucket } from '@google-cloud/storage';
import { defined } from '../platform/defined.ts';
import { chunksOf } from '../platform/downloads.ts';
import { ComplianceError } from '../platform/errors.ts';
import { deleteFile } from '../systems/storage/files.ts';

export interface ObjectInfo {
  readonly name: string;
  readonly bytes: number;
  /** When it was there whole, epoch milliseconds. */
  readonly createdAt: number;
  readonly metadata: Readonly<Record<string, string>>;
}

interface ObjectOptions {
  readonly contentType: string;
  readonly contentDisposition?: string;
}

/** What an export needs of a bucket. Nothing is held whole. */
export interface ObjectStore {
  /** Writes an object as its bytes come. When they fail, no object comes to be. */
  write(name: string, bytes: AsyncIterable<Uint8Array>, options: ObjectOptions): Promise<void>;
  /** Sets an object's own metadata. */
  describe(name: string, metadata: Record<string, string>): Promise<void>;
  read(name: string): AsyncIterable<Uint8Array>;
  /** Removes an object; one that is not there is removed. */
  remove(name: string): Promise<void>;
  list(prefix: string): AsyncIterable<ObjectInfo>;
}

/** A store whose objects can be handed out. */
export interface LinkStore extends ObjectStore {
  exists(name: string): Promise<boolean>;
  /**
   * A V4 signed URL that downloads an object, whoever has it.
   *
   * @param until epoch milliseconds; seven days from now at most
   */
  link(name: string, until: number): Promise<string>;
  /** Reads some bytes of an object: those from `start` on, before `end`. */
  readRange(name: string, start: number, end: number): AsyncIterable<Uint8Array>;
}

/** The bucket of the exports. */
export function bucketStore(bucket: Bucket): LinkStore {
  return {
    async write(name, bytes, { contentType, contentDisposition }) {
      const upload = bucket.file(name).createWriteStream({
        resumable: true,
        metadata: {
          contentType,
          // A copy in a cache on the way would outlive the export.
          cacheControl: 'private, no-store',
          ...defined({ contentDisposition }),
        },
      });
      await pipeline(bytes, upload);
    },
    async describe(name, metadata) {
      const [answer] = await bucket.file(name).setMetadata({ metadata });
      expectKind(answer, 'storage#object');
    },
    async exists(name) {
      const [there] = await bucket.file(name).exists();
      return there;
    },
    async link(name, until) {
      const [url] = await bucket.file(name).getSignedUrl({ version: 'v4', action: 'read', expires: until });
      return url;
    },
    read: (name) => chunksOf(bucket.file(name)),
    // The SDK's `end` is the last byte.
    readRange: (name, start, end) => chunksOf(bucket.file(name), { start, end: end - 1 }),
    async remove(name) {
      await deleteFile(bucket, bucket.file(name), false);
    },
    async *list(prefix) {
      let pageToken: string | undefined;
      do {
        const [files, next, answer] = await bucket.getFiles({
          prefix,
          autoPaginate: false,
          maxResults: 500,
          ...defined({ pageToken }),
        });
        expectKind(answer, 'storage#objects');
        for (const file of files) {
          const { size = 0, timeCreated = '', metadata } = file.metadata;
          yield { name: file.name, bytes: Number(size), createdAt: Date.parse(timeCreated), metadata: texts(metadata) };
        }
        pageToken = (next as { pageToken?: string } | null)?.pageToken;
      } while (pageToken !== undefined);
    },
  };
}

/** The SDK takes any 2xx for a success, also of somebody who only says that it works: a page without JSON would be a list without files. */
function expectKind(answer: unknown, kind: string): void {
  if ((answer as { kind?: unknown } | undefined)?.kind !== kind)
    throw new ComplianceError('storage.answer', "Cloud Storage's answer is not what its documentation says");
}

const texts = (metadata: object | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries(metadata ?? {}).flatMap(([k, v]: [string, unknown]) => (typeof v === 'string' ? [[k, v]] : [])),
  );
