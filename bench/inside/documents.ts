import { Timestamp } from 'firebase-admin/firestore';
import type { Policy, PolicyRecord } from '../../functions/src/policy/schema.ts';
import { loadSystem } from '../../functions/src/systems/registry.ts';
import { NO_FIGURES, type Cursor, type Scope, type SweepFigures } from '../../functions/src/systems/system.ts';
import { openBench, type Bench } from '../context.ts';
import { peakOf } from '../peak.ts';
import { HeldPeople } from '../../functions/src/subject/hold.ts';

/**
 * Runs inside a suite: whole documents of one size are archived, or read as an export reads them,
 * in this process.
 */

const UID = 'person';
const DAY_MS = 86_400_000;

const [what = '', ...args] = process.argv.slice(2);
const [rows = 0, bytes = 0] = args.map(Number);

/** Rows that a sweep archives. */
function policyOf({ context: { policy } }: Bench): { policy: Policy; record: PolicyRecord } {
  const { activity } = policy.records;
  if (activity === undefined) throw new Error('the policy has no activity');
  const [rule] = activity.fate;
  if (rule === undefined) throw new Error('activity has no rule');
  const field = activity.timestamp ?? '';
  const yearly = { ...rule, when: { field }, after: 'P1Y' };
  const record: PolicyRecord = { ...activity, fate: [{ ...yearly, then: { do: 'archive', to: 'attic' } }] };
  delete record.files;
  const attic: PolicyRecord = { ...record, path: 'attic/{uid}/activity/{id}', database: 'compliance' };
  attic.fate = [{ ...yearly, then: { do: 'delete' } }];
  return { policy: { ...policy, records: { ...policy.records, activity: record, attic } }, record };
}

async function seed({ db }: Bench): Promise<object> {
  const oldest = Date.now() - 1000 * DAY_MS;
  const each = Math.max(1, Math.min(20, Math.floor(3_000_000 / bytes)));
  for (let from = 0; from < rows; from += each) {
    const batch = db.batch();
    for (let n = from; n < Math.min(rows, from + each); n++) {
      const data = { createdAt: Timestamp.fromMillis(oldest + n * 1000), note: String(n).padEnd(bytes, 'x') };
      batch.set(db.doc(`users/${UID}/activity/${String(n).padStart(6, '0')}`), data);
    }
    await batch.commit();
  }
  return {};
}

async function archive(bench: Bench): Promise<void> {
  const { policy, record } = policyOf(bench);
  const system = await loadSystem('firestore', { ...bench.context, policy });
  const now = Date.now();
  const field = record.timestamp ?? '';
  const question = {
    policy,
    now,
    field,
    cutoff: now - 400 * DAY_MS,
    held: new HeldPeople(new Set(), new Set(), bench.context.keys),
  };
  let figures: SweepFigures = NO_FIGURES;
  let cursor: Cursor | undefined;
  do {
    // A sweep hands its place over each quarter of a minute.
    const begun = { ...question, figures, deadline: Date.now() + 15_000, ...(cursor === undefined ? {} : { cursor }) };
    const progress = await system.expire?.({ id: 'activity', record }, begun);
    if (progress === undefined) throw new Error('nothing ends by time');
    ({ figures, more: cursor } = progress);
  } while (cursor !== undefined);
  if (figures.archived !== rows) throw new Error(`${figures.archived} rows were archived instead of ${rows}`);
}

async function read(bench: Bench): Promise<void> {
  const { policy, record } = policyOf(bench);
  const system = await loadSystem('firestore', { ...bench.context, policy });
  const subject = { uid: UID, pseudonym: '', accountCreatedAt: null, verifiedEmails: [], providerIds: {} };
  const scope: Scope = { policy, subject, handles: [], now: Date.now(), deadline: Infinity };
  let count = 0;
  for await (const row of system.read({ id: 'activity', record }, scope))
    if (row.data['note'] !== undefined) count += 1;
  if (count !== rows) throw new Error(`${count} rows were read instead of ${rows}`);
}

/** Measures a work in this process. */
async function measured(work: (bench: Bench) => Promise<void>, bench: Bench): Promise<object> {
  const { seconds, peakMb, peakHeapMb } = await peakOf(() => work(bench));
  return { what, rows, bytes, seconds, peakMb, peakHeapMb };
}

const bench = openBench(`demo-documents-${rows}-${bytes}`);
const measure: Readonly<Record<string, () => Promise<object>>> = {
  seed: () => seed(bench),
  archive: () => measured(archive, bench),
  read: () => measured(read, bench),
};
const figures = await measure[what]?.();
if (figures === undefined) throw new Error(`one of ${Object.keys(measure).join(', ')}`);
console.log(JSON.stringify(figures));
process.exit(0);
