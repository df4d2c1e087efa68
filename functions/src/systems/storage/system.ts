import type { File } from '@google-cloud/storage';
import { sha256Hex } from '../../crypto/hash.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { LeftError } from '../../platform/errors.ts';
import { batches } from '../../platform/firestore.ts';
import { fateOf } from '../rowFate.ts';
import type { NamedRecord, Row, Scope, System } from '../system.ts';
import { RowCounts } from '../outcomes.ts';
import { answersOf, type VisitRows } from '../modes.ts';
import { expireFiles, foreseeFiles } from './expire.ts';
import { bucketFor, deleteFile, filePages, prefixOf, readFile, timesOf } from './files.ts';
import { manifest } from './manifest.ts';

/** How many deletions run at once. */
const AT_ONCE = 16;

/**
 * Cloud Storage. A person's files are those below the person's own prefix, so there is nothing to
 * prove and no handle.
 */
export function createSystem(context: Context): System {
  return {
    id: manifest.id,
    find: async () => [],
    read: (record, scope) => readFiles(context, record, scope),
    ...answersOf(context, visit),
    expire: (record, sweep) => expireFiles(context, record, sweep),
    foresee: (record, question) => foreseeFiles(context, record, question),
    undated: async () => 0, // Cloud Storage dates every object itself.
  };
}

async function* readFiles(context: Context, { record }: NamedRecord, scope: Scope): AsyncIterable<Row> {
  const prefix = prefixOf(record, scope.subject);
  if (prefix === null) return;
  const bucket = await bucketFor(context.clients, record);
  const { cursor } = scope;
  // The file that came last. Its name is not written down, and if it is gone its page begins anew.
  let before = typeof cursor?.['after'] === 'string' ? cursor['after'] : undefined;
  for await (const { files, page } of filePages(bucket, record.path, prefix, cursor?.['page'])) {
    const done = files.findIndex((file) => hashOf(file) === before);
    for (const file of files.slice(done + 1)) {
      const at = defined({ page, after: before });
      before = hashOf(file);
      const { size, contentType, contentEncoding, timeCreated, updated, generation, metadata } = file.metadata;
      yield {
        path: file.name,
        at,
        // An object has 5 TiB at most: its size is exact as a number.
        data: { size: Number(size ?? 0), contentType, contentEncoding, timeCreated, updated, generation, metadata },
        content: {
          stream: () => readFile(file),
          size: Number(size ?? 0),
          contentType: contentType ?? 'application/octet-stream',
          ...defined({ encoding: contentEncoding }),
        },
      };
    }
  }
}

const hashOf = (file: File): string => sha256Hex(`${file.name} ${String(file.metadata.generation)}`);

/**
 * Walks over the person's files: ends them as `fate()` says, finds that none is there that should
 * be gone, or counts those that would go.
 */
const visit: VisitRows = async (context, named, scope, change, mode) => {
  const prefix = prefixOf(named.record, scope.subject);
  const counts = RowCounts.from(scope.cursor);
  if (prefix === null) return { settled: counts.outcomes(named, scope) };
  const bucket = await bucketFor(context.clients, named.record);
  for await (const { files, next } of filePages(bucket, named.record.path, prefix, scope.cursor?.['page'])) {
    const over = files.filter((file) => {
      const fate = fateOf(named, scope, change, timesOf(named.record, file));
      if (fate.kind !== 'end') counts.leave(fate, { change, now: scope.now });
      // A file has no fields to remove: it goes if the policy would anonymise or archive it.
      return fate.kind === 'end';
    });
    if (mode === 'check' && over.length > 0)
      throw new LeftError('storage.left', `files of ${named.id} are there that should have ended`);
    if (mode === 'preview') counts.deleted += over.length;
    for (const some of mode === 'end' ? batches(over, AT_ONCE) : []) {
      const gone = await Promise.all(some.map((file) => deleteFile(bucket, file, false)));
      counts.deleted += gone.filter(Boolean).length;
    }
    if (next !== undefined && context.now() >= scope.deadline) return { more: { ...counts.toCursor(), page: next } };
  }
  return { settled: counts.outcomes(named, scope) };
};
