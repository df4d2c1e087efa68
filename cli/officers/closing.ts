import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { policy } from '../../functions/policies/deployed.ts';
import { loadJob } from '../../functions/src/jobs/store.ts';
import { restrictionsOf } from '../../functions/src/ledger/restriction/stated.ts';
import { closeAlike } from '../../functions/src/officerTasks/alike.ts';
import type { Closing } from '../../functions/src/officerTasks/plan.ts';
import { closeTask, type Closed } from '../../functions/src/officerTasks/store.ts';
import { needsReason, type ClosedAs, type OfficerTask } from '../../functions/src/officerTasks/task.ts';
import type { Context, OwnStore } from '../../functions/src/platform/context.ts';
import { defined } from '../../functions/src/platform/defined.ts';
import { isCorrection } from '../../functions/src/rectification/plan.ts';
import { loadRequest } from '../../functions/src/requests/store.ts';
import { wasRead } from '../../functions/src/rights/reads.ts';
import { isOfRestriction } from '../../functions/src/rights/restriction/plan.ts';
import { fail, openStore, print, UsageError } from '../common.ts';
import { officerOf, type Deciding } from '../officer.ts';
import { momentOf } from '../times.ts';

/** The ends of officers' tasks: of one, or of all that ask one recipient for the same. */

export interface Close extends Deciding {
  readonly alike?: true;
  readonly readBefore?: string;
  readonly note?: string;
  readonly reason?: string;
  readonly proof?: string;
  readonly dryRun?: true;
}

const REFUSALS: Readonly<Record<Extract<Closed, { ok: false }>['because'], string>> = {
  unknown: 'there is no such task as the backend wrote it',
  closed: 'it is closed already: the first answer counts',
  notAController: 'only a recipient that is a controller of its own is excused (Art. 19): see its role in the policy',
  noReason: 'give the --reason',
  toAdd:
    'it is a part of a copy of data, done once it is there: `export add` with --file, or --nothing if there is none',
  toLook: 'rows are to be looked at: `export look` shows them, and `export give` closes the task with your answer',
  ofExport:
    'a copy of data does not depend on the effort (Art. 15): say `unconfirmed`, or `impossible` with the reason',
};

/**
 * Closes a task as its command says, or with it all that are alike.
 *
 * @throws UsageError if an option is missing, or the proof is no file
 */
export async function close(id: string, status: ClosedAs, options: Close): Promise<void> {
  const { alike = false, readBefore } = options;
  if (alike !== (readBefore !== undefined))
    throw new UsageError(
      '--alike goes with --read-before 2027-01-02T11:00Z, when you wrote: nobody whose sheet you read later is in your message',
    );
  const store = { ...openStore(options), policy };
  const by = (await officerOf(options)) ?? 'officer';
  const proof = options.proof === undefined ? undefined : await hashOf(options.proof);
  const closing = { as: status, by, ...defined({ note: options.reason ?? options.note, proof }) };
  const isDry = options.dryRun === true;
  if (readBefore !== undefined) return closeAll(store, id, closing, { ...options, readBefore });
  const answer = await closeTask(store, id, closing, Date.now(), { isDry });
  const letter =
    answer.ok && needsReason(status) ? await untrueLetter({ ...store, now: Date.now }, answer.task) : undefined;
  print(options, { ...answer, dryRun: isDry, ...defined({ letter }) }, () => {
    if (!answer.ok) return REFUSALS[answer.because];
    return [
      `${id} ${isDry ? 'would be' : 'is'} closed: ${status}${isDry ? '' : '; its sheet is gone'}`,
      ...(letter === undefined
        ? []
        : [`the letter to ${letter} has said that this company is told: write to the person that it did not do it`]),
    ].join('\n');
  });
  if (!answer.ok) fail();
}

/**
 * Names the request of a correction or a restriction that was answered before this company said no:
 * its letter says that the company is told. Undefined: no letter does.
 */
export async function untrueLetter(
  store: OwnStore & Pick<Context, 'now'>,
  { job }: OfficerTask,
): Promise<string | undefined> {
  if (!isCorrection(job) && !isOfRestriction(job)) return undefined;
  const { request, uid, name, change } = (await loadJob(store, job))?.input ?? {};
  const of = change === 'begun' ? await requestOfRestriction(store, String(uid), String(name)) : request;
  if (typeof of !== 'string') return undefined;
  return (await loadRequest(store, of))?.reply?.kind === 'answered' ? of : undefined;
}

const requestOfRestriction = async (store: OwnStore & Pick<Context, 'now'>, uid: string, name: string) =>
  (await restrictionsOf(store, uid)).all.get(name)?.request;

/** After so many tasks a line says how far it is. */
const PROGRESS = 100;

async function closeAll(
  store: Parameters<typeof closeAlike>[0],
  id: string,
  closing: Closing,
  options: Close & { readonly readBefore: string },
): Promise<void> {
  const now = Date.now();
  const isDry = options.dryRun === true;
  const readBefore = momentOf(options.readBefore, '--read-before', now);
  if (readBefore > now) throw new UsageError('--read-before lies in the future: give the time at which you wrote');
  const answer = await closeAlike(store, id, closing, {
    ...{ now, isDry },
    isNamed: (task) => wasRead(store, { what: 'sheet', of: task.id }, readBefore),
    told: (over, all) => {
      if (over % PROGRESS === 0 && over < all) console.error(`${over} of ${all}`);
    },
  });
  print(options, { ...answer, dryRun: isDry }, () => {
    if (!answer.ok) return answer.because === 'unknown' ? REFUSALS.unknown : 'it asks no recipient: close it by itself';
    const { closed, left, unnamed } = answer;
    return [
      `${closed.length} ${isDry ? 'would be' : 'are'} closed: ${closing.as}${isDry ? '' : '; their sheets are gone'}`,
      ...left.map((one) => `${one.id} stays: ${REFUSALS[one.because]}`),
      ...(unnamed.length === 0
        ? []
        : [`${unnamed.length} more stay open: nobody read their sheets by then (officer-task show ${id} --alike)`]),
    ].join('\n');
  });
  if (!answer.ok || answer.left.length > 0) fail();
}

async function hashOf(path: string): Promise<string> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw new UsageError(`--proof ${path} is no file`);
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Uint8Array);
  return hash.digest('hex');
}
