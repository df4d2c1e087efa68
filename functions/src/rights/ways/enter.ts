import { Timestamp, type Transaction } from 'firebase-admin/firestore';
import { find, startByOfficer, unknownPerson } from '../../erasure/officer.ts';
import { enqueueJob } from '../../jobs/store.ts';
import { record, unlessErased } from '../../ledger/store.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { createIfAbsent } from '../../platform/firestore.ts';
import { keyedHash } from '../../platform/keys.ts';
import type { KnownDetails } from '../../requests/details.ts';
import { recordUnder } from '../../requests/find.ts';
import { isExport, isFinal, isOnlyNoted } from '../../requests/request.ts';
import {
  changeRequest,
  loadRequest,
  mirror,
  personRef,
  refOf,
  requestRef,
  requestsIn,
  requestsOf,
  sealedRequest,
  type RequestRecord,
  type RequestRef,
} from '../../requests/store.ts';
import { learnAddress, noteAddress } from '../../subject/addresses.ts';
import { addressKey } from '../../subject/emails.ts';
import { keyVersionOf } from '../../subject/pseudonym.ts';
import { isCarriedOut } from '../objection/plan.ts';
import { heldJob, heldRecord } from '../onBehalf/held.ts';
import { enteredPower, type EnteredPower } from '../onBehalf/power.ts';
import { proceed, tell } from '../onBehalf/proceed.ts';
import {
  decideRequest,
  forOfficer,
  newRecord,
  wishesIn,
  type NotNow,
  type RequestDecision,
  type RightsRequest,
} from '../plan.ts';
import { readRequestIn, writeRequest } from '../written.ts';
import type { Entry } from './form.ts';
import { searchFor, type Findings } from './search.ts';
import { endUnnamed, openUnnamed, unnamedPseudonyms } from './unnamed.ts';

/** The result of entering a request. */
export interface EnteredRequest {
  /** Its name in `requests`. */
  readonly key: string;
  readonly record: RequestRecord;
  /** It was entered before: nothing is recorded twice. */
  readonly before: boolean;
  /** Of an access of somebody without an account. */
  readonly findings?: Findings;
}

/** Fields of a record; one that is undefined goes. */
type Fields = { readonly [Field in keyof RequestRecord]?: RequestRecord[Field] | undefined };

/** The person of an entry; the uid is empty without an account. */
interface Person {
  readonly uid: string;
  /** The name under which the request is recorded. */
  readonly chain: string;
  /** Every name of their chain, one for each key of the pseudonyms. */
  readonly names: readonly string[];
  /** Auth has the account now. */
  readonly hasAccount: boolean;
}

/** An entry with its person, and the name of its request. */
interface Named {
  readonly entry: Entry;
  readonly person: Person;
  /** Of the entry, or else of the same letter as it was entered before. */
  readonly details: KnownDetails | undefined;
  readonly request: RightsRequest;
  readonly ref: RequestRef;
  /** The same letter as it was entered without a name; undefined if no reference leads to one. */
  readonly unnamed: { readonly key: string; readonly record: RequestRecord | undefined } | undefined;
  /** Pseudonym of the officer, if one was named. */
  readonly officer: string | undefined;
  /** Of somebody else who asks for a person with an account: the person is told first. */
  readonly power: EnteredPower | undefined;
}

/**
 * Enters a request that came by letter, call, visit or e-mail. It gets the record, the entry and
 * the job that one of the app would get, and its clock runs from receipt. Entered again, it is the
 * same request, also under a new pseudonym key: the rest that a crash left is done.
 *
 * A doubted one is recorded and waits for an officer; nothing acts by it. Entered again with a
 * proof, it begins. A request of somebody without an account is in `requests` and not in the
 * ledger, since no chain of theirs would ever end; an erasure has its own. One that somebody else
 * makes for a person with an account is held: the person is told first, and can disagree.
 *
 * One of somebody who names neither an account nor an address only waits (unnamed.ts). Entered
 * again with a person and the same reference, it goes on as theirs, with its clock and its words.
 *
 * @param officer pseudonym of the officer
 * @throws ComplianceError `officer.unknown` if nobody knows the uid, `request.erased` if the
 *   account was erased before, `request.power` as `enteredPower` does, `officer.*` and
 *   `subject.email` as `find` does
 */
export async function enterRequest(context: Context, entry: Entry, officer?: string): Promise<EnteredRequest> {
  const { person, plain, ref, known } = await entered(context, entry, await personOf(context, entry));
  const { uid } = person;
  const unnamed = await unnamedOf(context, entry);
  const details = entry.details ?? known?.details ?? unnamed?.record?.details;
  const request = { ...plain, ...wishesOf(context, { ...entry, details }, uid) };
  const before = known !== null && !isToBegin(known, { entry, request });
  const { power: regime, proven, type } = entry;
  // Advertising stops at once: there is nothing to disagree about.
  const isStop = request.marketing !== undefined;
  if (before && isStop) requireBegun(context, known, { person, request });
  const isForAnother = !before && proven && regime !== 'self' && uid !== '' && !isStop;
  const power = isForAnother ? await enteredPower(context, uid, { regime, right: type }) : undefined;
  const named: Named = { entry, person, details, request, ref, unnamed, officer, power };
  if (!before) await (uid === '' || hasEntry(known) ? enterAlone(context, named) : enterAccount(context, named));
  return finish(context, named, before);
}

/** The name of the request of an entry, under a name of its person. */
const refUnder = (context: Context, entry: Entry, uid: string, chain: string): RequestRef =>
  refOf(uid, chain, requestOf(context, entry, chain).requestId, context.keys);

/** The request of an entry, under the name that its person had when it was entered first. */
async function entered(context: Context, entry: Entry, person: Person) {
  const refIn = (chain: string): RequestRef => refUnder(context, entry, person.uid, chain);
  const names = [...new Set([person.chain, ...person.names])];
  const found = await recordUnder(context, names, (name) => refIn(name).key);
  const chain = found?.chain ?? person.chain;
  const plain = requestOf(context, entry, chain);
  return { person: { ...person, chain }, plain, ref: refIn(chain), known: found?.record ?? null };
}

async function personOf(context: Context, entry: Entry): Promise<Person> {
  if (entry.person === undefined) {
    const names = unnamedPseudonyms(entry, entry.reference ?? '', context.keys);
    return { uid: '', chain: names[0] ?? '', names, hasAccount: false };
  }
  const { subject, chain, names, erased, isKnown, hasAccount } = await find(context, entry.person);
  if (erased) throw new ComplianceError('request.erased', 'this very account was erased before');
  if (!isKnown) throw unknownPerson();
  return { uid: subject.uid, chain, names, hasAccount };
}

function requestOf(
  { keys, now }: Context,
  { type, channel, receivedAt, countsFrom }: Entry,
  chain: string,
): RightsRequest {
  const parts = ['entered', chain, type, channel, String(receivedAt)];
  const name = keyedHash('request', parts, keys, keyVersionOf(chain));
  return { requestId: `entered-${name}`, type, receivedAt, enteredAt: now(), ...defined({ countsFrom }) };
}

/**
 * The wishes that act at once. Somebody without a name has no address to stop anything at. A letter
 * that is entered again keeps its wishes, unless it has new ones.
 */
const wishesOf = (
  { keys }: Context,
  { person, type, details }: Pick<Entry, 'person' | 'type'> & { readonly details?: unknown },
  uid: string,
): Partial<RightsRequest> => ({
  ...(person === undefined ? {} : wishesIn(type, details)),
  ...(person !== undefined && 'email' in person && uid === '' ? { subjectKey: addressKey(person.email, keys) } : {}),
});

/** Finds the same letter as it was entered before, without a name. */
async function unnamedOf(context: Context, entry: Entry): Promise<Named['unnamed']> {
  if (entry.person === undefined || entry.reference === undefined) return undefined;
  const names = unnamedPseudonyms(entry, entry.reference, context.keys);
  const keyIn = (chain: string): string => refUnder(context, entry, '', chain).key;
  const found = await recordUnder(context, names, keyIn);
  const key = keyIn(found?.chain ?? names[0] ?? '');
  return { key, record: await openUnnamed(context, key) };
}

/**
 * Does a recorded request, by which nothing was done, begin with this entry? It is the proof that
 * it waited for, or says that it is about advertising, which stops at once.
 */
const isToBegin = (
  { status, entered, job }: RequestRecord,
  { entry, request }: Pick<Named, 'entry' | 'request'>,
): boolean =>
  !isFinal(status) &&
  job === undefined &&
  ((entry.proven && entered?.identity.result === 'doubted') || request.marketing !== undefined);

/** Has a recorded request an entry in the ledger? A doubted one has none. */
const hasEntry = (known: RequestRecord | null): boolean => known?.entered?.identity.result === 'proven';

/** @throws ComplianceError `request.entry` if something else is done by this letter already */
function requireBegun(
  context: Context,
  known: RequestRecord | null,
  { person: { uid, chain }, request }: Pick<Named, 'person' | 'request'>,
): void {
  if (known === null || isFinal(known.status) || isCarriedOut(known)) return;
  if (known.job === decideRequest(context, uid, chain, request).job?.id) return;
  throw new ComplianceError(
    'request.entry',
    'something else is done by this letter already: give the moment of its receipt, so that the no to advertising is a request of its own',
  );
}

/** An objection to direct marketing needs no proof: it only stops something. */
const mayAct = ({ entry, request }: Pick<Named, 'entry' | 'request'>): boolean =>
  entry.proven || request.marketing !== undefined;

/**
 * The parts of a request that its proof, or its name, keeps: the clock as an officer has turned it
 * meanwhile, and the words of an extension.
 */
const kept = ({ dueAt, pauses, extension, reply }: RequestRecord): Partial<RequestRecord> =>
  defined({ dueAt, pauses, extension, reply });

/**
 * Plans the record and its job.
 *
 * @param known the record of a doubted request that is proven now, or of one that had no name. Its
 *   clock stays, and so do its details, unless there are new ones
 */
function planned(
  context: Context,
  { entry, person: { chain }, request, ref, unnamed, officer, power }: Named,
  { known = unnamed?.record, notNow }: { known?: RequestRecord | undefined; notNow?: NotNow | undefined } = {},
): { readonly record: RequestRecord; readonly decision: RequestDecision } {
  const ofApp = decideRequest(context, ref.uid, chain, request, notNow);
  // The erasure of an address begins by the officer's order, which names its job.
  const isOfApp = ref.uid !== '' || ofApp.status === 'refused' || request.marketing !== undefined;
  const decision = mayAct({ entry, request }) && isOfApp ? ofApp : forOfficer(ofApp.dueAt);
  const { channel, reference, method, proven, details = known?.details } = entry;
  const now = context.now();
  const identity = { method, result: proven ? 'proven' : 'doubted' } as const;
  const at = Timestamp.fromMillis(now);
  const unnamedNow = entry.person === undefined ? ({ unnamed: true } as const) : {};
  const entered = { ...defined({ by: officer, reference }), ...unnamedNow, at, power: entry.power, identity };
  if (power !== undefined) {
    const { type, receivedAt } = request;
    const held = heldRecord(context.policy, chain, { type, receivedAt, details: details ?? {}, ...power, now });
    const record = { ...held, ...(known && kept(known)), channel, entered };
    return { decision: { status: 'waiting', dueAt: decision.dueAt, job: heldJob(ref, record) }, record };
  }
  const record = newRecord(chain, request, decision, now);
  return { decision, record: { ...record, ...(known && kept(known)), channel, entered, ...defined({ details }) } };
}

/**
 * Records the request of an account: the entry, the record and the job in one transaction. An
 * export is refused while one of its type is open, which answers it already (Art. 12(5)). A doubted
 * one gets no entry: its asker is not known yet.
 */
async function enterAccount(context: Context, named: Named): Promise<void> {
  const { entry, request, ref, officer, power } = named;
  const begun = power === undefined ? 'requested' : 'asked';
  if (!mayAct(named)) {
    const doubted = sealedRequest(ref.key, planned(context, named).record, context.keys);
    await createIfAbsent(requestRef(context.clients.own(), ref.key), doubted);
    return;
  }
  let known: RequestRecord | undefined;
  let notNow: NotNow | undefined;
  const outcome = await record(
    context,
    ref.uid,
    `entered_${ref.key}`,
    (head) => {
      if (known !== undefined && !isToBegin(known, named)) return { ignore: true };
      return unlessErased(() => ({
        kind: 'request',
        state: `${request.type}.${notNow === undefined ? begun : 'refused'}`,
        actor: 'officer',
        source: entry.channel,
        occurredAt: request.receivedAt,
        recordedAt: context.now(),
        ...defined({ officer }),
      }))(head);
    },
    {
      at: request.receivedAt,
      reads: async (tx) => {
        known = await readRequestIn(tx, context, ref.key);
        const isOpen = power === undefined && (await hasOpen(context, tx, named));
        notNow = isOpen ? { refused: 'already_open' } : undefined;
      },
      also: (tx) => {
        const { record: made, decision } = planned(context, named, { known, notNow });
        writeRequest(tx, context, ref.key, made, decision.job);
      },
    },
  );
  if (!outcome.recorded && outcome.because === 'late')
    throw new ComplianceError('request.erased', 'the erasure of this account has begun: it answers the request');
}

/** Is another export of this type open? */
async function hasOpen(
  context: Context,
  tx: Transaction,
  { person: { names }, request, ref }: Named,
): Promise<boolean> {
  if (!isExport(request.type)) return false;
  const found = await tx.get(requestsOf(context.clients.own(), names, request.type));
  return requestsIn(found.docs, context.keys).requests.some(
    ({ key, record: other }) => key !== ref.key && !isFinal(other.status) && !isOnlyNoted(other),
  );
}

/**
 * Records a request without an entry in a ledger: of somebody without an account, or of a letter
 * that has its entry. An address is kept until the request is answered, and an erasure by it begins
 * at once, by the officer's order.
 */
async function enterAlone(context: Context, named: Named): Promise<void> {
  const { request, ref } = named;
  const begun = ref.uid === '' ? await beginByAddress(context, named) : {};
  await context.clients.own().runTransaction(async (tx) => {
    const known = await readRequestIn(tx, context, ref.key);
    if (known !== undefined && !isToBegin(known, named)) return;
    const { record: made, decision } = planned(context, named, { known });
    const job = request.marketing === undefined ? undefined : decision.job;
    writeRequest(tx, context, ref.key, { ...made, ...begun }, job);
  });
}

/** Keeps the address of an entry, and begins its erasure. Returns the fields that say so. */
async function beginByAddress(context: Context, named: Named): Promise<Fields> {
  const { entry, request, officer } = named;
  if (entry.person === undefined) return {};
  const email = 'email' in entry.person ? entry.person.email : '';
  const now = context.now();
  const subjectKey = entry.proven
    ? await learnAddress(context, { email, provenAt: now })
    : await noteAddress(context, email);
  if (!entry.proven || request.type !== 'erasure') return { subjectKey };
  // It is kept with the start: the erasure may begin before this request is recorded.
  const { answerTo } = named.details ?? {};
  const order = { officer, answerTo: typeof answerTo === 'string' ? answerTo : undefined };
  const { job } = await startByOfficer(context, { email }, request.receivedAt, order);
  return job === null ? { subjectKey } : { subjectKey, status: 'in_progress', job, waitingFor: undefined };
}

/** Does the rest that a crash may have left. Runs twice harmlessly. */
async function finish(
  context: Context,
  { entry, person, request, ref, unnamed }: Named,
  before: boolean,
): Promise<EnteredRequest> {
  const { key } = ref;
  let known = await loadRequest(context, key);
  if (known === null) throw new ComplianceError('request.entry', 'the request was not recorded: enter it again');
  if (unnamed !== undefined) await endUnnamed(context, unnamed.key);
  const { uid } = ref;
  if (known.onBehalf !== undefined) {
    await tell(context, ref, known.pseudonym);
    return { key, record: (await proceed(context, ref)) ?? known, before };
  }
  const isProven = known.entered?.identity.result === 'proven';
  if (uid !== '' && person.hasAccount && isProven) {
    // The person sees it in the app, and can take it back there.
    const shown = { type: request.type, createdAt: known.receivedAt };
    await createIfAbsent(personRef(context.clients.app(), ref), shown);
    await mirror(context, ref, known);
  }
  const { job } = decideRequest(context, uid, person.chain, request);
  if (job !== undefined && known.job === job.id && !isFinal(known.status)) await enqueueJob(context, job);
  if (uid !== '' || entry.person === undefined || request.type !== 'access' || !isProven)
    return { key, record: known, before };
  const findings = await searchFor(context, entry.person);
  const outcome = await changeRequest(context, key, () => ({ answer: { ...findings } }));
  known = outcome?.record ?? known;
  return { key, record: known, before, findings };
}
