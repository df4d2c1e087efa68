import { Readable } from 'node:stream';
import type { Bucket } from '@google-cloud/storage';
import type { MemoryBucket } from '../../systems/memoryBucket.ts';
import { NOW } from './times.ts';

interface Files {
  readonly files: ReadonlySet<string>;
  readonly kept: MemoryBucket;
  readonly softDelete: { readonly retentionDurationSeconds?: string } | undefined;
}

/** The bucket of a world: its files, and beside them the kept log of Brevo. */
export function memoryFiles(world: Files): Bucket {
  const file = (name: string) => ({
    name,
    metadata: { generation: '1', timeCreated: new Date(NOW).toISOString() },
    interceptors: [],
    createReadStream: () => Readable.from([]),
  });
  const kept = world.kept.bucket();
  return {
    file: (name: string) => kept.file(name),
    getMetadata: async () => [{ softDeletePolicy: world.softDelete }],
    getFiles: async ({ prefix }: { prefix: string }) =>
      prefix.includes('/__kept__/')
        ? kept.getFiles({ prefix })
        : [
            [...world.files].filter((name) => name.startsWith(prefix)).map(file),
            null,
            { kind: 'storage#objects' },
            { kind: 'storage#objects' },
          ],
  } as unknown as Bucket;
}
