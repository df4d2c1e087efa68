import { createHash } from 'node:crypto';
import type { Bucket, File } from '@google-cloud/storage';
import type { Instant } from '../../platform/time.ts';
import { codeOf, isNoObject, isOtherGeneration } from '../../platform/codes.ts';
import type { Clients } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { chunksOf } from '../../platform/downloads.ts';
import { ComplianceError, foreignCode, PermanentError, RetryAfterError } from '../../platform/errors.ts';
import { fillPath, matchPath, parseTemplate } from '../../policy/lookup.ts';
import type { PolicyRecord } from '../../policy/schema.ts';
import { isUid } from '../../subject/identity.ts';
import { parsedTime, timesBy, type RowTimes } from '../rowFate.ts';
import type { Subject } from '../system.ts';

/** Files per page. */
const PAGE = 500;

export const bucketFor = (clients: Clients, record: PolicyRecord): Promise<Bucket> =>
  clients.bucket(record.bucket ?? 'app');

/**
 * Returns the person's own prefix, with its slash: `users/ab/` is never the beginning of
 * `users/abc/…`. Null: no file is theirs by name; nothing finds files of a person without an
 * account by the uid.
 *
 * @throws PermanentError for a uid that cannot be part of a path, or a record that names its person
 * otherwise than by the path
 */
export function prefixOf(record: PolicyRecord, subject: Subject): string | null {
  const by = record.subject;
  if ('none' in by) return null;
  const [variable, value] =
    'pathVariable' in by
      ? [by.pathVariable, subject.uid]
      : 'pseudonymVariable' in by
        ? [by.pseudonymVariable, subject.pseudonym]
        : [undefined, ''];
  if (variable === undefined)
    throw new PermanentError('policy.subject', `${record.path}: files are found by their path alone`);
  if ('pathVariable' in by && value === '') return null;
  if (!isUid(value)) throw new PermanentError('subject.uid', 'this uid cannot be part of a path');
  const segments = parseTemplate(record.path);
  const at = segments.findIndex((segment) => 'variable' in segment && segment.variable === variable);
  if (at < 0 || at === segments.length - 1 || segments.slice(0, at).some((segment) => !('literal' in segment))) {
    throw new PermanentError('policy.subject', `${record.path}: {${variable}} must be a folder, and come first`);
  }
  return `${fillPath(
    record.path
      .split('/')
      .slice(0, at + 1)
      .join('/'),
    { [variable]: value },
  )}/`;
}

/** Everything before the first variable: `exports/{uid}/**` -> `exports/`. */
export function commonPrefix(template: string): string {
  const literals: string[] = [];
  for (const segment of parseTemplate(template)) {
    if (!('literal' in segment)) break;
    literals.push(segment.literal);
  }
  return literals.length === 0 ? '' : `${literals.join('/')}/`;
}

export interface FilePage {
  /**
   * In the place and of the record's full path: only these may be touched. Older versions are files
   * of their own.
   */
  readonly files: readonly File[];
  /** The page's own place in the listing; undefined: it is the first. */
  readonly page: string | undefined;
  /** The place of the page behind it; undefined: there is none. */
  readonly next: string | undefined;
}

/**
 * Lists files in pages, at least one. The first page begins with the place itself: `users/ab` is an
 * object that only its exact name finds, since a listing of that prefix has `users/abc` too. Costs
 * a listing a page, and one more for the place of a person.
 */
export async function* filePages(
  bucket: Bucket,
  template: string,
  prefix: string,
  from?: unknown,
): AsyncGenerator<FilePage> {
  let page = typeof from === 'string' ? from : undefined;
  do {
    const itself = page === undefined ? await listItself(bucket, template, prefix.replace(/\/$/, '')) : [];
    const listed = await listFiles(bucket, { prefix, ...defined({ pageToken: page }) });
    const files = listed.files.filter(({ name }) => name.startsWith(prefix) && matchPath(template, name) !== null);
    yield { files: [...itself, ...files], page, next: listed.next };
    page = listed.next;
  } while (page !== undefined);
}

/**
 * The object whose name is the place. It comes before all names that are longer; none if no
 * template names it.
 */
async function listItself(bucket: Bucket, template: string, place: string): Promise<readonly File[]> {
  if (matchPath(template, place) === null) return [];
  const { files } = await listFiles(bucket, { prefix: place, delimiter: '/' });
  return files.filter(({ name }) => name === place);
}

/**
 * Lists one page. Buckets with versioning keep replaced and deleted files: these are listed too.
 */
async function listFiles(
  bucket: Bucket,
  query: { readonly prefix: string; readonly delimiter?: string; readonly pageToken?: string },
): Promise<Pick<FilePage, 'files' | 'next'>> {
  const answer = await attempt(() =>
    bucket.getFiles({ maxResults: PAGE, autoPaginate: false, versions: true, ...query }),
  );
  // The SDK takes a page that is no JSON for a list without files: it must not pass for an empty
  // list.
  const [files, nextQuery, list] = answer;
  if ((list as { kind?: unknown } | undefined)?.kind !== 'storage#objects') throw unreadable();
  const next = (nextQuery as { pageToken?: unknown } | null | undefined)?.pageToken;
  return {
    files,
    next: typeof next === 'string' && next !== '' ? next : undefined,
  };
}

/**
 * Deletes a file; one that is gone is fine. With `ifUnchanged` only the version that was listed:
 * one that was written meanwhile stays.
 *
 * @returns false if it was gone or written meanwhile
 */
export async function deleteFile(bucket: Bucket, file: File, ifUnchanged: boolean): Promise<boolean> {
  const generation = file.metadata.generation;
  const exact = generation === undefined ? bucket.file(file.name) : bucket.file(file.name, { generation });
  try {
    const [answer] = await attempt(() =>
      exact.delete(ifUnchanged && generation !== undefined ? { ifGenerationMatch: generation } : {}),
    );
    // Documented for a deletion. The SDK takes any 2xx for one, also of a server that only says
    // that it works.
    if (answer.statusCode !== NO_CONTENT) throw unreadable();
    return true;
  } catch (error) {
    const answer = causeOf(error);
    if (isNoObject(answer) || (ifUnchanged && isOtherGeneration(answer))) return false;
    throw error;
  }
}

/**
 * Reads the bytes of a file as they are stored, and compares them with the hash and the size of the
 * listing. `contentEncoding` is only a label that anybody can write: nothing is unpacked by it, so
 * that no content fails to be read. The SDK itself compares a download with the hash that comes
 * with it, and accepts one that comes without.
 *
 * @throws ComplianceError `storage.answer` at the end if other bytes came: the file was written
 *   meanwhile, or somebody else has answered
 */
export async function* readFile(file: File): AsyncGenerator<Uint8Array> {
  const { size, md5Hash, crc32c } = file.metadata;
  const md5 = createHash('md5');
  // Composite objects have no MD5; the CRC32C is there always.
  const crc = md5Hash === undefined && crc32c !== undefined ? file.crc32cGenerator() : undefined;
  let bytes = 0;
  for await (const chunk of chunksOf(file, { decompress: false })) {
    md5.update(chunk);
    crc?.update(chunk);
    bytes += chunk.byteLength;
    yield chunk;
  }
  const isSame = md5Hash === undefined ? (crc?.validate(crc32c ?? '') ?? true) : md5.digest('base64') === md5Hash;
  if (!isSame || bytes !== Number(size ?? 0)) throw unreadable();
}

/** Cloud Storage's answer to a deletion. */
const NO_CONTENT = 204;

const unreadable = (): ComplianceError =>
  new ComplianceError('storage.answer', "Cloud Storage's answer is not what its documentation says");

/**
 * The times of a file that its fate counts from: by name of the object's metadata, `timeCreated` or
 * `updated`.
 */
export const timesOf = (record: PolicyRecord, file: File): RowTimes => timesBy(record, (field) => timeIn(file, field));

/** A time of the object's metadata in epoch milliseconds. */
export const timeIn = (file: File, field: string): Instant | undefined =>
  parsedTime((file.metadata as Record<string, unknown>)[field]);

/** Returns the error of Cloud Storage within one of ours. */
const causeOf = (error: unknown): unknown => (error instanceof ComplianceError ? causeOf(error.cause) : error);

/** Errors as the job understands them; their own messages hold file names. */
async function attempt<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const code = codeOf(causeOf(cause));
    const bare = typeof code === 'number' || typeof code === 'string' ? code : 'network';
    const named = foreignCode('storage', bare);
    if (code === 429)
      throw new RetryAfterError('storage.429', 'Cloud Storage asks to come back later', Date.now() + 30_000, { cause });
    if (code === 401 || code === 403) {
      const what =
        'Cloud Storage refuses the service account: grant it storage.objects.list, get and delete on the bucket';
      throw new PermanentError(named, what, { cause });
    }
    throw new ComplianceError(named, `Cloud Storage did not do what it was asked (${bare})`, { cause });
  }
}
