import { expect } from 'vitest';
import { erasureOf } from '../../../functions/src/ledger/chain.ts';
import { headsOf } from '../../../functions/src/ledger/find.ts';
import { restrictionsOf } from '../../../functions/src/ledger/restriction/stated.ts';
import { announceLift, planLift } from '../../../functions/src/rights/restriction/lift.ts';
import { listRestrictions } from '../../../functions/src/rights/restriction/list.ts';
import { earliestEnd, nameOfGround } from '../../../functions/src/rights/restriction/plan.ts';
import { setRestriction } from '../../../functions/src/rights/restriction/set.ts';
import { OFFICER } from '../rights/answers/answers.sample.ts';
import { context } from '../rights/helpers.ts';
import { UID, world } from './world.ts';

/** Restrictions of the person who has the uid, in a history. */

const of = { uid: UID, name: nameOfGround('accuracy') };
const by = { actor: 'officer', officer: OFFICER } as const;

/** Words of the message that a restriction ends. */
const LIFTS = /this pause ends|cette pause se termine/;

/** An officer restricts the whole person, or one purpose. */
export const restrict = (which: number) =>
  setRestriction(context, { ...of, ground: 'accuracy', ...(which % 2 === 0 ? {} : { purposes: ['hosting'] }) }, by);

/** An officer announces the end. */
export async function announceEnd(): Promise<void> {
  const planned = await planLift(context, of, {});
  if (planned.ok) await announceLift(context, of, planned.lift, {}, by);
}

/** A restriction as it was seen last. */
export interface Seen {
  readonly generation: number;
  readonly liftedAt: number | undefined;
}

/**
 * A restriction that runs is known to document and chain alike. One ends only with its person, or
 * after a message told them, the whole notice before.
 *
 * @returns the restriction that runs now, for the next look
 */
export async function expectRestrictions(before: Seen | undefined): Promise<Seen | undefined> {
  const { now } = context.time;
  for (const { name, isSealed } of await listRestrictions(context, UID))
    expect([isSealed, name === null]).toEqual([true, false]);
  const current = (await restrictionsOf(context, UID)).all.get(of.name);
  if (current !== undefined) return { generation: world.generation, liftedAt: current.lifting?.at };
  if (before === undefined || before.generation !== world.generation) return undefined;
  const created = world.created.at(-1);
  const heads = await headsOf(context, UID);
  if (heads.some(({ head }) => erasureOf(head)?.accountCreatedAt === created)) return undefined;
  const { liftedAt = Infinity } = before;
  const told = world.mails.filter(
    ({ at, text }) => at >= liftedAt && earliestEnd(context.policy, at) <= now && LIFTS.test(text),
  );
  expect([of.name, told.length > 0]).toEqual([of.name, true]);
  return undefined;
}
