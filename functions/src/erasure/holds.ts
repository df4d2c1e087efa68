import { Timestamp, type DocumentSnapshot } from 'firebase-admin/firestore';
import { woken } from '../jobs/advance.ts';
import { changeJob, jobsIn } from '../jobs/store.ts';
import type { Job } from '../jobs/types.ts';
import type { Instant } from '../platform/clock.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { ComplianceError } from '../platform/errors.ts';
import { millisOf } from '../platform/firestore.ts';
import { allRecords } from '../policy/lookup.ts';
import type { Ground, Policy, RecordId } from '../policy/schema.ts';
import { findAccount } from '../subject/accounts.ts';
import { isUid } from '../subject/identity.ts';
import { inLanguages } from '../texts/index.ts';

/** Legal holds, as an officer sets and lifts them (docs/holds.md). What a hold keeps is asked in subject/held.ts. */

/** What an officer orders: what is kept of a person, on which ground, until when. */
export interface HoldOrder {
  readonly uid: string;
  /** Absent: everything that is kept of the person. */
  readonly records?: readonly RecordId[];
  readonly ground: Ground;
  /** Absent: until it is lifted. */
  readonly until?: Instant;
  /** Set it although nobody knows the uid. */
  readonly unknownUid?: boolean;
}

/** A legal hold, as it is stored. */
export interface StoredHold {
  readonly id: string;
  readonly uid: string;
  readonly records?: readonly RecordId[];
  readonly ground?: Ground;
  readonly createdAt?: Instant;
  readonly until?: Instant;
  readonly runs: boolean;
}

/** The records of a policy that a hold can name: those that hold rows of one person. */
const holdableRecords = (policy: Policy): RecordId[] =>
  allRecords(policy).flatMap(({ id, record }) => ('none' in record.subject ? [] : [id]));

/**
 * What is wrong with an order. Pure.
 *
 * @returns one sentence each; empty: nothing
 */
function problemsOf(policy: Policy, order: HoldOrder, now: Instant): string[] {
  const { uid, records, ground, until } = order;
  const known = holdableRecords(policy);
  const unknown = (records ?? []).filter((id) => !known.includes(id));
  const { article, text } = ground;
  return [
    ...(isUid(uid) ? [] : ['this is not a uid of Firebase Auth']),
    ...(records?.length === 0 ? ['no record is named: name one, or leave records out to keep everything'] : []),
    ...(unknown.length === 0
      ? []
      : [`the policy has no record of a person called ${unknown.join(', ')}; it has ${known.join(', ')}`]),
    ...(article.trim().length < 3 ? ['the ground names no article, such as Art. 17(3)(e)'] : []),
    ...(policy.languages.every((language) => (text[language] ?? '').trim() !== '')
      ? []
      : ['the ground is not said in each language of the policy: it stands in the certificate']),
    ...(until !== undefined && !(until > now) ? ['its end has passed already'] : []),
  ];
}

/** A hold that was set, and what it finds. */
export interface HoldSet {
  readonly id: string;
  /** Erasures of the person that are under way: what they ended before stays ended. */
  readonly underWay: readonly string[];
}

/**
 * Sets a legal hold. From here on nothing that it names is ended, by an erasure (its next step) or by the nightly retention (its next run).
 *
 * @throws ComplianceError `hold.order` with everything that is wrong with it, `hold.unknown` where nobody knows the uid: a typing error would
 * keep nothing, silently
 */
export async function setHold(context: Context, order: HoldOrder): Promise<HoldSet> {
  const { uid, records, ground, until, unknownUid = false } = order;
  const own = context.clients.own();
  const now = context.now();
  const problems = problemsOf(context.policy, order, now);
  if (problems.length > 0) throw new ComplianceError('hold.order', problems.join('; '));
  const erasures = await openJobsOf(context, uid);
  if (!unknownUid && erasures.length === 0 && !(await isKnown(context, uid))) {
    const what =
      'nobody knows this uid: there is no such account, and no erasure of it is under way. Is it typed right?';
    throw new ComplianceError('hold.unknown', what);
  }
  const hold = own.collection('legalHolds').doc();
  await hold.create({
    uid,
    createdAt: Timestamp.fromMillis(now),
    ground: {
      article: ground.article.trim(),
      text: inLanguages(context.policy, (_, language) => (ground.text[language] ?? '').trim()),
    },
    ...(records === undefined ? {} : { records: [...new Set(records)] }),
    ...(until === undefined ? {} : { until: Timestamp.fromMillis(until) }),
  });
  context.log.info('legal hold set', { hold: hold.id, records: records?.join(' ') ?? 'all' });
  return { id: hold.id, underWay: erasures.map(({ id }) => id) };
}

async function isKnown(context: Context, uid: string): Promise<boolean> {
  if ((await context.clients.own().collection('subjects').doc(uid).get()).exists) return true;
  return (await findAccount(context, { uid })) !== null;
}

/** The jobs about a person that are not finished: a finished one names no uid any more. */
async function openJobsOf({ clients, keys }: OwnStore, uid: string): Promise<Job[]> {
  const found = await clients.own().collection('jobs').where('input.uid', '==', uid).get();
  return jobsIn(found.docs, keys).jobs.filter(({ kind }) => kind === 'erasure');
}

/** Every hold, or those of a person: what runs first, then by age. */
export async function listHolds(context: Pick<Context, 'clients' | 'now'>, uid?: string): Promise<StoredHold[]> {
  const all = context.clients.own().collection('legalHolds');
  const { docs } = await (uid === undefined ? all : all.where('uid', '==', uid)).get();
  const age = ({ createdAt = 0 }: StoredHold): number => createdAt;
  return docs
    .map((document) => holdIn(document, context.now()))
    .sort((a, b) => Number(b.runs) - Number(a.runs) || age(a) - age(b));
}

function holdIn(document: DocumentSnapshot, now: Instant): StoredHold {
  const { uid, records, ground, createdAt, until } = document.data() ?? {};
  const end = millisOf(until);
  return {
    id: document.id,
    uid: String(uid),
    ...(Array.isArray(records) ? { records: records as RecordId[] } : {}),
    ...(ground === undefined ? {} : { ground: ground as Ground }),
    ...defined({ createdAt: millisOf(createdAt), until: end }),
    runs: end === undefined || end > now,
  };
}

/** What a lift came to. */
export type Lifted =
  | { readonly ok: true; readonly hold: StoredHold; readonly woken: readonly string[] }
  | { readonly ok: false; readonly because: 'unknown' | 'over' };

/** The steps that wait for the end of a legal hold. */
const WAITING_FOR_HOLDS = ['holds', 'ended', 'replayCheck'] as const;

/**
 * Ends a hold now; it stays on record for its own period. What it kept of an erased person ends by itself within a minute, unless another hold
 * runs: the job that waits for that is woken. Lifting it again wakes it again, and changes nothing.
 */
export async function liftHold(context: Context, id: string): Promise<Lifted> {
  const own = context.clients.own();
  if (id === '' || id.includes('/')) return { ok: false, because: 'unknown' };
  const ref = own.collection('legalHolds').doc(id);
  const now = context.now();
  const { known, hold } = await own.runTransaction(async (tx) => {
    const before = await tx.get(ref);
    const known = holdIn(before, now);
    if (before.exists && known.runs) tx.update(ref, { until: Timestamp.fromMillis(now) });
    return { known: before.exists, hold: known };
  });
  if (!known) return { ok: false, because: 'unknown' };
  const jobs = await wake(context, hold.uid);
  if (!hold.runs && jobs.length === 0) return { ok: false, because: 'over' };
  if (hold.runs) context.log.info('legal hold lifted', { hold: id });
  return { ok: true, hold: { ...hold, ...(hold.runs ? { until: now } : {}), runs: false }, woken: jobs };
}

/** `tick` enqueues what is woken. */
async function wake(context: Context, uid: string): Promise<string[]> {
  const jobs: string[] = [];
  for (const { id } of await openJobsOf(context, uid)) {
    const now = context.now();
    const changed = await changeJob(context, id, (job) => {
      const step = WAITING_FOR_HOLDS.find((name) => job.steps[name]?.state === 'waiting');
      return step === undefined || job.status === 'held' ? null : woken(job, step, now);
    });
    if (changed?.applied === true) jobs.push(id);
  }
  return jobs;
}
