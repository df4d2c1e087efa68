import { Timestamp, type Transaction } from 'firebase-admin/firestore';
import { find, startByOfficer, type Found } from '../../erasure/officer.ts';
import { addJob, enqueueJob } from '../../jobs/store.ts';
import { record, unlessErased } from '../../ledger/store.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { createIfAbsent } from '../../platform/firestore.ts';
import { keyedHash } from '../../platform/keys.ts';
import { isExport, isFinal, isOnlyNoted } from '../../requests/request.ts';
import {
  changeRequest,
  loadRequest,
  mirror,
  personRef,
  refOf,
  requestIn,
  requestRef,
  requestsIn,
  requestsOf,
  sealedRequest,
  type RequestRecord,
  type RequestRef,
} from '../../requests/store.ts';
import { learnAddress, noteAddress } from '../../subject/addresses.ts';
import { heldJob, heldRecord } from '../onBehalf/held.ts';
import { enteredPower, type EnteredPower } from '../onBehalf/power.ts';
import { proceed, tell } from '../onBehalf/proceed.ts';
import { decideRequest, newRecord, type NotNow, type RequestDecision, type RightsRequest } from '../plan.ts';
import type { Entry } from './form.ts';
import { searchFor, type Findings } from './search.ts';

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

/** An entry with its person, and the name of its request. */
interface Named {
  readonly entry: Entry;
  readonly found: Found;
  readonly request: RightsRequest;
  readonly ref: RequestRef;
  /** Pseudonym of the officer, if one was named. */
  readonly officer: string | undefined;
  /** Of somebody else who asks for a person with an account: the person is told first. */
  readonly power: EnteredPower | undefined;
}

/**
 * Enters a request that came by letter, call, visit or e-mail. It gets the record, the entry and
 * the job that one of the app would get, and its clock runs from receipt. Entered again, it is the
 * same request: the rest that a crash left is done.
 *
 * A doubted one is recorded and waits for an officer; nothing acts by it. Entered again with a
 * proof, it begins. A request of somebody without an account is in `requests` and not in the
 * ledger, since no chain of theirs would ever end; an erasure has its own. One that somebody else
 * makes for a person with an account is held: the person is told first, and can disagree.
 *
 * @param officer pseudonym of the officer
 * @throws ComplianceError `officer.unknown` if nobody knows the uid, `request.erased` if the
 *   account was erased before, `request.power` as `enteredPower` does, `officer.*` and
 *   `subject.email` as `find` does
 */
export async function enterRequest(context: Context, entry: Entry, officer?: string): Promise<EnteredRequest> {
  const found = await find(context, entry.person);
  if (found.erased) throw new ComplianceError('request.erased', 'this very account was erased before');
  if (!found.isKnown)
    throw new ComplianceError('officer.unknown', 'neither Authentication nor this backend knows this uid: check it');
  const { chain, subject } = found;
  const { type, channel, receivedAt } = entry;
  const name = keyedHash('request', ['entered', chain, type, channel, String(receivedAt)], context.keys);
  const request: RightsRequest = { requestId: `entered-${name}`, type, receivedAt, enteredAt: context.now() };
  const ref = refOf(subject.uid, chain, request.requestId, context.keys);
  const known = await loadRequest(context, ref.key);
  const before = known !== null && !isToBegin(known, entry);
  const { power: regime, proven } = entry;
  const isForAnother = !before && proven && regime !== 'self' && subject.uid !== '';
  const power = isForAnother ? await enteredPower(context, subject.uid, { regime, right: type }) : undefined;
  const named: Named = { entry, found, request, ref, officer, power };
  if (!before) await (subject.uid === '' ? enterAddress(context, named) : enterAccount(context, named));
  return finish(context, named, before);
}

/** Is this entry the proof that a recorded request waited for? */
const isToBegin = ({ status, entered }: RequestRecord, { proven }: Entry): boolean =>
  proven && !isFinal(status) && entered?.identity.result === 'doubted';

/** A doubted request waits for an officer. */
const waiting = (decision: RequestDecision): RequestDecision => ({
  status: 'waiting',
  dueAt: decision.dueAt,
  waitingFor: 'officer',
});

/**
 * The parts of a doubted request that its proof keeps: the clock as an officer has turned it
 * meanwhile, and the words of an extension.
 */
const kept = ({ dueAt, pauses, extension, reply }: RequestRecord): Partial<RequestRecord> =>
  defined({ dueAt, pauses, extension, reply });

/**
 * Plans the record and its job.
 *
 * @param known the record of a doubted request that is proven now: its clock stays, and so do
 *   its details, unless there are new ones
 */
function planned(
  context: Context,
  { entry, found: { chain }, request, ref, officer, power }: Named,
  { known, notNow }: { readonly known?: RequestRecord | undefined; readonly notNow?: NotNow | undefined } = {},
): { readonly record: RequestRecord; readonly decision: RequestDecision } {
  const ofApp = decideRequest(context, ref.uid, chain, request, notNow);
  // The erasure of an address begins by the officer's order, which names its job.
  const decision = entry.proven && (ref.uid !== '' || ofApp.status === 'refused') ? ofApp : waiting(ofApp);
  const { channel, method, proven, details = known?.details } = entry;
  const now = context.now();
  const identity = { method, result: proven ? 'proven' : 'doubted' } as const;
  const entered = { ...defined({ by: officer }), at: Timestamp.fromMillis(now), power: entry.power, identity };
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
  const own = context.clients.own();
  const begun = power === undefined ? 'requested' : 'asked';
  if (!entry.proven) {
    await createIfAbsent(
      requestRef(own, ref.key),
      sealedRequest(ref.key, planned(context, named).record, context.keys),
    );
    return;
  }
  let known: RequestRecord | undefined;
  let notNow: NotNow | undefined;
  const outcome = await record(
    context,
    ref.uid,
    `entered_${ref.key}`,
    (head) => {
      if (known !== undefined && !isToBegin(known, entry)) return { ignore: true };
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
        const data = (await tx.get(requestRef(own, ref.key))).data();
        known = data && requestIn(ref.key, data, context.keys);
        const isOpen = power === undefined && (await hasOpen(context, tx, named));
        notNow = isOpen ? { refused: 'already_open' } : undefined;
      },
      also: (tx) => {
        const { record: made, decision } = planned(context, named, { known, notNow });
        tx.set(requestRef(own, ref.key), sealedRequest(ref.key, made, context.keys));
        if (decision.job) addJob(tx, context, decision.job);
      },
    },
  );
  if (!outcome.recorded && outcome.because === 'late')
    throw new ComplianceError('request.erased', 'the erasure of this account has begun: it answers the request');
}

/** Is another export of this type open? */
async function hasOpen(context: Context, tx: Transaction, { found: { chain }, request, ref }: Named): Promise<boolean> {
  if (!isExport(request.type)) return false;
  const found = await tx.get(requestsOf(context.clients.own(), chain, request.type));
  return requestsIn(found.docs, context.keys).requests.some(
    ({ key, record: other }) => key !== ref.key && !isFinal(other.status) && !isOnlyNoted(other),
  );
}

/**
 * Records the request of somebody without an account. The address is kept until the request is
 * answered. An erasure begins at once, by the officer's order.
 */
async function enterAddress(context: Context, named: Named): Promise<void> {
  const { entry, request, ref, officer } = named;
  const email = 'email' in entry.person ? entry.person.email : '';
  const now = context.now();
  const subjectKey = entry.proven
    ? await learnAddress(context, { email, provenAt: now })
    : await noteAddress(context, email);
  const started =
    entry.proven && request.type === 'erasure'
      ? await startByOfficer(context, { email }, request.receivedAt, {
          officer,
          answerTo: await answerToOf(context, named),
        })
      : null;
  const begun =
    started === null || started.job === null
      ? {}
      : ({ status: 'in_progress', job: started.job, waitingFor: undefined } as const);
  const own = context.clients.own();
  await own.runTransaction(async (tx) => {
    const data = (await tx.get(requestRef(own, ref.key))).data();
    const known = data && requestIn(ref.key, data, context.keys);
    if (known !== undefined && !isToBegin(known, entry)) return;
    const record = { ...planned(context, named, { known }).record, ...begun, subjectKey };
    tx.set(requestRef(own, ref.key), sealedRequest(ref.key, record, context.keys));
  });
}

/**
 * Returns the address for the last answer that an erasure's entry names, or its doubted record of
 * before. It is kept with the start: the erasure may begin before this request is recorded.
 */
async function answerToOf(context: Context, { entry, ref }: Named): Promise<string | undefined> {
  const details = entry.details ?? (await loadRequest(context, ref.key))?.details;
  const answerTo = details?.['answerTo'];
  return typeof answerTo === 'string' ? answerTo : undefined;
}

/** Does the rest that a crash may have left. Runs twice harmlessly. */
async function finish(
  context: Context,
  { entry, found, request, ref }: Named,
  before: boolean,
): Promise<EnteredRequest> {
  const { key } = ref;
  let known = await loadRequest(context, key);
  if (known === null) throw new ComplianceError('request.entry', 'the request was not recorded: enter it again');
  const { uid } = ref;
  if (known.onBehalf !== undefined) {
    await tell(context, ref, known.pseudonym);
    return { key, record: (await proceed(context, ref)) ?? known, before };
  }
  const isProven = known.entered?.identity.result === 'proven';
  if (uid !== '' && found.hasAccount && isProven) {
    // The person sees it in the app, and can take it back there.
    const shown = { type: request.type, createdAt: known.receivedAt };
    await createIfAbsent(personRef(context.clients.app(), ref), shown);
    await mirror(context, ref, known);
  }
  const { job } = decideRequest(context, uid, found.chain, request);
  if (job !== undefined && known.job === job.id && !isFinal(known.status)) await enqueueJob(context, job);
  if (uid !== '' || request.type !== 'access' || !isProven) return { key, record: known, before };
  const findings = await searchFor(context, entry.person);
  const outcome = await changeRequest(context, key, () => ({ answer: { ...findings } }));
  known = outcome?.record ?? known;
  return { key, record: known, before, findings };
}
