import type { Bucket } from '@google-cloud/storage';

/** A bucket in memory: as much of one as the log that is kept needs. */
export class MemoryBucket {
  readonly objects = new Map<string, string>();
  /** When an object came to be (epoch milliseconds), if that matters. */
  readonly createdAt = new Map<string, number>();
  /** Called before an object is written; throws if the write is to fail. */
  beforeSave: (name: string) => void | Promise<void> = () => undefined;

  bucket(): Bucket {
    const { objects, createdAt } = this;
    const file = (name: string) => ({
      name,
      metadata: { timeCreated: new Date(createdAt.get(name) ?? 0).toISOString() },
      save: async (text: string) => {
        await this.beforeSave(name);
        objects.set(name, text);
      },
      interceptors: [],
      download: async () => {
        const text = objects.get(name);
        if (text === undefined) throw Object.assign(new Error('none'), { code: 404 });
        return [Buffer.from(text)];
      },
      delete: async () => {
        if (!objects.delete(name)) throw Object.assign(new Error('none'), { code: 404 });
        return [{ statusCode: 204 }];
      },
    });
    const getFiles = async ({ prefix }: { prefix: string }) => [
      [...objects.keys()]
        .sort()
        .filter((name) => name.startsWith(prefix))
        .map(file),
      null,
      { kind: 'storage#objects' },
    ];
    return { file, getFiles } as unknown as Bucket;
  }
}
