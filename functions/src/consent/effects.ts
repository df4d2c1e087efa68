import type { JobPlan } from '../jobs/catalog.ts';
import { askJobs, changeJobs, type ChangeJob } from './job.ts';
import { addJob, createJob, enqueueJob } from '../jobs/store.ts';
import type { Answered, Entry } from '../ledger/chain.ts';
import type { Draft } from '../ledger/entry.ts';
import { latestHead } from '../ledger/find.ts';
import type { Heads } from '../ledger/shown/show.ts';
import { amend } from '../ledger/store.ts';
import { OFFICERS_STEP, type Instruction } from '../officerTasks/task.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import type { Instant } from '../platform/time.ts';
import { eventKey } from '../platform/intake.ts';
import { periodEnd } from '../policy/calendar.ts';
import { endsAccount, recordsEndedByWithdrawal } from '../policy/lookup.ts';
import { recipientsOfConsent } from '../policy/purposes/recipients.ts';
import type { Policy, PurposeId } from '../policy/schema.ts';
import { givesIds } from '../subject/known.ts';
import type { Outcome, SystemId } from '../systems/system.ts';
import { EFFECT_WITHIN_MS, restrictionJobs } from '../rectification/restricted.ts';
import { restraintNames, statedAt, statementIn, statements } from '../subject/statements.ts';
import { hasStood, isTakenBack, lastYes, stands, type Allowed } from '../ledger/standing.ts';

/**
 * The steps of a change that end records; the others are named after the system that they speak
 * with.
 */
export const END_STEPS = {
  records: 'end_',
  check: 'endCheck',
  secondLook: 'endSecondLook',
  later: 'endLater',
} as const;

/**
 * The steps of a consent on which the service rests: the account ends or stays, and subscriptions
 * renew no more.
 */
export const SERVICE_STEPS = { account: 'serviceAccount', renewal: 'serviceRenewal', told: 'serviceTold' } as const;

/**
 * A no stops renewals and begins the end of the account. A yes takes that end back, and tells the
 * person that it renews nothing.
 */
function stepsOfService({ state, purpose, change }: Decided): JobPlan['steps'] {
  const { account, renewal, told } = SERVICE_STEPS;
  const isAgain = stands(change?.after.current[purpose]) && isTakenBack(change?.before.current[purpose]);
  return [
    { id: account },
    ...(isTakenBack(state) ? [{ id: renewal }] : []),
    ...(isAgain ? [{ id: told, after: [account] }] : []),
  ];
}

/** The systems that hold records which end with this consent. */
const systemsOfEndedRecords = (policy: Policy, purpose: PurposeId): SystemId[] => [
  ...new Set(recordsEndedByWithdrawal(policy, purpose).map(({ record }) => record.system)),
];

/**
 * The steps that tell recipients without an interface: officers' tasks are made, then waited for.
 */
export const RECIPIENT_STEPS: readonly string[] = ['recipients', OFFICERS_STEP];

/**
 * Returns the word that recipients without an interface get after a change of a consent; undefined:
 * none. Pure.
 *
 * - `delete`: somebody who decides took it back.
 * - `stop`: it counts no more, and nobody took it back; or the account can still be kept.
 * - `again`: it stands anew.
 *
 * A consent that never stood has passed nothing on. After an objection its own job asks them. A yes
 * that comes after its end, in events of any order, has passed data on: that is told as well.
 */
export function instructionOf(policy: Policy, purpose: PurposeId, { before, after }: Heads): Instruction | undefined {
  if (recipientsOfConsent(policy, purpose).length === 0 && !endsAccount(policy, purpose)) return undefined;
  const [was, is] = [before.current[purpose], after.current[purpose]];
  const hadStood = stands(was) || hasStood(before, purpose);
  if (stands(is)) return hadStood && !stands(was) ? 'again' : undefined;
  const end = isTakenBack(is) && !endsAccount(policy, purpose) ? 'delete' : 'stop';
  if (hasStood(after, purpose) && isUntold(purpose, { before, after })) return end;
  if (!hadStood || is === 'objected') return undefined;
  if (stands(was)) return end;
  // They were told to stop when it expired, or began to wait.
  return end === 'delete' && !isTakenBack(was) ? end : undefined;
}

/**
 * Does the ledger learn now of a yes that is taken back, and of which nobody told the recipients? A
 * newer answer takes back a yes that is unseen; or the yes comes after a no that knew of none, or
 * after an objection.
 */
function isUntold(purpose: PurposeId, { before, after }: Heads): boolean {
  const [known = {}, now = {}] = [before.consents[purpose], after.consents[purpose]];
  if (now.subject?.state === 'withdrawn' && isNewer(known.subject, now.subject)) return true;
  if (!isTakenBack(after.current[purpose])) return false;
  return !hasStood(before, purpose) || (now.subject?.state === 'refused' && lastYes(now) > lastYes(known));
}

/** Is an answer newer than the known one, which is no yes? */
const isNewer = (known: Answered | undefined, answer: Answered): boolean =>
  known === undefined || (!known.granted && known.at < answer.at);

/** A new yes to the service lifts a restriction first, under which nobody may use the data. */
function stepsThatTell(policy: Policy, { purpose, state }: Decided, tell: Instruction): JobPlan['steps'] {
  const { account, renewal } = SERVICE_STEPS;
  const isService = endsAccount(policy, purpose);
  return [
    { id: 'recipients', after: tell === 'again' && isService ? [account] : [] },
    // The renewals that nobody could stop are an officer's as well.
    { id: OFFICERS_STEP, after: ['recipients', ...(isService && isTakenBack(state) ? [renewal] : [])] },
  ];
}

/** A decision as the job of its effects needs it. */
export interface Decided {
  /** The id of the event, or of the entry within its chain. */
  readonly id: string;
  readonly uid: string;
  readonly purpose: PurposeId;
  readonly chain: string;
  /** The state of its entry; absent: the records that it ends are left out. */
  readonly state?: string;
  /** The head before and after its entry, and the entry's number; absent: no recipient is told. */
  readonly change?: Heads & { readonly seq: number };
}

/**
 * Makes the job that carries a decision to its consequences: to other systems, and to the records
 * that end with the consent. Undefined if it has none. The same decision is the same job.
 */
export function effectJob(context: Pick<Context, 'policy' | 'now'>, decided: Decided): JobPlan | undefined {
  const { policy } = context;
  const { uid, purpose, state, change } = decided;
  const tell = change && instructionOf(policy, purpose, change);
  const { effects = [] } = policy.purposes[purpose] ?? {};
  const steps = [
    ...[...new Set(effects.map(({ system }) => system))].map((id) => ({ id })),
    ...(endsAccount(policy, purpose) ? stepsOfService(decided) : []),
    ...(tell === undefined ? [] : stepsThatTell(policy, decided, tell)),
    ...(isTakenBack(state) ? stepsThatEndRecords(policy, purpose, tell !== undefined) : []),
  ];
  if (steps.length === 0) return undefined;
  return changeJobs.plan({
    id: `change_${eventKey(decided.id)}`,
    pseudonym: decided.chain,
    input: { uid, purpose, ...(tell && { tell, seq: change.seq }) },
    dueAt: context.now() + EFFECT_WITHIN_MS,
    steps,
  });
}

/**
 * Makes the job of an entry. An answer that came after a newer one changes nothing, but for a yes
 * that the newer one took back: its end is carried to all its consequences then.
 */
export function jobOfEntry(
  context: Pick<Context, 'policy' | 'now'>,
  { becameCurrent, ...decided }: Decided & Required<Pick<Decided, 'change'>> & { readonly becameCurrent: boolean },
): JobPlan | undefined {
  const { purpose, change } = decided;
  if (becameCurrent) return effectJob(context, decided);
  if (instructionOf(context.policy, purpose, change) === undefined) return undefined;
  return effectJob(context, { ...decided, ...defined({ state: change.after.current[purpose] }) });
}

/** The job that tells the recipients of the same new yes, once a restriction is over. */
export const againLater = ({ id, pseudonym, input, dueAt }: ChangeJob): JobPlan =>
  changeJobs.plan({
    id: `change_${eventKey(`${id} later`)}`,
    ...defined({ pseudonym }),
    input,
    dueAt,
    steps: RECIPIENT_STEPS.map((step, at) => ({ id: step, after: RECIPIENT_STEPS.slice(0, at) })),
  });

/**
 * A document of restrictions was written or deleted: begins the jobs that were written with it. Of
 * a version that no chain knows they are made here, once for each event: it restricts everything.
 */
export async function onRestrictionWritten(context: Context, { id, uid }: { id: string; uid: string }): Promise<void> {
  const { clients, keys } = context;
  const { chain, head } = await latestHead(context, uid);
  const stated = statementIn(await statements(clients.own(), 'restrictions').doc(uid).get(), keys);
  const { of = {} } = head.restraints ?? {};
  const known = Math.max(...restraintNames('restrictions', uid, keys).map((name) => of[name]?.at ?? -Infinity));
  const isKnown = stated === null ? known > -Infinity : stated.isSealed && statedAt(stated) === known;
  const jobs = restrictionJobs(context, { uid, chain, head, at: isKnown ? known : id });
  for (const job of jobs) await createJob(context, job);
}

/**
 * Returns when periods are over that the policy counts from a withdrawal, the first one first.
 * Those that are over with the withdrawal itself are not among them. Pure.
 *
 * @param since when the consent was taken back, in epoch milliseconds
 */
export function laterEnds(policy: Policy, purpose: PurposeId, since: Instant): Instant[] {
  const ends = recordsEndedByWithdrawal(policy, purpose).flatMap(({ record }) =>
    record.fate.flatMap(({ when, after }) =>
      'withdrawn' in when && when.withdrawn === purpose ? [periodEnd(since, after, policy.controller)] : [],
    ),
  );
  return [...new Set(ends.filter((end) => end > since))].sort((a, b) => a - b);
}

/**
 * True if rows end with this consent by which recipients know the person: the sheets are made
 * before that.
 */
export const endsIds = (policy: Policy, purpose: PurposeId): boolean =>
  recordsEndedByWithdrawal(policy, purpose).some(({ record }) => givesIds(record));

/**
 * Each system by itself, then everything read back. Once more when a device that was offline has
 * had time to send its data.
 */
function stepsThatEndRecords(policy: Policy, purpose: PurposeId, isTold: boolean): JobPlan['steps'] {
  const ends = systemsOfEndedRecords(policy, purpose).map((system) => END_STEPS.records + system);
  if (ends.length === 0) return [];
  return [
    ...ends.map((id) => ({ id, after: isTold && endsIds(policy, purpose) ? ['recipients'] : [] })),
    { id: END_STEPS.check, after: ends },
    { id: END_STEPS.secondLook, after: [END_STEPS.check] },
    ...(laterEnds(policy, purpose, 0).length > 0 ? [{ id: END_STEPS.later, after: [END_STEPS.check] }] : []),
  ];
}

/**
 * Amends a person's chain by entries of the backend, as `amend` does. Their jobs are written with
 * them, and begun: those for their effects, and those that ask the person again.
 */
export async function amendWithEffects(
  context: Context,
  uid: string,
  decide: Parameters<typeof amend>[2],
): Promise<readonly Entry[]> {
  let jobs: readonly JobPlan[] = [];
  const written = await amend(context, uid, decide, (tx, { entries, chain, ...heads }) => {
    const effects = entries.flatMap(({ kind, purpose, state, id, seq }) => {
      if (kind !== 'consent' || purpose === undefined) return [];
      const change = { ...heads, seq };
      return effectJob(context, { id: `${chain}_${id}`, uid, purpose, chain, state, change }) ?? [];
    });
    jobs = effects.concat(askAgainJob(context, uid, chain, entries) ?? []);
    for (const job of jobs) addJob(tx, context, job);
  });
  for (const job of jobs) await enqueueJob(context, job);
  return written;
}

/**
 * Makes the job that asks a person again. It marks the documents of the consents that expired
 * together, and sends one notice about all of them.
 */
function askAgainJob(
  context: Pick<Context, 'now'>,
  uid: string,
  chain: string,
  entries: readonly Entry[],
): JobPlan | undefined {
  const expired = entries.filter(({ kind, state }) => kind === 'consent' && state === 'expired');
  const purposes = expired.flatMap(({ purpose }) => purpose ?? []);
  const [first] = expired;
  if (first === undefined) return undefined;
  return askJobs.plan({
    id: `ask_${chain}_${first.seq}`,
    pseudonym: chain,
    input: { uid, purposes },
    dueAt: context.now() + EFFECT_WITHIN_MS,
    steps: [{ id: 'mark' }, { id: 'notify', after: ['mark'] }],
  });
}

/**
 * Makes the entry that proves the order to another system, and its result. `messages`: may be
 * written to. `contact`: is in the address book and is not written to. `blocklisted`: is known
 * there as not to be written to. `none`: is not known there.
 *
 * @param of the reason is the job that carried it
 */
export function effectEntry(
  of: Pick<Draft, 'purpose' | 'system' | 'reason'>,
  allowed: Allowed,
  outcomes: readonly Outcome[],
  now: Instant,
): Draft {
  const manual = outcomes.some(({ outcome }) => outcome === 'manual');
  const submitted = outcomes.some(({ outcome }) => outcome === 'submitted');
  const objected = outcomes.some((one) => one.outcome === 'done' && one.how === 'objected');
  const known = outcomes.some(({ count }) => count > 0);
  const wanted = allowed.messages ? 'messages' : allowed.contact ? 'contact' : known ? 'blocklisted' : 'none';
  return {
    kind: 'effect',
    ...of,
    state: objected ? 'blocklisted' : wanted,
    outcome: manual ? 'manual' : submitted ? 'submitted' : 'done',
    actor: 'backend',
    occurredAt: now,
    recordedAt: now,
  };
}
