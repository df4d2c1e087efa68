import type { JobPlan } from '../../jobs/catalog.ts';
import { addJob, enqueueJob } from '../../jobs/store.ts';
import type { HeldPower } from '../../ledger/entry.ts';
import { newestHead } from '../../ledger/find.ts';
import { record, unlessErased } from '../../ledger/store.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { refusing, type Answer } from '../../platform/intake.ts';
import { keyedHash } from '../../platform/keys.ts';
import { DAY_MS, type Instant } from '../../platform/time.ts';
import { addPeriod } from '../../policy/calendar.ts';
import { actOf, isProtecting, strongest } from '../../policy/powers.ts';
import type { Policy } from '../../policy/schema.ts';
import { anothers } from '../../requests/addPart.ts';
import type { KnownDetails } from '../../requests/details.ts';
import { isExport, isFinal } from '../../requests/request.ts';
import {
  loadRequest,
  refOf,
  requestRef,
  requestsIn,
  requestsOf,
  sealedRequest,
  type RequestRecord,
  type RequestRef,
} from '../../requests/store.ts';
import { isHolderOf } from '../../subject/guardians.ts';
import { keyVersionOf, namesOfChain, pseudonymsOf } from '../../subject/pseudonym.ts';
import { countCall } from '../../subject/rateLimit.ts';
import type { SignedCall } from '../../subject/signIn.ts';
import { textsIn } from '../../texts/index.ts';
import { DAILY } from '../budget.ts';
import { isCarriedOut } from '../objection/plan.ts';
import { readWish, type Wish } from './form.ts';
import { heldJob, heldRecord } from './held.ts';
import { proceed, tell } from './proceed.ts';

/** More requests for others in an hour no holder makes. */
export const WISHES_PER_HOUR = 20;

/** How a holder's request stands. */
export interface HolderRequest {
  /** The id of the person's own document, and of the copy (`exportLink`). */
  readonly id: string;
  readonly status: string;
  readonly reason?: string;
  /** True if it begins only once the person agrees. */
  readonly needsPerson: boolean;
  /** When it goes on without a word of the person, in epoch milliseconds. */
  readonly goesOnAt?: number;
}

/**
 * `denied`: no power of the caller lets them ask for this right of this person. `alreadyOpen`: they
 * have asked for it, and that is open. `saidNo`: the person said no to it a short while ago.
 * `rateLimited`: more calls than in an hour, or more of one right than in a day. `erased`: the
 * account is gone; only a holder learns it.
 */
type WishRefusal = 'invalid' | 'denied' | 'erased' | 'rateLimited' | 'alreadyOpen' | 'saidNo';

/**
 * Takes a holder's request for a right of the person in their care. It is held: the person is told
 * first, and can disagree. One transaction records it in the person's ledger (`actor: holder`) and
 * in `requests`, and makes the job that tells. The same call again answers how it stands.
 *
 * A stranger gets one answer after the same work, before anything of the person is read. Costs 8
 * reads and 5 writes. A holder spends a number of their own, never the person's.
 *
 * @throws ComplianceError `ledger.set_back` if the person's head is older than their entries
 */
export async function requestAsHolder(
  context: Context,
  { caller, data, language }: SignedCall,
): Promise<Answer<HolderRequest, WishRefusal>> {
  const read = readWish(data);
  const texts = textsIn(language).answers.guardian;
  const refuse = refusing(context, (code: WishRefusal) => texts.request[code]);
  if (!read.ok) return refuse('invalid', { issues: read.issues });
  const { form: wish } = read;
  const until = await countCall(context, 'guardianRequest', caller.uid, WISHES_PER_HOUR);
  if (until !== null) return refuse('rateLimited', { until });
  if (!(await isHolderOf(context, caller.uid, wish.child, wish.type))) return refuse('denied');
  const { chain } = await newestHead(context, wish.child);
  const held = await hold(context, namesOfChain(wish.child, chain, context.keys), wish, caller.uid);
  if ('code' in held) return refuse(held.code, defined({ until: held.until }));
  const { ref } = held;
  await tell(context, ref, chain);
  // Only one that protects begins in the call; the rest is the job's.
  const known = isProtecting(wish.type) ? await proceed(context, ref) : await loadRequest(context, ref.key);
  return known === null ? refuse('erased') : { ok: true, result: shown(ref, known) };
}

/** The request of a call, if it is recorded under this name of the person's chain. */
function refUnder({ keys }: Context, chain: string, holder: string, { child, type, requestId }: Wish): RequestRef {
  const hash = keyedHash('request', ['onBehalf', chain, holder, type, requestId], keys, keyVersionOf(chain));
  return refOf(child, chain, `asked-${hash}`, keys);
}

/** How it stands, for the holder. Pure. */
const shown = ({ requestId: id }: RequestRef, { status, reason, onBehalf }: RequestRecord): HolderRequest => ({
  id,
  status,
  needsPerson: onBehalf?.goesOnAt === undefined,
  ...defined({ goesOnAt: onBehalf?.goesOnAt?.toMillis(), reason }),
});

/**
 * Records a request with its job, if a power of the caller lets them ask. Recorded before, nothing
 * changes, also if that was under an older key.
 *
 * @param chains the names of the person's chain, that of today first: it is recorded under that one
 */
async function hold(
  context: Context,
  chains: readonly string[],
  wish: Wish,
  holder: string,
): Promise<{ readonly ref: RequestRef } | NotHeld> {
  const own = context.clients.own();
  const { policy, keys } = context;
  const { type, details } = wish;
  const [open = '', ...older] = chains;
  const ref = refUnder(context, open, holder, wish);
  const refs = [ref, ...older.map((name) => refUnder(context, name, holder, wish))];
  const pseudonyms = pseudonymsOf(holder, keys);
  const seen: {
    known?: RequestRef | undefined;
    theirs?: readonly RequestRecord[];
    inTheWay?: NotHeld | undefined;
    power?: HeldPower;
    job?: JobPlan;
  } = {};
  const isTheirs = ({ holder }: { readonly holder?: string }): boolean =>
    holder !== undefined && pseudonyms.includes(holder);
  const outcome = await record(
    context,
    ref.uid,
    `asked_${ref.key}`,
    (head) => {
      if (seen.known !== undefined) return { ignore: true };
      const now = context.now();
      const found = strongest(policy, (head.powers ?? []).filter(isTheirs), { right: type, now });
      if (found === null || found.ruling.may === 'no') return { reject: 'denied' };
      const alone = actOf(policy, found.power, type) === 'alone';
      seen.inTheWay = inTheWay(policy, seen.theirs ?? [], { type, details, alone, now });
      if (seen.inTheWay !== undefined) return { ignore: true };
      seen.power = found.power;
      const times = { occurredAt: now, recordedAt: now };
      const by = { actor: 'holder', source: 'app', ...times, ...defined({ holder: found.power.holder }) } as const;
      return unlessErased(() => ({ kind: 'request', state: `${type}.asked`, ...by }))(head);
    },
    {
      reads: async (tx) => {
        const found = await tx.getAll(...refs.map(({ key }) => requestRef(own, key)));
        const known = requestsIn(found, keys).requests.find(({ record: { onBehalf } }) => onBehalf !== undefined);
        seen.known = refs.find(({ key }) => key === known?.key);
        const all = await Promise.all(chains.map((name) => tx.get(requestsOf(own, name, type))));
        const { requests } = requestsIn(
          all.flatMap(({ docs }) => docs),
          keys,
        );
        seen.theirs = requests.map((one) => one.record).filter(({ onBehalf }) => isTheirs(onBehalf ?? {}));
      },
      also: (tx, { chain }) => {
        if (seen.power === undefined) return;
        // The uid has become somebody else's since.
        if (chain !== open) throw anothers();
        const now = context.now();
        const alone = actOf(policy, seen.power, type) === 'alone';
        const made = heldRecord(policy, chain, { type, receivedAt: now, details, power: seen.power, alone, now });
        seen.job = heldJob(ref, made);
        tx.create(requestRef(own, ref.key), sealedRequest(ref.key, made, keys));
        addJob(tx, context, seen.job);
      },
    },
  );
  if (outcome.recorded && seen.job) await enqueueJob(context, seen.job);
  if (outcome.recorded || outcome.because === 'duplicate' || seen.known) return { ref: seen.known ?? ref };
  if (outcome.because === 'late') return { code: 'erased' };
  return (outcome.because === 'noDecision' && seen.inTheWay) || { code: 'denied' };
}

/** Why a request is not recorded; `until`: when one can be. */
interface NotHeld {
  readonly code: Exclude<WishRefusal, 'invalid'>;
  readonly until?: Instant;
}

/**
 * Says if earlier requests of a holder for the same right stand in the way.
 *
 * - One copy or erasure that is open answers the next (Art. 12(5)). Of other rights only one about
 *   the same matter does, and none that is carried out: a later yes may have ended it.
 * - A no counts for as long as the person has for a word: nobody is asked until they give in. It
 *   never keeps back a right that protects them, of somebody who acts alone.
 * - A holder has the day's number of a person's own requests (rights/budget.ts).
 *
 * Pure.
 */
function inTheWay(
  { powers, controller: { timeZone } }: Policy,
  theirs: readonly RequestRecord[],
  wish: Pick<Wish, 'type' | 'details'> & { readonly alone: boolean; readonly now: Instant },
): NotHeld | undefined {
  const { type, details, alone, now } = wish;
  const isOne = isExport(type) || type === 'erasure';
  const isSame = (one: RequestRecord): boolean =>
    isOne || (!isCarriedOut(one) && matterOf(one.details ?? {}) === matterOf(details));
  if (theirs.some((one) => !isFinal(one.status) && isSame(one))) return { code: 'alreadyOpen' };

  const isFresh = ({ onBehalf }: Pick<RequestRecord, 'onBehalf'>): boolean =>
    onBehalf?.say === 'disagrees' &&
    now < addPeriod(onBehalf.saidAt?.toMillis() ?? 0, powers?.told.period ?? 'P0D', timeZone);
  if (!(alone && isProtecting(type)) && theirs.some(isFresh)) return { code: 'saidNo' };

  // Objections to marketing are carried out at once: no other objection uses up their number.
  const isCounted = (one: RequestRecord): boolean => isMarketing(one.details ?? {}) === isMarketing(details);
  const ends = theirs.filter(isCounted).map(({ receivedAt }) => receivedAt.toMillis() + DAY_MS);
  const today = ends.filter((end) => end > now);
  return today.length < DAILY.begun ? undefined : { code: 'rateLimited', until: Math.min(...today) };
}

const isMarketing = ({ marketing }: KnownDetails): boolean => marketing === true;

/**
 * The matter of a request, as a text that compares: the purposes that it chooses, or else the
 * person's own words. Pure.
 */
function matterOf({ marketing, purpose, purposes, text, correction }: KnownDetails): string {
  const chosen = typeof purposes === 'object' ? [...purposes].sort() : [];
  const isChosen = marketing === true || purpose !== undefined || chosen.length > 0;
  return JSON.stringify(isChosen ? [marketing === true, purpose ?? null, chosen] : [text ?? null, correction ?? null]);
}
