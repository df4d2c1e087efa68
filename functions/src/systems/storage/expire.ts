import type { Context } from '../../platform/context.ts';
import { matchPath } from '../../policy/lookup.ts';
import { fateByTime } from '../ending.ts';
import type { NamedRecord, Sweep, SweepFigures, SweepProgress } from '../system.ts';
import { bucketFor, commonPrefix, deleteFile, listFiles, timeIn, timesOf } from './files.ts';

/**
 * Ends everybody's files of a record up to the cut-off. A listing cannot be ordered by time, so the whole prefix is listed: for records
 * that stay small, such as exports of seven days. A file written meanwhile is left to the next run.
 */
export async function expireFiles(context: Context, named: NamedRecord, sweep: Sweep): Promise<SweepProgress> {
  const { record } = named;
  const bucket = await bucketFor(context.clients, record);
  const figures: { -readonly [K in keyof SweepFigures]: SweepFigures[K] } = { ...sweep.figures };
  let page = typeof sweep.cursor?.['page'] === 'string' ? sweep.cursor['page'] : undefined;
  for (;;) {
    const { files, next } = await listFiles(bucket, record.path, commonPrefix(record.path), page);
    for (const file of files) {
      if ((timeIn(file, sweep.field) ?? Infinity) > sweep.cutoff) continue;
      if (fateByTime(record, sweep.policy, sweep.now, timesOf(record, file)).kind !== 'end') continue;
      const variables = matchPath(record.path, file.name) ?? {};
      const owner = 'pathVariable' in record.subject ? variables[record.subject.pathVariable] : undefined;
      if (owner !== undefined && sweep.held.has(owner)) figures.held += 1;
      else if (await deleteFile(bucket, file, true)) figures.deleted += 1;
    }
    if (next === undefined) return { figures };
    page = next;
    if (context.now() >= sweep.deadline) return { figures, more: { page } };
  }
}
