import { Readable, Writable } from 'node:stream';
import type { Bucket } from '@google-cloud/storage';
import type { memoryStore } from './helpers.ts';

/** A bucket over objects in memory, as the SDK shows it: with `timeCreated` and `updated`. */
export function bucketOver(store: ReturnType<typeof memoryStore>, now: () => number): Bucket {
  const updated = new Map<string, number>();
  const stored = (name: string) => {
    const object = store.objects.get(name);
    if (object === undefined) throw Object.assign(new Error('none'), { code: 404 });
    return object;
  };
  const file = (name: string) => ({
    name,
    get metadata() {
      const { bytes, metadata, createdAt } = stored(name);
      const times: Record<string, number> = { timeCreated: createdAt, updated: updated.get(name) ?? createdAt };
      const at = Object.entries(times).map(([field, time]) => [field, new Date(time).toISOString()]);
      return { size: bytes.length, metadata, ...(Object.fromEntries(at) as Record<string, string>) };
    },
    createWriteStream: () => {
      const chunks: Uint8Array[] = [];
      return new Writable({
        write: (chunk: Uint8Array, _, done) => {
          chunks.push(chunk);
          done();
        },
        final: (done) => {
          store.objects.set(name, { bytes: Buffer.concat(chunks), metadata: {}, createdAt: now() });
          done();
        },
      });
    },
    interceptors: [],
    exists: async () => [store.objects.has(name)],
    createReadStream: () => Readable.from([store.objects.get(name)?.bytes ?? Buffer.alloc(0)]),
    setMetadata: async ({ metadata }: { metadata: Record<string, string> }) => {
      const object = stored(name);
      object.metadata = { ...object.metadata, ...metadata };
      updated.set(name, now());
      return [{ kind: 'storage#object' }];
    },
    delete: async () => {
      await store.remove(name);
      return [{ statusCode: 204 }];
    },
  });
  const getFiles = async ({ prefix }: { prefix: string }) => [
    [...store.objects.keys()].filter((name) => name.startsWith(prefix)).map(file),
    null,
    { kind: 'storage#objects' },
  ];
  return { file, getFiles } as unknown as Bucket;
}
