import { Timestamp, type DocumentReference } from 'firebase-admin/firestore';
import type { JobPlan } from '../jobs/catalog.ts';
import { addJob, enqueueJob, jobRef } from '../jobs/store.ts';
import type { Job } from '../jobs/types.ts';
import type { OrderedBy } from '../ledger/entry.ts';
import { forgottenRestraints } from '../ledger/forgotten.ts';
import { Remembered, restrainedChainsOf } from '../ledger/restrained.ts';
import { changeRestraint, type Found, type RestraintChange } from '../ledger/restrain.ts';
import { runsAt, type RestraintVersion } from '../ledger/restraints.ts';
import type { Instant } from '../platform/time.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { ComplianceError } from '../platform/errors.ts';
import { millisOf } from '../platform/firestore.ts';
import { allRecords } from '../policy/lookup.ts';
import type { Ground, Policy, RecordId } from '../policy/schema.ts';
import { findAccount } from '../subject/accounts.ts';
import { everyKeyOf, noteAddress } from '../subject/addresses.ts';
import { addressKey, addressKeys, foldEmail, nameOfAddress } from '../subject/emails.ts';
import { accountCreatedAt, isUid } from '../subject/identity.ts';
import { readKnown } from '../subject/known.ts';
import { pseudonymsOf, withoutGeneration } from '../subject/pseudonym.ts';
import {
  isRestraintName,
  restraintNames,
  statementIds,
  statementRef,
  statementIn,
  statements,
  type Statement,
} from '../subject/statements.ts';
import { inLanguages } from '../texts/index.ts';
import { keepJob, keepJobId } from './holdTasks/plan.ts';
import { openErasuresOf, wakeForHold } from './holdTasks/wake.ts';
import { find } from './officer.ts';

/**
 * Legal holds, as an officer or the app's servers set and lift them (docs/holds.md).
 * ledger/holds.ts finds those that run.
 */

/** An officer's order: the rows of a person to keep, on which ground, until when. */
export interface HoldOrder {
  /** Empty if an address is given. */
  readonly uid: string;
  /** Of a person without an account; an account that has verified it is meant itself. */
  readonly email?: string;
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
  /** Of one whose document is gone, its name in the ledger: `hold lift` takes that too. */
  readonly id: string;
  /** Absent if nobody can say whose it is any more: its document is gone. */
  readonly uid?: string;
  /** Of a person without an account: the key of their address. */
  readonly subjectKey?: string;
  /**
   * The chain that says that it runs, although its document is gone: it keeps everything of the
   * person.
   */
  readonly goneFrom?: string;
  /** The head of that chain does not know it either: it cannot be lifted until that is mended. */
  readonly onlyEntry?: boolean;
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
  const { uid, email, records, ground, until } = order;
  const known = holdableRecords(policy);
  const unknown = (records ?? []).filter((id) => !known.includes(id));
  const { article, text } = ground;
  const isSaid = policy.languages.every((language) => (text[language] ?? '').trim() !== '');
  const checks: [OrderProblem['field'], boolean, string][] = [
    ['uid', email === undefined ? isUid(uid) : uid === '', 'this is not a uid of Firebase Auth'],
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

/** The one that orders a hold, or its end. */
type Orderer = OrderedBy & { readonly actor: 'officer' | 'server' };
const AN_OFFICER: Orderer = { actor: 'officer' };

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
 * @throws ComplianceError `hold.order` with everything that is wrong with it. `hold.unknown` if
 *   nobody knows the uid: a typing error would keep nothing, silently. `seal.broken` if the hold
 *   stands, and no chain could record it: the same order again does, once the chain is mended
 */
export async function setHold(context: Context, asked: HoldOrder, by: Orderer = AN_OFFICER): Promise<HoldSet> {
  const problems = problemsOf(context.policy, asked, context.now());
  if (problems.length > 0) throw new ComplianceError('hold.order', problems.map(({ text }) => text).join('; '));
  const { keys } = context;
  const order = await resolved(context, asked);
  const { uid, email, records, unknownUid = false } = order;
  const isAddress = email !== undefined;
  const erasures = await openErasuresOf(context, isAddress ? { uid, keys: addressKeys(email, keys) } : { uid });
  const createdAt = isAddress ? null : await createdAtOf(context, uid, erasures, unknownUid);
  const subjectKey = isAddress ? await noteAddress(context, email) : undefined;
  if (createdAt === undefined && !unknownUid)
    throw new ComplianceError(
      'hold.unknown',
      'nobody knows this uid: there is no such account, and no erasure of it is under way. Is it typed right?',
    );
  // As it was ordered: an account that has the address since makes no other hold of it.
  const hold = await holdRef(context, { ...asked, ...defined({ email: folded(asked.email) }) });
  const data = holdFields(context, order);
  const of = {
    ...{ uid, subjectKey, accountCreatedAt: createdAt ?? null, hold: hold.id },
    records: records && [...new Set(records)],
  };
  let begun: JobPlan | undefined;
  const { changed } = await changeRestraint(
    context,
    { kind: 'legalHolds', id: hold.id, uid: isAddress ? nameOfAddress(email) : uid },
    async ({ known, remembered }, tx) => {
      begun = undefined;
      const isOver = remembered !== undefined && !runsAt(remembered, context.now());
      // One that was lifted is not begun again; one that is gone, or was changed, is written anew.
      const isThere = known?.isSealed === true;
      if (isOver || (isThere && (remembered !== undefined || !holdIn(known, context.now()).runs))) return null;
      const isTold = (await tx.get(jobRef(context.clients.own(), keepJobId(hold.id)))).exists;
      const also: RestraintChange['also'] = (write, { chain }): void => {
        begun = isTold ? undefined : keepJob(context.policy, of, chain, context.now());
        if (begun !== undefined) addJob(write, context, begun);
      };
      return { data, state: 'set', ...by, until: order.until, also };
    },
  );
  if (begun !== undefined) await enqueueJob(context, begun);
  // A night may have forgotten it before the job needed it.
  if (isAddress) await noteAddress(context, email);
  if (changed) context.log.info('legal hold set', { hold: hold.id, records: records?.join(' ') ?? 'all' });
  return { id: hold.id, changed, underWay: erasures.map(({ id }) => id) };
}

/** Finds the account of an address: if it has one, the hold is on that. */
async function resolved(context: Context, { email: given, ...order }: HoldOrder): Promise<HoldOrder> {
  const email = folded(given);
  if (email === undefined) return order;
  const { subject } = await find(context, { email });
  return subject.uid === '' ? { ...order, email } : { ...order, uid: subject.uid };
}

const folded = (email: string | undefined): string | undefined =>
  email === undefined ? undefined : foldEmail(email.trim());

async function holdRef({ clients, keys }: Context, { requestId, ...order }: HoldOrder): Promise<DocumentReference> {
  const own = clients.own();
  if (requestId === undefined) return statements(own, 'legalHolds').doc();
  return statementRef(own, 'legalHolds', statementIds('legalHolds', requestId, order, keys));
}

const holdFields = ({ policy, now, keys }: Context, { uid, email, records, ground, until }: HoldOrder) => ({
  // Of a person without an account no address is stored here.
  ...(email === undefined ? { uid } : { subjectKey: addressKey(email, keys) }),
  createdAt: Timestamp.fromMillis(now()),
  ground: {
    article: ground.article.trim(),
    text: inLanguages(policy, (_, language) => (ground.text[language] ?? '').trim()),
  },
  ...(records === undefined ? {} : { records: [...new Set(records)] }),
  // A query finds those without an end by this null.
  until: until === undefined ? null : Timestamp.fromMillis(until),
});

/** When an account was made, if somebody knows it; undefined: nobody knows the account. */
async function createdAtOf(
  context: Context,
  uid: string,
  [erasure]: readonly Job[],
  unknownUid: boolean,
): Promise<number | null | undefined> {
  const known = await readKnown(context, uid);
  if (known !== null) return known.accountCreatedAt;
  const created = erasure?.input['accountCreatedAt'];
  if (erasure !== undefined) return typeof created === 'number' ? created : null;
  const account = unknownUid ? null : await findAccount(context, { uid });
  return account === null ? undefined : accountCreatedAt(account);
}

/**
 * Every hold, or those of a person: those that run first, then by age. Among them those that the
 * ledger says are running and whose document is gone, by the head of a chain or by an entry alone.
 */
export async function listHolds(
  context: Pick<Context, 'clients' | 'now' | 'keys'>,
  uid?: string,
): Promise<StoredHold[]> {
  const { clients, keys, now } = context;
  const all = statements(clients.own(), 'legalHolds');
  const [chains, forgotten] = await Promise.all([restrainedChainsOf(context, uid), forgottenHolds(context, uid)]);
  const { docs } = await (uid === undefined ? all : all.where('uid', '==', uid)).get();
  const remembered = new Remembered(chains, keys);
  const holds = docs.flatMap((document) => {
    const stated = statementIn(document, keys);
    return stated === null ? [] : [holdIn(remembered.see('legalHolds', stated), now())];
  });
  const names = new Set(holds.flatMap(({ id }) => restraintNames('legalHolds', id, keys)));
  const goneFrom = (chain: string, { kind, name, at, until }: RestraintVersion, more: object = {}): StoredHold[] => {
    if (kind !== 'legalHolds' || names.has(name)) return [];
    const of = { id: name, goneFrom: chain, createdAt: at, runs: true, isSealed: false };
    return [{ ...of, ...defined({ uid, until }), ...more }];
  };
  const gone = [
    ...chains.flatMap(({ chain }) => remembered.gone(now(), chain).flatMap((version) => goneFrom(chain, version))),
    ...forgotten.flatMap(({ chain, version }) => goneFrom(chain, version, { onlyEntry: true })),
  ];
  const age = ({ createdAt = 0 }: StoredHold): number => createdAt;
  return [...holds, ...gone].sort((a, b) => Number(b.runs) - Number(a.runs) || age(a) - age(b));
}

/** The holds that run by an entry that no head knows; of everybody, or of a person. */
async function forgottenHolds(
  { clients, keys, now }: Pick<Context, 'clients' | 'now' | 'keys'>,
  uid: string | undefined,
): Promise<Awaited<ReturnType<typeof forgottenRestraints>>> {
  const all = await forgottenRestraints(clients.own(), keys, now());
  const names = uid === undefined ? null : pseudonymsOf(uid, keys);
  return all.filter(({ chain }) => names === null || names.includes(withoutGeneration(chain)));
}

function holdIn({ id, isSealed, data }: Statement, now: Instant): StoredHold {
  const { uid, subjectKey, records, ground, createdAt, until } = data as Readonly<Record<string, unknown>>;
  const end = millisOf(until);
  return {
    id,
    ...(typeof subjectKey === 'string' ? { subjectKey } : { uid: String(uid) }),
    ...(Array.isArray(records) ? { records: records as RecordId[] } : {}),
    ...(ground === undefined ? {} : { ground: ground as Ground }),
    ...defined({ createdAt: millisOf(createdAt), until: end }),
    runs: !isSealed || end === undefined || end > now,
    isSealed,
  };
}

async function personOf(context: Context, { uid, subjectKey: key }: StoredHold) {
  if (key !== undefined) return { uid: '', keys: await everyKeyOf(context, key) };
  return uid === undefined ? undefined : { uid };
}

/** The outcome of a lift. */
export type Lifted =
  | { readonly ok: true; readonly hold: StoredHold; readonly woken: readonly string[] }
  | { readonly ok: false; readonly because: 'unknown' | 'over' };

/**
 * Ends a hold now; it stays on record for its own period. One without the right seal is deleted:
 * the backend never set it so. One whose document is gone ends in the ledger, by its id or by its
 * name there. Anything that a hold kept of an erased person ends by itself within a minute, unless
 * another one runs: the job that waits for that is woken. Lifting it again wakes it again, and
 * changes nothing.
 */
export async function liftHold(context: Context, asked: string, by: Orderer = AN_OFFICER): Promise<Lifted> {
  if (asked === '' || asked.includes('/')) return { ok: false, because: 'unknown' };
  const now = context.now();
  const { id, name } = await holdCalled(context, asked);
  const of = { kind: 'legalHolds' as const, id, ...defined({ name }) };
  const { known, remembered, chains } = await changeRestraint(context, of, (found) => liftOf(found, by, now));
  if (known === null && remembered === undefined) return { ok: false, because: 'unknown' };
  const hold = known === null ? goneHold(asked, chains, remembered, now) : holdIn(known, now);
  const jobs = await wakeForHold(context, await personOf(context, hold), chains);
  if (!hold.runs && jobs.length === 0) return { ok: false, because: 'over' };
  if (hold.runs) context.log.info('legal hold lifted', { hold: id });
  return { ok: true, hold: { ...hold, ...(hold.runs ? { until: now } : {}), runs: false }, woken: jobs };
}

function liftOf({ known, remembered }: Found, by: Orderer, now: Instant): RestraintChange | null {
  const isRemembered = remembered !== undefined && runsAt(remembered, now);
  const ended = { state: 'ended', ...by } as const;
  if (known === null) return isRemembered ? { ...ended, data: null } : null;
  if (!known.isSealed) return { ...ended, data: null };
  if (!holdIn(known, now).runs && !isRemembered) return null;
  return { ...ended, data: { ...known.data, until: Timestamp.fromMillis(now) } };
}

/** The hold that an officer names: by its id, or by its name in the ledger. */
async function holdCalled({ clients, keys }: Context, asked: string): Promise<{ id: string; name?: string }> {
  if (!isRestraintName(asked)) return { id: asked };
  const { docs } = await statements(clients.own(), 'legalHolds').select().get();
  const named = docs.find(({ id }) => restraintNames('legalHolds', id, keys).includes(asked));
  return named === undefined ? { id: asked, name: asked } : { id: named.id };
}

const goneHold = (
  id: string,
  [chain]: readonly string[],
  remembered: Found['remembered'],
  now: Instant,
): StoredHold => ({
  id,
  isSealed: false,
  runs: remembered !== undefined && runsAt(remembered, now),
  ...defined({ goneFrom: chain, createdAt: remembered?.at, until: remembered?.until }),
});
