import { Timestamp, type DocumentReference, type DocumentSnapshot } from 'firebase-admin/firestore';
import { woken } from '../jobs/advance.ts';
import { changeJob, jobsIn } from '../jobs/store.ts';
import type { Job } from '../jobs/types.ts';
import type { Instant } from '../platform/time.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { ComplianceError } from '../platform/errors.ts';
import { createIfAbsent, millisOf } from '../platform/firestore.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import { allRecords } from '../policy/lookup.ts';
import type { Ground, Policy, RecordId } from '../policy/schema.ts';
import { findAccount } from '../subject/accounts.ts';
import { isUid } from '../subject/identity.ts';
import { statement, statementId, statementIn, statements } from '../subject/statements.ts';
import { inLanguages } from '../texts/index.ts';

/**
 * Legal holds, as an officer or the app's servers set and lift them (docs/holds.md).
 * subject/holds.ts says what a hold keeps.
 */

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
  /**
   * The id of the order where it was given: the same order again is the same hold. Absent: a new
   * one.
   */
  readonly requestId?: string;
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
  /**
   * False if somebody else wrote it, or changed it: it keeps everything of the person until it is
   * lifted.
   */
  readonly isSealed: boolean;
}

/** The records of a policy that a hold can name: those that hold rows of one person. */
const holdableRecords = (policy: Policy): RecordId[] =>
  allRecords(policy).flatMap(({ id, record }) => ('none' in record.subject ? [] : [id]));

/** Something wrong with an order: the field, and a sentence. */
interface OrderProblem {
  readonly field: 'uid' | 'records' | 'ground' | 'until';
  readonly text: string;
}

/** Lists what is wrong with an order. Pure. */
export function problemsOf(policy: Policy, order: HoldOrder, now: Instant): OrderProblem[] {
  const { uid, records, ground, until } = order;
  const known = holdableRecords(policy);
  const unknown = (records ?? []).filter((id) => !known.includes(id));
  const { article, text } = ground;
  const isSaid = policy.languages.every((language) => (text[language] ?? '').trim() !== '');
  const checks: [OrderProblem['field'], boolean, string][] = [
    ['uid', isUid(uid), 'this is not a uid of Firebase Auth'],
    ['records', records?.length !== 0, 'no record is named: name one, or leave records out to keep everything'],
    [
      'records',
      unknown.length === 0,
      `the policy has no record of a person called ${unknown.join(', ')}; it has ${known.join(', ')}`,
    ],
    ['ground', article.trim().length >= 3, 'the ground names no article, such as Art. 17(3)(e)'],
    ['ground', isSaid, 'the ground is not said in each language of the policy: it stands in the certificate'],
    ['until', until === undefined || until > now, 'its end has passed already'],
  ];
  return checks.flatMap(([field, isRight, text]) => (isRight ? [] : [{ field, text }]));
}

/** A hold that was set, and what it finds. */
export interface HoldSet {
  readonly id: string;
  /** False if this order had set it before: nothing changed. */
  readonly changed: boolean;
  /** Erasures of the person that are under way: what they ended before stays ended. */
  readonly underWay: readonly string[];
}

/**
 * Sets a legal hold. From here on nothing that it names is ended, by an erasure (its next step) or
 * by the nightly retention (its next run).
 *
 * @throws ComplianceError `hold.order` with everything that is wrong with it, `hold.unknown` if
 *   nobody knows the uid: a typing error would keep nothing, silently
 */
export async function setHold(context: Context, order: HoldOrder): Promise<HoldSet> {
  const { uid, records, unknownUid = false } = order;
  const problems = problemsOf(context.policy, order, context.now());
  if (problems.length > 0) throw new ComplianceError('hold.order', problems.map(({ text }) => text).join('; '));
  const erasures = await openJobsOf(context, uid);
  if (!unknownUid && erasures.length === 0 && !(await isKnown(context, uid))) {
    const what =
      'nobody knows this uid: there is no such account, and no erasure of it is under way. Is it typed right?';
    throw new ComplianceError('hold.unknown', what);
  }
  const hold = holdRef(context, order);
  const changed = await createIfAbsent(hold, statement(hold, holdFields(context, order), context.keys));
  if (changed) context.log.info('legal hold set', { hold: hold.id, records: records?.join(' ') ?? 'all' });
  return { id: hold.id, changed, underWay: erasures.map(({ id }) => id) };
}

function holdRef({ clients, keys }: Context, { requestId, ...order }: HoldOrder): DocumentReference {
  const holds = statements(clients.own(), 'legalHolds');
  return requestId === undefined ? holds.doc() : holds.doc(statementId('legalHolds', requestId, order, keys));
}

const holdFields = ({ policy, now }: Context, { uid, records, ground, until }: HoldOrder) => ({
  uid,
  createdAt: Timestamp.fromMillis(now()),
  ground: {
    article: ground.article.trim(),
    text: inLanguages(policy, (_, language) => (ground.text[language] ?? '').trim()),
  },
  ...(records === undefined ? {} : { records: [...new Set(records)] }),
  ...(until === undefined ? {} : { until: Timestamp.fromMillis(until) }),
});

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
export async function listHolds(
  context: Pick<Context, 'clients' | 'now' | 'keys'>,
  uid?: string,
): Promise<StoredHold[]> {
  const all = statements(context.clients.own(), 'legalHolds');
  const { docs } = await (uid === undefined ? all : all.where('uid', '==', uid)).get();
  const age = ({ createdAt = 0 }: StoredHold): number => createdAt;
  return docs
    .flatMap((document) => holdIn(document, context.keys, context.now()) ?? [])
    .sort((a, b) => Number(b.runs) - Number(a.runs) || age(a) - age(b));
}

function holdIn(document: DocumentSnapshot, keys: PseudonymKeys, now: Instant): StoredHold | null {
  const stated = statementIn(document, keys);
  if (stated === null) return null;
  const { isSealed } = stated;
  const { uid, records, ground, createdAt, until } = stated.data;
  const end = millisOf(until);
  return {
    id: document.id,
    uid: String(uid),
    ...(Array.isArray(records) ? { records: records as RecordId[] } : {}),
    ...(ground === undefined ? {} : { ground: ground as Ground }),
    ...defined({ createdAt: millisOf(createdAt), until: end }),
    runs: !isSealed || end === undefined || end > now,
    isSealed,
  };
}

/** What a lift came to. */
export type Lifted =
  | { readonly ok: true; readonly hold: StoredHold; readonly woken: readonly string[] }
  | { readonly ok: false; readonly because: 'unknown' | 'over' };

/** The steps that wait for the end of a legal hold. */
const WAITING_FOR_HOLDS = ['holds', 'ended', 'replayCheck'] as const;

/**
 * Ends a hold now; it stays on record for its own period. One without the right seal is deleted:
 * the backend never set it so. What a hold kept of an erased person ends by itself within a minute,
 * unless another one runs: the job that waits for that is woken. Lifting it again wakes it again,
 * and changes nothing.
 */
export async function liftHold(context: Context, id: string): Promise<Lifted> {
  const own = context.clients.own();
  if (id === '' || id.includes('/')) return { ok: false, because: 'unknown' };
  const ref = statements(own, 'legalHolds').doc(id);
  const now = context.now();
  const hold = await own.runTransaction(async (tx) => {
    const document = await tx.get(ref);
    const known = holdIn(document, context.keys, now);
    if (known?.isSealed === false) tx.delete(ref);
    else if (known?.runs === true) {
      const { data = {} } = statementIn(document, context.keys) ?? {};
      tx.set(ref, statement(ref, { ...data, until: Timestamp.fromMillis(now) }, context.keys));
    }
    return known;
  });
  if (hold === null) return { ok: false, because: 'unknown' };
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
