import type { Bucket, CreateReadStreamOptions, File } from '@google-cloud/storage';
import { defined } from './defined.ts';
import { ComplianceError } from './errors.ts';

type Intercepted = ReturnType<File['interceptors'][number]['request']>;

/**
 * Reads objects of Cloud Storage; nothing else does (held by lint).
 *
 * A download that the SDK tries again, or whose reader goes before the answer comes, ends a process
 * of Node 24. The library below it pipes into a stream that is gone, outside of every promise. Both
 * are known and open in November 2026 (googleapis/google-cloud-node issues 8670 and 9242). So the
 * SDK tries once, jobs try again by themselves, and a reader that goes waits for the answer.
 */
function once(file: File): File {
  file.interceptors.push({ request: (options) => ({ ...options, maxRetries: 0 }) as Intercepted });
  return file;
}

/** Yields the bytes of an object as they come. Throws the SDK's errors, after one try. */
export async function* chunksOf(file: File, options: CreateReadStreamOptions = {}): AsyncGenerator<Buffer> {
  // A generator that is ended while it waits for bytes ends when they have come.
  for await (const chunk of once(file).createReadStream(options) as AsyncIterable<Buffer>) yield chunk;
}

/** Returns a whole object. Throws the SDK's errors, after one try. */
export async function download(file: File): Promise<Buffer> {
  const [content] = await once(file).download();
  return content;
}

/** Yields the files of a bucket whose names begin so, by name, page by page. */
export async function* filesUnder(bucket: Bucket, prefix: string): AsyncGenerator<File, void, undefined> {
  let pageToken: string | undefined;
  do {
    const [files, next, answer] = await bucket.getFiles({
      prefix,
      autoPaginate: false,
      maxResults: 500,
      ...defined({ pageToken }),
    });
    expectKind(answer, 'storage#objects');
    yield* files;
    pageToken = (next as { pageToken?: string } | null)?.pageToken;
  } while (pageToken !== undefined);
}

/**
 * Refuses an answer of another kind. The SDK takes any 2xx for a success, also of a server that
 * only says that it works: a page without JSON would be a list without files.
 */
export function expectKind(answer: unknown, kind: string): void {
  if ((answer as { kind?: unknown } | undefined)?.kind !== kind)
    throw new ComplianceError('storage.answer', "Cloud Storage's answer is not what its documentation says");
}
