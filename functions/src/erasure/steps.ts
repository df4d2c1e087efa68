import type { Runner } from '../jobs/catalog.ts';
import type { Job } from '../jobs/types.ts';
import { readingBack, walk, type Visit } from '../jobs/walk.ts';
import { beginErasure, closeChain } from '../ledger/erasure.ts';
import type { Context } from '../platform/context.ts';
import { emailHash } from '../subject/emails.ts';
import { releaseHolder } from '../subject/guardians.ts';
import { heldUntil } from '../subject/held.ts';
import { bury } from '../subject/tombstones.ts';
import { loadSystem } from '../systems/registry.ts';
import type { Change, Cursor, Progress, Scope } from '../systems/system.ts';
import { accountOf, collectIdentity } from './identity.ts';
import { manualOutcomes, recordsToErase, recordsToForget, retainedOutcomes, systemsOf } from './plan.ts';

interface Run {
  readonly cursor?: Cursor;
  readonly deadline: number;
}

/** The step's work on one record: `apply` makes the change, `check` reads back what is true now. */
async function visitor(context: Context, job: Job, deadline: number, how: 'apply' | 'check'): Promise<Visit> {
  const { deletedAt } = accountOf(job);
  const { subject, handles, refused } = await collectIdentity(context, job);
  const change: Change = { kind: 'erase', accountDeletedAt: deletedAt };
  return async (named, cursor) => {
    const system = await loadSystem(named.record.system, context);
    const base: Scope = { policy: context.policy, subject, handles, refused, now: context.now(), deadline };
    return system[how](named, cursor === undefined ? base : { ...base, cursor }, change);
  };
}

/** The person is marked as erased before the first byte goes: nothing that comes late brings anything back. */
async function begin(context: Context, job: Job): Promise<Progress> {
  const { accountCreatedAt, deletedAt, pseudonym } = accountOf(job);
  await bury(context.clients.own(), pseudonym, { accountCreatedAt, deletedAt, job: job.id });
  await beginErasure(context, pseudonym, { at: deletedAt, accountCreatedAt });
  return { settled: [] };
}

const DAY_MS = 86_400_000;

/** Nothing of a person under a legal hold is ended: the erasure waits for its end, and looks every day whether it was lifted. */
async function identify(context: Context, job: Job): Promise<Progress> {
  const held = await heldUntil(context, accountOf(job).uid);
  if (held !== null) return { wait: Math.min(held, context.now() + DAY_MS), why: 'a legal hold runs on this person' };
  const { subject } = await collectIdentity(context, job);
  const { accountCreatedAt, deletedAt, pseudonym } = accountOf(job);
  const emails = subject.verifiedEmails.map((email) => emailHash(email, context.keys));
  await bury(context.clients.own(), pseudonym, { accountCreatedAt, deletedAt, job: job.id, emails });
  return { settled: [] };
}

async function erase(context: Context, job: Job, system: string, run: Run): Promise<Progress> {
  return walk(recordsToErase(context.policy, system), await visitor(context, job, run.deadline, 'apply'), {
    ...run,
    now: context.now,
  });
}

const everything = (context: Context) =>
  systemsOf(context.policy).flatMap((system) => recordsToErase(context.policy, system));

/** Each record read back, and ended again where something is there again. */
async function lookingBack(context: Context, job: Job, deadline: number): Promise<Visit> {
  return readingBack(await visitor(context, job, deadline, 'check'), await visitor(context, job, deadline, 'apply'));
}

/** Reads every record back from every system. */
async function check(context: Context, job: Job, run: Run): Promise<Progress> {
  return walk(everything(context), await lookingBack(context, job, run.deadline), { ...run, now: context.now });
}

/**
 * Once more, when events and tokens of the account can no longer arrive: a device that was offline can have written until its token ended.
 * Waits by `wakeAt`, so that nothing sleeps.
 */
async function secondLook(context: Context, job: Job, run: Run): Promise<Progress> {
  const at = accountOf(job).deletedAt + context.config.secondLookMs;
  if (context.now() < at)
    return { wait: at, why: 'late documents and tokens of the account can still arrive until then' };
  const late = everything(context).filter(({ record }) => record.system === 'firestore' || record.system === 'storage');
  return walk(late, await lookingBack(context, job, run.deadline), { ...run, now: context.now });
}

/** The end of the person's chain: the entry that says so, and nothing after it. */
async function close(context: Context, job: Job): Promise<Progress> {
  const { accountCreatedAt, deletedAt, pseudonym } = accountOf(job);
  await closeChain(context, pseudonym, job.id, { at: deletedAt, accountCreatedAt });
  await bury(context.clients.own(), pseudonym, { accountCreatedAt, deletedAt, job: job.id }, context.now());
  return { settled: retainedOutcomes(context.policy, deletedAt) };
}

/**
 * What the backend knew of the person by uid goes last: it led to everything else. Needs the uid only, so that doing it again after a crash
 * collects nothing anew.
 */
async function forget(context: Context, job: Job, run: Run): Promise<Progress> {
  const { uid, accountCreatedAt, deletedAt, pseudonym } = accountOf(job);
  await releaseHolder(context.clients.own(), uid, { pseudonym, at: deletedAt });
  const subject = { uid, pseudonym, accountCreatedAt, verifiedEmails: [], providerIds: {} };
  const visit: Visit = async (named, cursor) => {
    const system = await loadSystem(named.record.system, context);
    const base: Scope = { policy: context.policy, subject, handles: [], now: context.now(), deadline: run.deadline };
    const scope = cursor === undefined ? base : { ...base, cursor };
    return system.apply(named, scope, { kind: 'erase', accountDeletedAt: deletedAt });
  };
  return walk(recordsToForget(context.policy), visit, { ...run, now: context.now });
}

export function erasureRunner(context: Context): Runner {
  return {
    run: async (step, job, run) => {
      switch (step) {
        case 'begin':
          return begin(context, job);
        case 'identity':
          return identify(context, job);
        case 'recipients':
          return { settled: manualOutcomes(context.policy, job.createdAt) };
        case 'check':
          return check(context, job, run);
        case 'secondLook':
          return secondLook(context, job, run);
        case 'close':
          return close(context, job);
        case 'forget':
          return forget(context, job, run);
        default:
          return erase(context, job, step, run);
      }
    },
  };
}
