import type { Runner } from '../jobs/catalog.ts';
import type { Job } from '../jobs/types.ts';
import { accountCreatedAt, latestHead } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import { PermanentError } from '../platform/errors.ts';
import { recordsOfSystem } from '../policy/lookup.ts';
import { isUid, learnSubject, subjectFromAuth, type Subject } from '../subject/identity.ts';
import { prove } from '../subject/prove.ts';
import { pseudonymOf } from '../subject/pseudonym.ts';
import { loadSystem } from '../systems/registry.ts';
import type { Change, Cursor, Progress, Scope } from '../systems/system.ts';
import { allowedIn } from './plan.ts';

/**
 * Carries what is allowed to another system. What counts is the ledger's state when the step runs, of every consent that steers this
 * system, never the event that started it: changes that overtake each other end in the same state.
 */
async function carry(
  context: Context,
  job: Job,
  systemId: string,
  run: { cursor?: Cursor; deadline: number },
): Promise<Progress> {
  const { uid, purpose } = job.input;
  if (typeof uid !== 'string' || !isUid(uid) || typeof purpose !== 'string') {
    throw new PermanentError('input', 'this change does not say whose consent it is about: cancel it');
  }
  const { head } = await latestHead(context, uid);
  const subject = head.closed || head.erasing ? null : await currentSubject(context, uid);
  // Erased, or being erased: the erasure speaks with every system itself, and nothing is brought back.
  if (subject === null) return { settled: [] };

  const system = await loadSystem(systemId, context);
  const { handles, refused } = prove(subject, await system.find(subject));
  const { contact: granted, messages } = allowedIn(context.policy, systemId, head.current);
  const decidedAt = head.since[purpose];
  const email = subject.verifiedEmails[0] ?? '';
  const change: Change = {
    kind: 'consent',
    purpose,
    granted,
    silent: !messages,
    email,
    ...(decidedAt === undefined ? {} : { decidedAt }),
  };
  const named = recordsOfSystem(context.policy, systemId).find(({ record }) => record.purposes.includes(purpose));
  if (named === undefined)
    throw new PermanentError('no_record', `the policy has no record of ${systemId} for the purpose ${purpose}`);
  const { cursor, deadline } = run;
  const base: Scope = { policy: context.policy, subject, handles, refused, now: context.now(), deadline };
  return system.apply(named, cursor === undefined ? base : { ...base, cursor }, change);
}

/** The person as Auth knows them now; null where the account is gone. */
async function currentSubject(context: Context, uid: string): Promise<Subject | null> {
  if ((await accountCreatedAt(context, uid)) === null) return null;
  const user = await (await context.clients.auth()).getUser(uid);
  return learnSubject(context.clients.own(), subjectFromAuth(user, pseudonymOf(uid, context.keys)));
}

export function changeRunner(context: Context): Runner {
  return { run: (step, job, run) => carry(context, job, step, run) };
}
