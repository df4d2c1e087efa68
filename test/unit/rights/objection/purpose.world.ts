import { restrictionsOf } from '../../../../functions/src/ledger/restriction/stated.ts';
import { restrictedUse } from '../../../../functions/src/ledger/restriction/scope.ts';
import type { RefusalReason } from '../../../../functions/src/requests/reply.ts';
import { requestKey } from '../../../../functions/src/requests/request.ts';
import type { Decided } from '../../../../functions/src/rights/answers/decide.ts';
import type { FoundRequest } from '../../../../functions/src/rights/answers/find.ts';
import { planReply, sendReply } from '../../../../functions/src/rights/answers/reply.ts';
import { planUphold, uphold } from '../../../../functions/src/rights/objection/uphold.ts';
import { restrictionRunner } from '../../../../functions/src/rights/restriction/steps.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import { requestNamed } from '../../requests/helpers.ts';
import { ask, chainOf, context, headOf, jobs, person, runners, time, work as workOnSome } from './objection.world.ts';

/** Objections to a purpose that is no direct marketing, and the two decisions of an officer. */

/** Runs every job that is due, those of restrictions as well, until none is left. */
export const work = (rounds?: number): Promise<void> =>
  workOnSome(rounds, { ...runners, restriction: async (c) => restrictionRunner(c) });

export const OFFICER = `v1_${'o'.repeat(43)}`;

export const found = (key: string): Promise<FoundRequest> => requestNamed(context, key);

/** An objector to the monitoring of the apps: it rests on a legitimate interest. */
export async function objector(purpose = 'monitoring') {
  const one = await person();
  await ask(one.uid, { purpose, text: 'I am afraid of it.' });
  await work();
  return { ...one, key: keyOf(one.uid) };
}

export const keyOf = (uid: string, id = 'r1'): string => requestKey(chainOf(uid), id, context.keys);

/** The officer upholds a request, as the command does. */
export async function upholds(key: string, purpose?: string): Promise<Decided> {
  const one = await found(key);
  const planned = await planUphold(context, one, purpose);
  return planned.ok ? uphold(context, one, planned.uphold, OFFICER) : planned;
}

/** The officer refuses a request, as the command does. */
export async function refuses(key: string, reason: RefusalReason = 'compellingGround'): Promise<Decided> {
  const one = await found(key);
  const planned = await planReply(context, one, { order: { kind: 'refused', reason }, words: 'We have looked.' });
  return planned.ok ? sendReply(context, one, planned.reply, OFFICER) : planned;
}

/** The use that the app sees as restricted. */
export const restricted = async (uid: string) => restrictedUse(context.policy, await headOf(uid), time.now);
/** The restrictions that run, with their purposes and their ground. */
export const running = async (uid: string) => [...(await restrictionsOf(context, uid)).all.values()];

/** The jobs about recipients of a restriction: that it begins, or that it is over. */
export const recipientJobs = async (what: 'begun' | 'over'): Promise<number> =>
  (await jobs()).filter(({ id }) => id.startsWith(`restriction_${what}_`)).length;

/** Lets days go by; every job that is due runs. */
export async function days(count: number): Promise<void> {
  for (let day = 0; day < count; day++) {
    time.now += DAY_MS;
    await work();
  }
}
