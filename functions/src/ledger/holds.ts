import {
  Timestamp,
  type DocumentSnapshot,
  type Firestore,
  type Query,
  type QueryDocumentSnapshot,
} from 'firebase-admin/firestore';
import type { Context, OwnStore } from '../platform/context.ts';
import type { Instant } from '../platform/time.ts';
import { defined } from '../platform/defined.ts';
import { ComplianceError } from '../platform/errors.ts';
import { batches, countOf, documentsByName, documentsOf, millisOf, MOST_VALUES } from '../platform/firestore.ts';
import { endingTogether, ofSameRows, recordOf } from '../policy/lookup.ts';
import type { Ground, Policy, PolicyRecord, RecordId } from '../policy/schema.ts';
import { addressBehind } from '../subject/addresses.ts';
import { addressKeys, nameOfAddress } from '../subject/emails.ts';
import { HeldPeople, type Hold, type Holdable } from '../subject/hold.ts';
import { readKnown } from '../subject/known.ts';
import { withoutGeneration } from '../subject/pseudonym.ts';
import {
  restraintNames,
  statementIn,
  statements,
  statementsOf,
  type RestraintKind,
  type Statement,
} from '../subject/statements.ts';
import { inLanguages } from '../texts/index.ts';
import { LANGUAGES } from '../texts/languages.ts';
import { forgottenRestraints } from './forgotten.ts';
import { heldAddresses, type HeldAddress } from './held/addresses.ts';
import { Remembered, rememberedOf, restrainedChains } from './restrained.ts';
import type { RestraintVersion, Restriction } from './restraints.ts';
import { restrictionsOn, scopesIn } from './restriction/stated.ts';
import { keepsRows } from './restriction/scope.ts';

/**
 * Legal holds and restrictions of processing (Art. 18). One without the right seal protects as
 * well: whoever writes it can only keep data. It then keeps all of them until it is lifted, since
 * the part that narrows it may be the forged one. One whose document is gone, although the person's
 * chain says that it runs, keeps all of them as well; of restrictions the chain knows the scope.
 */

/** Somebody whose rows stay: of the records that a hold names, or of all. */
interface HeldPerson {
  readonly uid: string;
  readonly records: readonly string[] | null;
  /** Infinity: until it is lifted. */
  readonly until: Instant;
}

/** People a page of the list. */
const HELD_PAGE = 5_000;
/**
 * The list is read again after this long (milliseconds): windows and records that are swept by one
 * instance share it.
 */
const HELD_KNOWN_MS = 15_000;
const known = new WeakMap<Firestore, { readonly at: Instant; readonly people: Promise<HeldList> }>();

/** A person with a restriction: rows stay that serve purposes in scope alone. */
interface RestrictedPerson {
  readonly uid: string;
  readonly scopes: readonly Restriction[];
}

/** Everybody who is held, as it was read. */
interface HeldList {
  readonly addresses: readonly HeldAddress[];
  readonly people: readonly HeldPerson[];
  readonly restricted: readonly RestrictedPerson[];
  /** Holds and restrictions that only the ledger knows: the document is gone. */
  readonly gone: readonly GonePerson[];
}

/** A person with a hold or a restriction that runs by the ledger, and has no document. */
interface GonePerson {
  readonly pseudonym: string;
  readonly until: Instant;
  /** Absent: a head that somebody changed can hide either. */
  readonly kind?: RestraintKind;
  /** Of restrictions; absent: everything is kept. */
  readonly scopes?: readonly Restriction[];
}

/**
 * The people whose rows of a record nothing may end now. Every purpose of it is restricted (Art.
 * 18), or a legal hold still runs that names the record or none. The same if one names a record
 * that ends with it, or that has the very rows. Lists that are read whole, in
 * pages, whatever their number: no look-up per row. They cost one read for each restriction, three
 * to five for each hold that runs, and three for a thousand of those that are over. A list that was
 * read less than 15 seconds ago is not read again, and a sweep hands over as often. So a hold is
 * honoured half a minute after it was set, also by a sweep that had begun.
 *
 * @param since a list from before this is read again: a run honours holds that were set before it
 * began
 */
export async function heldSubjects(
  context: Asking & Pick<Context, 'policy'>,
  record: RecordId,
  since: Instant = -Infinity,
): Promise<HeldPeople> {
  const own = context.clients.own();
  const now = context.now();
  let read = known.get(own);
  if (read === undefined || now < read.at || now >= read.at + HELD_KNOWN_MS || read.at < since) {
    read = { at: now, people: heldList(context, now) };
    known.set(own, read);
    // A failure is not remembered.
    read.people.catch(() => known.delete(own));
  }
  const { addresses, people, restricted, gone } = await read.people;
  const { policy } = context;
  const same = ofSameRows(policy, { id: record, record: recordOf(policy, record) });
  const together = new Set(same.flatMap((one) => [...endingTogether(policy, one)]));
  const isHeld = ({ records, until }: Pick<HeldPerson, 'records' | 'until'>): boolean =>
    until > now && (records === null || records.some((one) => together.has(one)));
  const keepsOne = (scopes: readonly Restriction[]): boolean =>
    [...together].some((one) => keepsRows(scopes, recordOf(policy, one).purposes));
  const held = people.filter(isHeld);
  const byAddress = addresses.filter(isHeld);
  const stored = restricted.filter(({ scopes }) => keepsOne(scopes));
  const lost = gone.filter(({ until, scopes }) => until > now && (scopes === undefined || keepsOne(scopes)));
  const uids = new Set([...[...held, ...stored].map(({ uid }) => uid), ...byAddress.flatMap((one) => one.uids)]);
  const emails = new Set(byAddress.map(({ email }) => email));
  const pseudonyms = [...lost.map(({ pseudonym }) => pseudonym), ...byAddress.flatMap((one) => one.pseudonyms)];
  return new HeldPeople(uids, new Set(pseudonyms), context.keys, emails);
}

/** Heads come first: a document that is stated meanwhile is newer, and none counts as gone. */
async function heldList(context: Asking, now: Instant): Promise<HeldList> {
  const { clients, keys } = context;
  const own = clients.own();
  const running = await runningByLedger(context, now);
  const [restrictions, holds] = await Promise.all([
    wholeList(statements(own, 'restrictions')),
    holdsThatMayRun(own, now),
  ]);
  const remembered = new Remembered(running.chains, keys);
  const restricted = restrictions.flatMap((document): RestrictedPerson[] => {
    const stated = statementIn(document, keys);
    return stated === null ? [] : [{ uid: document.id, scopes: scopesIn(remembered.see('restrictions', stated)) }];
  });
  const byKey = new Map<string, Omit<HeldPerson, 'uid'>[]>();
  const scopeIn = (hold: DocumentSnapshot): HeldPerson[] => {
    const found = statementIn(hold, keys);
    const stated = found && remembered.see('legalHolds', found);
    const { uid, subjectKey: key } = (stated?.data ?? {}) as Readonly<Record<string, unknown>>;
    if (stated !== null && typeof key === 'string' && scopeOf(stated).until > now)
      byKey.set(key, [...(byKey.get(key) ?? []), scopeOf(stated)]);
    return stated === null || typeof uid !== 'string' ? [] : [{ uid, ...scopeOf(stated) }];
  };
  const people = holds.flatMap(scopeIn);
  const gone = goneOf(running, remembered, now);
  const lost = new Map(gone.map(({ pseudonym, until }) => [pseudonym, until]));
  return { addresses: await heldAddresses(context, byKey, lost), people, restricted, gone };
}

/** Reads all that runs by the ledger: by heads, and by entries that no head knows any more. */
async function runningByLedger({ clients, keys }: OwnStore, now: Instant) {
  const [chains, forgotten] = await Promise.all([
    Array.fromAsync(restrainedChains(clients.own(), keys, 'until', now)),
    forgottenRestraints(clients.own(), keys, now),
  ]);
  return { chains, forgotten };
}

/**
 * The people of holds and restrictions that are gone. A head that somebody changed may hide one: it
 * keeps too.
 */
const goneOf = (
  { chains, forgotten }: Awaited<ReturnType<typeof runningByLedger>>,
  remembered: Remembered,
  now: Instant,
): GonePerson[] => [
  ...chains.flatMap(({ chain, restraints }) =>
    restraints === null
      ? [{ pseudonym: withoutGeneration(chain), until: Infinity }]
      : remembered.gone(now, chain).map((version) => gonePerson(chain, version)),
  ),
  ...forgotten.map(({ chain, version }) => gonePerson(chain, version)),
];

const gonePerson = (chain: string, { kind, parts, until = Infinity }: RestraintVersion): GonePerson => ({
  pseudonym: withoutGeneration(chain),
  until,
  kind,
  ...(parts === undefined ? {} : { scopes: Object.values(parts) }),
});

/**
 * The people of all legal holds, also of those that are over, by uid. A hold that runs and has no
 * document any more gives the pseudonym. Costs one read for each hold, and three for each
 * that runs.
 */
export async function peopleOfHolds(context: Reading): Promise<HeldPeople> {
  const { clients, keys } = context;
  const now = context.now();
  const running = await runningByLedger(context, now);
  const remembered = new Remembered(running.chains, keys);
  const uids = new Set<string>();
  for (const document of await wholeList(statements(clients.own(), 'legalHolds'))) {
    const stated = statementIn(document, keys);
    const uid: unknown = stated && remembered.see('legalHolds', stated).data['uid'];
    if (typeof uid === 'string') uids.add(uid);
  }
  const gone = goneOf(running, remembered, now).filter(({ kind }) => kind !== 'restrictions');
  return new HeldPeople(uids, new Set(gone.map(({ pseudonym }) => pseudonym)), keys);
}

/** Returns the records that a hold keeps, null for all of them, and until when. */
function scopeOf({ isSealed, data }: Statement): Omit<HeldPerson, 'uid'> {
  if (!isSealed) return { records: null, until: Infinity };
  const records: unknown = data['records'];
  return {
    records: Array.isArray(records) ? records.filter((record) => typeof record === 'string') : null,
    until: millisOf(data['until']) ?? Infinity,
  };
}

/**
 * Reads the holds that are not over. Costs one read for each of them, and three for a thousand of
 * all. If one has an end that is no time, nobody can say by a query that it is over: all are read.
 */
async function holdsThatMayRun(own: Firestore, now: Instant): Promise<QueryDocumentSnapshot[]> {
  const all = statements(own, 'legalHolds');
  const endless = all.where('until', '==', null);
  const until = (from: Instant) => all.where('until', '>', Timestamp.fromMillis(from)).orderBy('until');
  const [total, ...told] = await Promise.all([countOf(all), countOf(endless), countOf(until(0))]);
  if (told.reduce((sum, one) => sum + one, 0) !== total) return wholeList(all);
  const [open, dated] = await Promise.all([wholeList(endless), Array.fromAsync(documentsOf(until(now), HELD_PAGE))]);
  return [...open, ...dated];
}

const wholeList = (query: Query) => Array.fromAsync(documentsByName(query, HELD_PAGE));

/** The ground that a hold names; if it names none, legal claims (Art. 17(3)(e)). */
export function groundOf(policy: Pick<Policy, 'languages'>, value: unknown): Ground {
  const { article, text } = (value ?? {}) as { article?: unknown; text?: Readonly<Record<string, unknown>> | null };
  const said = LANGUAGES.flatMap((language) => {
    const one = text?.[language];
    return typeof one === 'string' ? [[language, one] as const] : [];
  });
  if (typeof article !== 'string' || said.length === 0)
    return { article: 'Art. 17(3)(e)', text: inLanguages(policy, ({ officer }) => officer.heldByLaw) };
  return { article, text: Object.fromEntries(said) };
}

type Reading = OwnStore & Pick<Context, 'now'>;
/** The same, to ask Auth as well. */
type Asking = Pick<Context, 'clients' | 'now' | 'keys' | 'config'>;

/** A hold on a person that runs. */
interface RunningHold extends Omit<HeldPerson, 'uid'> {
  /** The id of its document; of one that is gone, its name in the ledger. */
  readonly id: string;
  readonly ground: unknown;
}

/**
 * Reads the holds on a person that run, by uid and by address, and compares them with those that
 * their chains remember. One that is gone keeps everything. Costs two reads more than the holds
 * for each of uid and addresses. The head comes first: a hold that is set meanwhile is not gone.
 *
 * @throws ComplianceError `seal.broken` if somebody else wrote the head, `ledger.set_back` if it is
 *   older than its entries, or gone: it could hide a hold
 */
async function holdsOf(context: Reading, who: string | Holdable): Promise<RunningHold[]> {
  const { clients, keys } = context;
  const { uid, emails, keys: more = [] } = typeof who === 'string' ? await holdableOfUid(context, who) : who;
  const remembered = await rememberedOf(context, [...(uid === '' ? [] : [uid]), ...emails.map(nameOfAddress)]);
  const all = statements(clients.own(), 'legalHolds');
  const found = uid === '' ? [] : await statementsOf(all.where('uid', '==', uid), keys);
  const addresses = new Set([...emails.flatMap((email) => addressKeys(email, keys)), ...more]);
  for (const batch of batches([...addresses], MOST_VALUES))
    found.push(...(await statementsOf(all.where('subjectKey', 'in', batch), keys)));
  const stated = found.map((one): RunningHold => {
    const hold = remembered.see('legalHolds', one);
    return { id: hold.id, ground: hold.isSealed ? hold.data['ground'] : undefined, ...scopeOf(hold) };
  });
  const gone = remembered.gone(context.now()).filter(({ kind }) => kind === 'legalHolds');
  const lost = gone.map(({ name, until = Infinity }) => ({ id: name, ground: undefined, records: null, until }));
  return [...stated, ...lost].filter(({ until }) => until > context.now());
}

/** Returns the person of a uid with every address that servers know to have been theirs. 1 read. */
async function holdableOfUid(context: Reading, uid: string): Promise<Holdable> {
  const known = await readKnown(context, uid);
  return { uid, emails: [...new Set([...(known?.verifiedEmails ?? []), ...(known?.atDeletion?.emails ?? [])])] };
}

/**
 * The legal holds on a person that run now. One that names no ground rests on Art. 17(3)(e), and so
 * does one without the right seal: the words of a stranger stand in no certificate. One that is
 * gone keeps everything until its end, on the same ground.
 *
 * @param who a uid: with the addresses that servers know of it
 */
export async function holdsOn(context: Reading & Pick<Context, 'policy'>, who: string | Holdable): Promise<Hold[]> {
  const running = await holdsOf(context, who);
  return running.flatMap(({ records, until, ground }): Hold[] => {
    const named = { ground: groundOf(context.policy, ground) };
    const hold = { ...named, ...defined({ until: until === Infinity ? undefined : until }) };
    return records === null ? [hold] : records.map((record) => ({ ...hold, record }));
  });
}

/**
 * Until when a legal hold keeps anything of a person from being ended (epoch milliseconds); null if
 * none runs. A hold without an end runs until it is lifted: the answer is then `Infinity`.
 */
async function heldUntil(context: Reading, who: string | Holdable): Promise<number | null> {
  const ends = (await holdsOf(context, who)).map(({ until }) => until);
  return ends.length > 0 ? Math.max(...ends) : null;
}

/**
 * Does a legal hold keep a person without an account, by the key of their address? If nobody can
 * read what their chain remembers, one does. Costs up to 3 reads and 2 queries.
 */
export async function isHeldAddress(context: Reading, key: string): Promise<boolean> {
  const email = await addressBehind(context, key);
  try {
    const who = { uid: '', emails: email === undefined ? [] : [email], keys: [key] };
    return (await heldUntil(context, who)) !== null;
  } catch (error) {
    if (error instanceof ComplianceError) return true;
    throw error;
  }
}

/**
 * Until when one hold on a person runs, by its id: `Infinity` until it is lifted, null if it is
 * over. One whose document is gone runs as the ledger says.
 */
export async function endOfHold(context: Reading, who: string | Holdable, id: string): Promise<Instant | null> {
  const ids = [id, ...restraintNames('legalHolds', id, context.keys)];
  return (await holdsOf(context, who)).find((one) => ids.includes(one.id))?.until ?? null;
}

/** Until when the rows of a record must stay; of any record, if none is named. Null: not at all. */
export type Untouchable = (record?: Pick<PolicyRecord, 'purposes'>) => number | null;

/**
 * Answers until when rows of a person must stay, for a legal hold that runs or for a restriction
 * (Art. 18(2): stored, and nothing else). Null: nothing keeps them. `Infinity`: nobody can say for
 * how long. A hold counts for every record, whichever it names. A restriction counts for records
 * that serve purposes in scope alone.
 */
export async function untouchable(context: Reading, uid: string): Promise<Untouchable> {
  const [restrictions, until] = await Promise.all([restrictionsOn(context, uid), heldUntil(context, uid)]);
  const isKept: (record?: Pick<PolicyRecord, 'purposes'>) => boolean = (record) =>
    record === undefined ? restrictions.length > 0 : keepsRows(restrictions, record.purposes);
  return (record) => (isKept(record) ? Infinity : until);
}

/** The same for all of the person's rows together: anything that keeps one of them counts. */
export const untouchableUntil = async (context: Reading, uid: string): Promise<number | null> =>
  (await untouchable(context, uid))();
