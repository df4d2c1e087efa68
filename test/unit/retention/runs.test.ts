import { FieldValue, Timestamp, type DocumentData } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { closing } from '../../../functions/src/retention/runSums.ts';

const NOW = Date.parse('2026-05-31T03:00:00Z');
const done = (deleted: number, held = 0) => ({ state: 'done', deleted, archived: 0, anonymised: 0, held });
const blocked = { state: 'blocked', error: 'sweep: firestore.write' };
const at = Timestamp.fromMillis(NOW);

/** The document after the writes that `closing` asks for. */
function closed(data: DocumentData): DocumentData {
  const next = structuredClone(data);
  for (const { path, set } of closing(data, NOW) ?? []) {
    const inner = path.slice(0, -1).reduce<DocumentData>((map, name) => map[name] as DocumentData, next);
    const last = path.at(-1) ?? '';
    if (FieldValue.delete().isEqual(set as FieldValue)) Reflect.deleteProperty(inner, last);
    else inner[last] = set;
  }
  return next;
}

describe('the document of a run', () => {
  it('waits for every window of every record, and is finished with the sums when the last has ended', () => {
    const activity = { state: 'running', deleted: 0, held: 0, windows: { 0: done(4), 1: {} } };
    const run = { status: 'running', records: { activity, jobs: { state: 'done', deleted: 0 } } };
    expect(closing(run, NOW)).toBeNull();
    const all = {
      ...run,
      records: { ...run.records, activity: { ...activity, windows: { 0: done(4), 1: done(3, 2) } } },
    };
    const after = closed(all);
    expect(after).toMatchObject({ status: 'finished', finishedAt: at });
    expect(after['records']).toMatchObject({ activity: { state: 'done', deleted: 7, held: 2 } });
    // Once it says so, there is nothing more to say.
    expect(closing(after, NOW + 1)).toBeNull();
  });

  it('sums up a record while others still run', () => {
    const run = {
      status: 'running',
      records: { activity: { state: 'running', windows: { 0: done(4) } }, sessions: { state: 'running' } },
    };
    const after = closed(run);
    expect(after).toMatchObject({ status: 'running', records: { activity: { state: 'done', deleted: 4 } } });
    expect(after['finishedAt']).toBeUndefined();
  });

  it('names the record that could not be finished and the reason, and the results of the others; a record finished after all says so', () => {
    const run = {
      status: 'running',
      records: {
        activity: { state: 'running', windows: { 0: done(4), 1: blocked } },
        sessions: { state: 'running', windows: { 0: done(1) } },
      },
    };
    const after = closed(run);
    expect(after).toMatchObject({
      status: 'finishedWithErrors',
      records: { activity: { state: 'blocked', error: blocked.error, deleted: 4 }, sessions: { state: 'done' } },
    });
    const records = after['records'] as Record<string, DocumentData>;
    const retried = {
      ...after,
      records: { ...records, activity: { ...records['activity'], windows: { 0: done(4), 1: done(6) } } },
    };
    const end = closed(retried);
    expect(end).toMatchObject({ status: 'finished', records: { activity: { state: 'done', deleted: 10 } } });
    expect((end['records'] as Record<string, DocumentData>)['activity']).not.toHaveProperty('error');
  });

  it('that is gone, over its own period, is not closed', () => expect(closing(undefined, NOW)).toBeNull());
});
