import type { Context } from '../../platform/context.ts';
import { matchPath, ofSameRows } from '../../policy/lookup.ts';
import type { Policy } from '../../policy/schema.ts';
import type { HeldPeople } from '../../subject/hold.ts';
import { fateByTime } from '../rowFate.ts';
import { heldBy } from '../held.ts';
import type { ForeseenSweep, NamedRecord, Sweep, SweepFigures, SweepProgress, SweepQuestion } from '../system.ts';
import { bucketFor, commonPrefix, deleteFile, filePages, timeIn, timesOf } from './files.ts';

/**
 * Ends everybody's files of a record up to the cut-off. A listing cannot be ordered by time, so the
 * whole prefix is listed: for records that stay small, such as exports of seven days. A file
 * written meanwhile is left to the next run.
 */
export async function expireFiles(context: Context, named: NamedRecord, sweep: Sweep): Promise<SweepProgress> {
  const { record } = named;
  const bucket = await bucketFor(context.clients, record);
  const figures: { -readonly [K in keyof SweepFigures]: SweepFigures[K] } = { ...sweep.figures };
  const from = sweep.cursor?.['page'];
  const isHeld = heldByName(sweep.policy, named, sweep.held);
  for await (const { files, next } of filePages(bucket, record.path, commonPrefix(record.path), from)) {
    for (const file of files) {
      if ((timeIn(file, sweep.field) ?? Infinity) > sweep.cutoff) continue;
      if (fateByTime(record, sweep.policy, sweep.now, timesOf(record, file)).kind !== 'end') continue;
      if (isHeld(file.name)) figures.held += 1;
      else if (await deleteFile(bucket, file, true)) figures.deleted += 1;
    }
    if (next !== undefined && context.now() >= sweep.deadline) return { figures, more: { page: next } };
  }
  return { figures };
}

/**
 * Counts the files that the sweep would find now: every file of the prefix is listed, none is read.
 */
export async function foreseeFiles(
  context: Context,
  named: NamedRecord,
  question: SweepQuestion,
): Promise<ForeseenSweep> {
  const { record } = named;
  const bucket = await bucketFor(context.clients, record);
  let [over, held] = [0, 0];
  let oldest: number | null = null;
  const isHeld = heldByName(question.policy, named, question.held);
  for await (const { files } of filePages(bucket, record.path, commonPrefix(record.path))) {
    for (const file of files) {
      const at = timeIn(file, question.field) ?? Infinity;
      if (at > question.cutoff) continue;
      over += 1;
      oldest = Math.min(oldest ?? at, at);
      if (isHeld(file.name)) held += 1;
    }
  }
  return { over, oldest, held };
}

/** Is a file of a held person, by its name? It has the uid, or a pseudonym under any key. */
function heldByName(policy: Policy, named: NamedRecord, held: HeldPeople): (name: string) => boolean {
  const isHeld = heldBy(ofSameRows(policy, named), held);
  return (name) => {
    const variables = matchPath(named.record.path, name);
    return variables !== null && isHeld(variables, () => undefined);
  };
}
