import type { Bucket } from '@google-cloud/storage';

/** A bucket in memory, with the precondition of Cloud Storage: no object is overwritten. */
export function evidenceBucket(objects: Map<string, string>): Bucket {
  const file = (name: string) => ({
    name,
    exists: async () => [objects.has(name)],
    interceptors: [],
    getMetadata: async () => [{ size: Buffer.byteLength(objects.get(name) ?? '') }],
    download: async () => {
      const content = objects.get(name);
      if (content === undefined) throw Object.assign(new Error('no such object'), { code: 404 });
      return [Buffer.from(content)];
    },
    save: async (content: string, options: { preconditionOpts?: { ifGenerationMatch?: number } }) => {
      if (options.preconditionOpts?.ifGenerationMatch !== 0) throw new Error('an object could be overwritten');
      if (objects.has(name)) throw Object.assign(new Error('precondition'), { code: 412 });
      objects.set(name, content);
    },
  });
  const getFiles = async ({ prefix = '', startOffset = '' }) => [
    [...objects.keys()].filter((name) => name.startsWith(prefix) && name >= startOffset).map(file),
    null,
    { kind: 'storage#objects' },
  ];
  return { file, getFiles } as unknown as Bucket;
}
