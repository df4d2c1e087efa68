import type { CreateReadStreamOptions, File } from '@google-cloud/storage';

type Intercepted = ReturnType<File['interceptors'][number]['request']>;

/**
 * Reads objects of Cloud Storage; nothing else does (held by lint).
 *
 * A download that the SDK tries again, or whose reader goes before the answer comes, ends a process
 * of Node 24: the library below it pipes into a stream that is gone, outside of every promise
 * (googleapis/google-cloud-node issues 8670 and 9242, open in November 2026). So the SDK tries
 * once, jobs try again by themselves, and a reader that goes waits for the answer.
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
