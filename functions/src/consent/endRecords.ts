import type { ChangeJob } from './job.ts';
import type { Run } from '../jobs/types.ts';
import { readingBack, untilNextEnd, walkFree } from '../jobs/eachRecord.ts';
import { erasureOf } from '../ledger/chain.ts';
import { latestHead } from '../ledger/find.ts';
import type { Instant } from '../platform/time.ts';
import type { Context } from '../platform/context.ts';
import { recordsEndedByWithdrawal } from '../policy/lookup.ts';
import { untouchable } from '../ledger/holds.ts';
import { proveAndLearn } from '../subject/proven.ts';
import { pseudonymOf } from '../subject/pseudonym.ts';
import { visitPerson } from '../systems/person.ts';
import type { Change, NamedRecord, Progress } from '../systems/system.ts';
import { isTakenBack } from '../ledger/standing.ts';
import { END_STEPS, endsIds, laterEnds } from './effects.ts';
import { untilSheetsAreMade } from './recipients/sheets.ts';

/**
 * Since when the consent is taken back, by the ledger as it is now; null: it stands again, or the
 * person is erased.
 */
async function takenBackSince(context: Context, uid: string, purpose: string): Promise<Instant | null> {
  const { head } = await latestHead(context, uid);
  // An erasure ends everything of the person, these records among them.
  if (erasureOf(head)) return null;
  return isTakenBack(head.current[purpose]) ? (head.since[purpose] ?? null) : null;
}

/** The steps that read every record back. The last one waits for rows that a ground keeps. */
export const LOOKS: ReadonlySet<string> = new Set([END_STEPS.check, END_STEPS.secondLook, END_STEPS.later]);

/**
 * Ends the records that rest on a consent alone, once it is taken back (Art. 17(1)(b)): `fate()`
 * decides about each row. The ledger counts as it is when the step runs, asked again for each page,
 * never the event that started it: given again meanwhile, nothing ends. Rows that a legal hold or
 * a restriction keeps (Art. 18) stay, and the step waits for them. Rows with ids wait for sheets.
 */
export async function endRecords(context: Context, job: ChangeJob, step: string, run: Run): Promise<Progress> {
  const { uid, purpose } = job.input;
  const since = await takenBackSince(context, uid, purpose);
  if (since === null) return { settled: [] };
  if (step === END_STEPS.secondLook) {
    const at = since + context.config.secondLookMs;
    if (context.now() < at) return { wait: at, why: 'devices that were offline can still send rows until then' };
  }
  const ends = step === END_STEPS.later ? laterEnds(context.policy, purpose, since) : [];
  const [first] = ends;
  if (first !== undefined && first > context.now())
    return { wait: first, why: 'a period since the withdrawal runs until then', cursor: {} };
  const keptUntil = await untouchable(context, uid);
  const until = ({ record }: NamedRecord): number | null => keptUntil(record);
  const place = { ...run, now: context.now };
  const records = recordsEndedByWithdrawal(context.policy, purpose);
  // Also if Auth knows no such account: the rows are found by the uid all the same.
  const { subject } = await proveAndLearn(context, { uid, pseudonym: pseudonymOf(uid, context.keys) });
  const email = subject.verifiedEmails[0];
  // Asked before each page: a consent that is given again meanwhile keeps the pages after it.
  const change = async (): Promise<Change | undefined> => {
    const decidedAt = await takenBackSince(context, uid, purpose);
    return decidedAt === null ? undefined : { kind: 'consent', purpose, granted: false, email, decidedAt };
  };
  const actions = visitPerson(context, { subject }, change, run.deadline);
  if (LOOKS.has(step)) {
    const progress = await walkFree(records, readingBack(actions), place, until);
    const last = job.steps[END_STEPS.later] === undefined ? END_STEPS.secondLook : END_STEPS.later;
    return step === last ? untilNextEnd(progress, ends, context.now()) : progress;
  }
  const sheets = endsIds(context.policy, purpose) ? await untilSheetsAreMade(context, job, since) : undefined;
  if (sheets !== undefined) return sheets;
  const system = step.slice(END_STEPS.records.length);
  const ofSystem = records.filter(({ record }) => record.system === system);
  return walkFree(ofSystem, actions.apply, place, until);
}
