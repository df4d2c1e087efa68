import { afterEach, beforeEach, expect, it } from 'vitest';
import { onRestrictionWritten } from '../../../functions/src/consent/effects.ts';
import { changeRunner } from '../../../functions/src/consent/steps.ts';
import { grace } from '../../../functions/src/erasure/grace.ts';
import { giveUp } from '../../../functions/src/erasure/giveUp.ts';
import { erasureJobs } from '../../../functions/src/erasure/job.ts';
import { erasureIdOf, startErasure } from '../../../functions/src/erasure/start.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { loadJob } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { endRestriction } from '../../../functions/src/rights/restriction/lift.ts';
import { setRestriction } from '../../../functions/src/rights/restriction/set.ts';
import { knownFromAuth } from '../../../functions/src/subject/identity.ts';
import { learn } from '../../../functions/src/subject/known.ts';
import { changeHead } from '../../kit/sealed/ledger.ts';
import { account, UID, world } from './world.ts';

/** A restriction reaches other systems although the event of its document is lost (Art. 18, 19). */

let at: Awaited<ReturnType<typeof world>>;
beforeEach(async () => {
  at = await world();
  await learn(at.context, knownFromAuth(account(), at.chain));
  const since = { messages: at.context.time.now };
  await changeHead(at.context, at.chain, { current: { messages: 'given' }, since });
});
afterEach(() => at.stop());

const OFFICER = { actor: 'officer', officer: `v1_${'o'.repeat(43)}` } as const;
const ORDER = { uid: UID, name: 'officer-accuracy', ground: 'accuracy' } as const;

const carrying = async (): Promise<Job[]> => (await at.jobs()).filter(({ kind }) => kind === 'change');
/** Runs the jobs that carry answers to Brevo, as `tick` does; returns how many there are. */
async function carried(): Promise<number> {
  const jobs = await carrying();
  for (const { id } of jobs) await runJob(at.context, { change: async (c) => changeRunner(c) }, id);
  expect((await carrying()).map(({ status }) => status)).toEqual(jobs.map(() => 'completed'));
  return jobs.length;
}
const isBlocked = async (): Promise<boolean> =>
  (await at.brevo.contacts.getContactInfo({ identifier: UID, identifierType: 'ext_id' })).emailBlacklisted;

it('of an officer', async () => {
  await setRestriction(at.context, ORDER, OFFICER);
  expect(await carried()).toBe(1);
  expect(await isBlocked()).toBe(true);
  at.context.time.now += DAY_MS;
  await endRestriction(at.context, ORDER, { ...OFFICER, toldAt: at.context.time.now });
  expect(await carried()).toBe(2);
  expect(await isBlocked()).toBe(false);
});

it('of an erasure that can be taken back, and its end', async () => {
  const erasee = { uid: UID, pseudonym: at.chain, accountCreatedAt: 0 };
  const { now } = at.context.time;
  await startErasure(at.context, erasee, { by: 'request', id: 'r', at: now, from: now + DAY_MS, requested: true });
  const id = await erasureIdOf(at.context, erasee);
  await grace(at.context, erasureJobs.read((await loadJob(at.context, id)) as Job));
  expect(await carried()).toBe(1);
  expect(await isBlocked()).toBe(true);
  at.context.time.now += 1000;
  await giveUp(at.context, id, { by: 'officer', now: at.context.time.now });
  expect(await carried()).toBe(2);
  expect(await isBlocked()).toBe(false);
});

it('once, if its event comes as well, in any number', async () => {
  await setRestriction(at.context, ORDER, OFFICER);
  await onRestrictionWritten(at.context, { id: 'begun', uid: UID });
  await onRestrictionWritten(at.context, { id: 'begun', uid: UID });
  expect(await carried()).toBe(1);
  at.context.time.now += DAY_MS;
  await endRestriction(at.context, ORDER, { ...OFFICER, toldAt: at.context.time.now });
  await onRestrictionWritten(at.context, { id: 'over', uid: UID });
  expect(await carried()).toBe(2);
});

it('by its event, if somebody else wrote the document: it restricts everything', async () => {
  await setRestriction(at.context, ORDER, OFFICER);
  await endRestriction(at.context, ORDER, { ...OFFICER, toldAt: at.context.time.now });
  expect(await carried()).toBe(2);
  await at.context.own.doc(`restrictions/${UID}`).set({ createdAt: new Date(at.context.time.now) });
  await onRestrictionWritten(at.context, { id: 'forged', uid: UID });
  expect(await carried()).toBe(3);
  expect(await isBlocked()).toBe(true);
});
