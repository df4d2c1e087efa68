import { Readable } from 'node:stream';
import { CRC32C, type Bucket, type File } from '@google-cloud/storage';
import { describe, expect, it } from 'vitest';
import { bucketStore } from '../../../../functions/src/export/archive/objects.ts';
import { readFile } from '../../../../functions/src/systems/storage/files.ts';

/**
 * A proxy between us and Cloud Storage that answers 200 with a page: the SDK takes that for a
 * success.
 */
const page = '<html><body>It works!</body></html>';

/** A bucket as the SDK gives it, with these answers. */
const bucketThat = (answers: { list?: unknown; deletion?: unknown; described?: unknown }): Bucket => {
  const file = {
    metadata: {},
    delete: async () => {
      if (answers.deletion instanceof Error) throw answers.deletion;
      return [answers.deletion];
    },
    setMetadata: async () => {
      if (answers.described instanceof Error) throw answers.described;
      return [answers.described];
    },
  };
  return { file: () => file, getFiles: async () => [[], null, answers.list] } as unknown as Bucket;
};

async function listed(bucket: Bucket): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of bucketStore(bucket).list('exports/u1/r1/')) names.push(name);
  return names;
}

describe('the bucket of exports must carry out every request', () => {
  it('does not take a page for a list without objects: the objects of an attempt would stay', async () => {
    expect(await listed(bucketThat({ list: { kind: 'storage#objects' } }))).toEqual([]);
    for (const list of [page, undefined, { kind: 'storage#object' }])
      await expect(listed(bucketThat({ list }))).rejects.toMatchObject({ code: 'storage.answer' });
  });

  it('does not take a page for a deletion; a missing object is gone', async () => {
    await bucketStore(bucketThat({ deletion: { statusCode: 204 } })).remove('x');
    await bucketStore(bucketThat({ deletion: Object.assign(new Error('none'), { code: 404 }) })).remove('x');
    await expect(bucketStore(bucketThat({ deletion: { statusCode: 200 } })).remove('x')).rejects.toMatchObject({
      code: 'storage.answer',
    });
  });

  it('does not take a page for a description', async () => {
    await bucketStore(bucketThat({ described: { kind: 'storage#object' } })).describe('x', {});
    await expect(bucketStore(bucketThat({ described: page })).describe('x', {})).rejects.toMatchObject({
      code: 'storage.answer',
    });
  });
});

describe('an archive that lives on', () => {
  it('stays gone if it is gone; any other answer than that it was noted is an error', async () => {
    const touch = (described: unknown) => bucketStore(bucketThat({ described })).touch('x', 0);
    await touch({ kind: 'storage#object' });
    await touch(Object.assign(new Error('none'), { code: 404 }));
    await expect(touch(page)).rejects.toMatchObject({ code: 'storage.answer' });
    await expect(touch(Object.assign(new Error('no'), { code: 403 }))).rejects.toThrow('no');
  });
});

describe("a person's file on its way into an export", () => {
  let asked: unknown;
  const fileOf = (content: string, metadata: File['metadata']): File =>
    ({
      metadata,
      crc32cGenerator: () => new CRC32C(),
      interceptors: [],
      createReadStream: (options: unknown) => {
        asked = options;
        return Readable.from([Buffer.from(content)]);
      },
    }) as unknown as File;
  const read = async (file: File): Promise<string> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of readFile(file)) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  const hello = { size: '5', md5Hash: 'XUFAKrxLKna5cZ2REBfFkg==' };

  it('is the one that was listed', async () => {
    expect(await read(fileOf('hello', hello))).toBe('hello');
    for (const other of ['hell', 'jello', page])
      await expect(read(fileOf(other, hello))).rejects.toMatchObject({ code: 'storage.answer' });
  });

  it('is the one that was listed by its CRC32C, if it was composed and has no MD5', async () => {
    expect(await read(fileOf('hello', { size: '5', crc32c: 'mnG7TA==' }))).toBe('hello');
    for (const other of ['jello', 'hell'])
      await expect(read(fileOf(other, { size: '5', crc32c: 'mnG7TA==' }))).rejects.toMatchObject({
        code: 'storage.answer',
      });
    await expect(read(fileOf('hell', { size: '5' }))).rejects.toMatchObject({ code: 'storage.answer' });
  });

  it('is read as it is stored, with any label, and is compared as any other', async () => {
    expect(await read(fileOf('hello', { ...hello, contentEncoding: 'gzip' }))).toBe('hello');
    expect(asked).toEqual({ decompress: false });
    await expect(read(fileOf('hello, unpacked', { ...hello, contentEncoding: 'gzip' }))).rejects.toMatchObject({
      code: 'storage.answer',
    });
  });
});
