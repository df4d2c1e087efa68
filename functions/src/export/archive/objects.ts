import { pipeline } from 'node:stream/promises';
import type { Bucket } from '@google-cloud/storage';
import { isNoObject } from '../../platform/codes.ts';
import { defined } from '../../platform/defined.ts';
import { chunksOf, expectKind, filesUnder } from '../../platform/downloads.ts';
import { deleteFile } from '../../systems/storage/files.ts';

export interface ObjectInfo {
  readonly name: string;
  /** When it was there whole, epoch milliseconds. */
  readonly createdAt: number;
}

interface ObjectOptions {
  readonly contentType: string;
  readonly contentDisposition?: string;
}

/** The part of a bucket that the writing of an export needs. */
export type ObjectStore = Omit<ReturnType<typeof bucketStore>, 'exists' | 'link' | 'readRange' | 'touch'>;

/** The bucket of the exports. Nothing is held whole. */
export function bucketStore(bucket: Bucket) {
  return {
    /** Writes an object as its bytes come. If they fail, no object comes to be. */
    async write(name: string, bytes: AsyncIterable<Uint8Array>, options: ObjectOptions): Promise<void> {
      const { contentType, contentDisposition } = options;
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
    /** Sets an object's own metadata. */
    async describe(name: string, metadata: Record<string, string>): Promise<void> {
      const [answer] = await bucket.file(name).setMetadata({ metadata });
      expectKind(answer, 'storage#object');
    },
    /** Notes on an object that it is kept since a moment. One that is gone stays gone. */
    async touch(name: string, at: number): Promise<void> {
      const metadata = { keptSince: new Date(at).toISOString() };
      try {
        const [answer] = await bucket.file(name).setMetadata({ metadata });
        expectKind(answer, 'storage#object');
      } catch (error) {
        if (!isNoObject(error)) throw error;
      }
    },
    async exists(name: string): Promise<boolean> {
      const [there] = await bucket.file(name).exists();
      return there;
    },
    /**
     * Returns a V4 signed URL that downloads an object for everybody who has it.
     *
     * @param until epoch milliseconds; seven days from now at most
     */
    async link(name: string, until: number): Promise<string> {
      const [url] = await bucket.file(name).getSignedUrl({ version: 'v4', action: 'read', expires: until });
      return url;
    },
    read: (name: string): AsyncIterable<Uint8Array> => chunksOf(bucket.file(name)),
    /**
     * Reads some bytes of an object: those from `start` on, before `end`. The SDK's `end` is the
     * last byte.
     */
    readRange: (name: string, start: number, end: number): AsyncIterable<Uint8Array> =>
      chunksOf(bucket.file(name), { start, end: end - 1 }),
    /** Removes an object; one that is not there is removed. */
    async remove(name: string): Promise<void> {
      await deleteFile(bucket, bucket.file(name), false);
    },
    async *list(prefix: string): AsyncGenerator<ObjectInfo, void, undefined> {
      for await (const { name, metadata: about } of filesUnder(bucket, prefix)) {
        yield { name, createdAt: Date.parse(about.timeCreated ?? '') };
      }
    },
  };
}
