import type { Context } from '../../platform/context.ts';
import { LeftError, PermanentError } from '../../platform/errors.ts';
import { DAY_MS, HOUR_MS } from '../../platform/time.ts';
import { manual } from '../officerTasks.ts';
import { done } from '../outcomes.ts';
import type { NamedRecord, Outcome, Progress, Scope } from '../system.ts';
import { callBrevo, deleteLog, expectAnswer } from './client.ts';
import { contactsOf, getContact, isPlain, ownerOf } from './contacts.ts';

/** How long Brevo says that a deletion of logs takes at most: 24 to 48 hours. */
const FINISHED_WITHIN_MS = 2 * DAY_MS;

/** The longest time between two questions about a deletion. */
const MOST_BETWEEN_MS = 6 * HOUR_MS;

/** The state of a deletion: its address, its process, and when it was first asked for. */
interface Stage {
  readonly index: number;
  readonly process: number | 'unnamed' | null;
  readonly since: number;
  readonly deleted: number;
  readonly byHand: number;
}

const START: Stage = { index: 0, process: null, since: 0, deleted: 0, byHand: 0 };

/**
 * Deletes the log of e-mails to the person's verified addresses, one after the other. Brevo works
 * on it by itself: the answer is `wait` with `submitted` to show, until the process is completed
 * and the log reads back empty.
 *
 * @throws PermanentError `brevo.overdue` if Brevo has not finished in the time that it gives
 */
export async function deleteLogs(context: Context, named: NamedRecord, scope: Scope): Promise<Progress> {
  let stage: Stage = { ...START, ...(scope.cursor as Partial<Stage> | undefined) };
  const addresses = scope.subject.verifiedEmails;
  for (;;) {
    const email = addresses[stage.index];
    if (email === undefined) return { settled: outcomes(named, scope, stage) };
    if (stage.process === null) {
      stage = await begin(context, scope, email, stage);
      if (stage.process === null) continue;
      // Written down first: the process goes on, also if this attempt dies.
      return waitFor(context, named, stage);
    }
    const state = await stateOf(context, stage.process);
    if (state === 'done' && (await logged(context, email)) === 0) {
      stage = { ...stage, index: stage.index + 1, process: null, since: 0 };
      continue;
    }
    if (context.now() > stage.since + FINISHED_WITHIN_MS) {
      throw new PermanentError(
        'brevo.overdue',
        'Brevo has not finished a deletion of logs in 48 hours: ask its support, with the process id',
      );
    }
    if (state === 'failed') stage = { ...stage, process: null };
    return waitFor(context, named, stage);
  }
}

/**
 * Looks at the part that the API shows, the last month. Reads back that nothing is there; or counts
 * the e-mails that would end.
 *
 * @throws LeftError `brevo.left` if, on reading back, one is there
 */
export async function lookAtLogs(
  context: Context,
  named: NamedRecord,
  scope: Scope,
  mode: 'check' | 'preview',
): Promise<Progress> {
  let [deleted, byHand] = [0, 0];
  for (const email of scope.subject.verifiedEmails) {
    if (await isForOfficer(context, scope, email)) byHand += 1;
    else deleted += await logged(context, email);
    if (mode === 'check' && deleted > 0)
      throw new LeftError('brevo.left', 'Brevo has logs of e-mails that should have ended');
  }
  return { settled: outcomes(named, scope, { deleted, byHand }) };
}

async function begin(context: Context, scope: Scope, email: string, stage: Stage): Promise<Stage> {
  const next: Stage = { ...stage, index: stage.index + 1, process: null };
  if (await isForOfficer(context, scope, email)) return { ...next, byHand: stage.byHand + 1 };
  const count = await logged(context, email);
  const process = await deleteLog(context, email);
  return process === null
    ? next
    : { ...stage, process, since: stage.since || context.now(), deleted: stage.deleted + count };
}

/**
 * Is the log of this address an officer's? It is if Auth verified the address for this person, and
 * Brevo has it for another one, or refuses to be asked about it. The rest of the erasure goes on.
 */
export async function isForOfficer(context: Context, scope: Scope, email: string): Promise<boolean> {
  if (!isPlain(email)) return true;
  const contact = await getContact(context, 'email_id', email);
  const owner = contact ? ownerOf(contact) : undefined;
  return owner !== undefined && owner !== scope.subject.uid;
}

/** How many e-mails the log shows of the last month. */
async function logged(context: Context, email: string): Promise<number> {
  const list = await callBrevo(context, (brevo) => brevo.transactionalEmails.getTransacEmailsList({ email, limit: 1 }));
  const { count, transactionalEmails = [] } = expectAnswer(
    list ?? {},
    (answer) => answer.count === undefined || typeof answer.count === 'number',
  );
  return count ?? transactionalEmails.length;
}

async function stateOf(context: Context, process: number | 'unnamed'): Promise<'done' | 'working' | 'failed'> {
  if (process === 'unnamed') return 'done';
  const answer = await callBrevo(context, (brevo) => brevo.process.getProcess({ processId: process }));
  // A process that Brevo knows no more has ended: the log itself tells how.
  if (answer === null) return 'done';
  const { status } = expectAnswer(answer, ({ id }) => id === process);
  if (status === 'completed') return 'done';
  return status === 'failed' || status === 'cancelled' ? 'failed' : 'working';
}

function waitFor(context: Context, named: NamedRecord, stage: Stage): Progress {
  const submitted: Outcome = {
    record: named.id,
    count: stage.deleted,
    outcome: 'submitted',
    providerId: String(stage.process ?? ''),
    finishBy: stage.since + FINISHED_WITHIN_MS,
  };
  const soFar = stage.process === null ? {} : { soFar: [submitted] };
  // Waits as long again as the deletion is old: a minute at first, six hours at most.
  const age = Math.min(context.now() - stage.since, MOST_BETWEEN_MS);
  const wait = context.now() + Math.max(context.config.pollMs, age);
  return { wait, why: 'Brevo deletes the log of e-mails', cursor: { ...stage }, ...soFar };
}

function outcomes(named: NamedRecord, scope: Scope, { deleted, byHand }: Pick<Stage, 'deleted' | 'byHand'>): Outcome[] {
  const { verifiedEmails, unproven = [] } = scope.subject;
  // The log shows a month: to an address without proof, anything can have been sent before.
  const unprovenEmails = unproven.filter(({ kind }) => kind === 'email').length;
  // A contact of the person exists, but no address is proven: mails to it cannot be found safely.
  const isNameless = verifiedEmails.length === 0 && contactsOf(scope).length > 0;
  const officers = byHand + Math.max(unprovenEmails, isNameless ? 1 : 0);
  const byOfficer = officers > 0 ? [manual(named.id, scope, officers, 'brevoAddress')] : [];
  if (deleted === 0 && byOfficer.length > 0) return byOfficer;
  return [done(named.id, deleted, 'deleted'), ...byOfficer];
}
