import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import { expect } from 'vitest';
import { runJob } from '../../../functions/src/jobs/run.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { recordOf } from '../../../functions/src/policy/lookup.ts';
import type { FateRule, Policy, PolicyRecord } from '../../../functions/src/policy/schema.ts';
import { startRetentionOf } from '../../../functions/src/retention/start.ts';
import { runRef } from '../../../functions/src/retention/runs.ts';
import { runners } from '../../../functions/src/runners.ts';
import { DAY, openNight, type Night } from './nightly.ts';

/** A retention run on a database in a project of its own: nothing else happens there. */

const source = { kind: 'ownChoice', reference: 'a test' } as const;
const after = (period: string, then: FateRule['then'], field = 'createdAt'): FateRule => ({
  when: { field },
  after: period,
  then,
  source,
});
const sessions = recordOf(amikeo, 'sessions');
const rows = (path: string, more: Partial<PolicyRecord>): PolicyRecord => {
  const plain = { ...sessions, path };
  delete plain.undated;
  return { ...plain, ...more };
};
const owned = { subject: { field: 'owner' } } as const;

const policy: Policy = {
  ...amikeo,
  retention: { windows: 4 },
  records: {
    userFiles: recordOf(amikeo, 'userFiles'),
    sessions,
    photos: rows('users/{uid}/photos/{id}', {
      fate: [after('P1Y', { do: 'delete' })],
      files: [{ field: 'files' }, { prefix: 'users/{uid}/albums/{id}/' }],
    }),
    trips: rows('trips/{id}', { ...owned, fate: [after('P6M', { do: 'archive', to: 'attic' })] }),
    attic: rows('attic/{id}', { ...owned, database: 'compliance', fate: [after('P1Y', { do: 'delete' })] }),
    lines: rows('lines/{id}', { ...owned, fate: [after('P1Y', { do: 'anonymise', fields: ['owner', 'ip'] })] }),
    drafts: rows('users/{uid}/drafts/{id}', { fate: [after('P1Y', { do: 'delete' })], undated: { scan: 4 } }),
  },
};

export async function write(db: Firestore, documents: Record<string, object>): Promise<void> {
  const writer = db.bulkWriter({ throttling: false });
  for (const [path, data] of Object.entries(documents)) void writer.set(db.doc(path), data);
  await writer.close();
}
export const thereOf = async (db: Firestore, paths: readonly string[]): Promise<string[]> => {
  const all = await db.getAll(...paths.map((path) => db.doc(path)));
  return all.filter(({ exists }) => exists).map(({ ref }) => ref.path);
};

interface Figures {
  readonly state: string;
  readonly deleted: number;
  readonly archived: number;
  readonly anonymised: number;
  readonly held: number;
  readonly files: number;
  readonly residue: number;
  readonly undated: number;
  readonly withFollowers?: boolean;
  readonly windows?: Record<string, { scanned?: number }>;
}
interface Run {
  readonly status: string;
  readonly records: Record<string, Figures>;
  readonly undeclared?: { collections: string[]; below: string[] };
}
/** A night in which rows are swept. */
interface Sweeping {
  readonly night: Night;
  readonly context: Context;
  /** The jobs with tasks that are to be delivered. */
  readonly tasks: string[];
  /** A time so many days ago. */
  readonly ago: (days: number) => Timestamp;
  /**
   * Runs every task there is, as the queue would, until there is none. Tasks of a process that has
   * died are delivered again later.
   */
  readonly work: (through?: Context) => Promise<void>;
  readonly runOf: (id: string) => Promise<Run>;
  /** Sweeps one record, with a run of its own. */
  readonly sweep: (record: string) => Promise<Figures>;
}

export function openSweeping(name: string): Sweeping {
  const night = openNight(name, policy);
  const tasks: string[] = [];
  const context: Context = { ...night.context, queue: { enqueue: async (_, job) => void tasks.push(job) } };
  const work = async (through = context): Promise<void> => {
    while (tasks.length > 0) await Promise.all(tasks.splice(0).map((job) => runJob(through, runners, job)));
  };
  const runOf = async (id: string): Promise<Run> => (await runRef(night.own, id).get()).data() as Run;
  let nights = 0;
  return {
    night,
    context,
    tasks,
    ago: (days) => Timestamp.fromMillis(night.now() - days * DAY),
    work,
    runOf,
    async sweep(record) {
      const run = await startRetentionOf(context, record, night.now() + ++nights * 1000);
      await work();
      const { status, records } = await runOf(run);
      expect(status).toBe('finished');
      const figures = records[record];
      if (figures === undefined) throw new Error('no figures');
      return figures;
    },
  };
}
