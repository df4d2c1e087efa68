import { beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { liftHold, setHold } from '../../../../functions/src/erasure/holds.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import { waitOf } from '../../../../functions/src/rights/due.ts';
import { emailHash } from '../../../../functions/src/subject/emails.ts';
import { bury } from '../../../../functions/src/subject/tombstones.ts';
import {
  CREATED,
  EMAIL,
  goOn,
  jobNow,
  NOW,
  officersWorld,
  UID,
  type OfficersWorld,
} from '../../officerTasks/erasure.sample.ts';

/** The last steps of an erasure end the backend's own rows by uid: no row that a hold names. */

const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };

let world: OfficersWorld;
beforeEach(async () => {
  world = await officersWorld({ ...amikeo });
});

const set = async (records?: string[], who: { uid: string; email?: string } = { uid: UID }): Promise<string> => {
  const order = { ...who, ground, unknownUid: true, ...(records === undefined ? {} : { records }) };
  return (await setHold(world.context, order)).id;
};
const isThere = async (path: string): Promise<boolean> => (await world.context.own.doc(path).get()).exists;
const write = (path: string, data: object) => world.context.own.doc(path).set(data);
const identity = (): string => `subjects/${UID}/identities/${world.job.id}`;

/** The time of every officer's task goes by; the job does all that it can. */
async function overWait(): Promise<void> {
  await goOn(world);
  world.context.time.now = NOW + 91 * DAY_MS;
  await goOn(world);
}

/** The officers' job of the hold is not run here: the erasure alone. */
async function afterLift(id: string): Promise<void> {
  expect(await liftHold(world.context, id)).toMatchObject({ ok: true, woken: [world.job.id] });
  for (const job of (await world.context.own.collection('jobs').get()).docs)
    if (job.id.startsWith('hold_')) await job.ref.delete();
  await goOn(world);
}

describe('the last steps of an erasure under a legal hold', () => {
  it('keep the rows that a hold names, end the others, and wait for its end', async () => {
    await write('guardianships/g', { child: UID, holder: 'parent', evidence: 'a paper' });
    await write('ageBands/' + UID, { band: 'child' });
    const id = await set(['guardianships']);
    await overWait();
    expect(await isThere('guardianships/g')).toBe(true);
    expect(await isThere('ageBands/' + UID)).toBe(false);
    const job = await jobNow(world);
    expect(job).toMatchObject({
      status: 'waiting',
      steps: { certificate: { state: 'done' }, forget: { state: 'waiting' } },
    });
    expect(waitOf(job)).toEqual({ for: 'hold', job: job.id, step: 'forget' });
    // Another day changes nothing.
    world.context.time.now += DAY_MS;
    await goOn(world);
    expect(await isThere('guardianships/g')).toBe(true);
    await afterLift(id);
    expect(await isThere('guardianships/g')).toBe(false);
    expect(await jobNow(world)).toMatchObject({ status: 'completed' });
  });

  it('keep what is left of the person if a hold on everything is set while officers work', async () => {
    await goOn(world);
    const id = await set();
    world.context.time.now = NOW + 91 * DAY_MS;
    await goOn(world);
    expect(await isThere(identity())).toBe(true);
    expect(await jobNow(world)).toMatchObject({ status: 'waiting', steps: { forget: { state: 'waiting' } } });
    await afterLift(id);
    expect(await isThere(identity())).toBe(false);
    expect(await jobNow(world)).toMatchObject({ status: 'completed' });
  });

  it('ask for holds by the addresses of the tombstone, since the identity goes with them', async () => {
    const { context, job, pseudonym } = world;
    const mark = { accountCreatedAt: CREATED, deletedAt: NOW, job: job.id, emails: [emailHash(EMAIL, context.keys)] };
    await bury(context, pseudonym, mark, NOW);
    await write('ageBands/' + UID, { band: 'child' });
    await set(['ageBands'], { uid: '', email: EMAIL });
    await overWait();
    expect(await isThere('ageBands/' + UID)).toBe(true);
    expect(await jobNow(world)).toMatchObject({ status: 'waiting', steps: { forget: { state: 'waiting' } } });
  });

  it.each([['guardianshipsHeld'], [undefined]])('leave the papers of a held holder in place: %s', async (record) => {
    await write('guardianships/g', { child: 'kid', holder: UID, evidence: 'a paper' });
    const id = await set(record === undefined ? undefined : [record]);
    await overWait();
    const row = world.context.own.doc('guardianships/g');
    expect((await row.get()).data()).toMatchObject({ holder: UID, evidence: 'a paper' });
    await afterLift(id);
    expect((await row.get()).data()).toEqual(
      expect.objectContaining({ child: 'kid', holderPseudonyms: [world.pseudonym] }),
    );
    expect((await row.get()).data()).not.toHaveProperty('evidence');
  });

  it.each([
    ['child', 'holder', 'guardianshipsHeld'],
    ['holder', 'child', 'guardianships'],
  ])('keep a guardianship of the %s as data of its held %s', async (mine, other, record) => {
    await write('guardianships/g', { [mine]: UID, [other]: 'another', evidence: 'a paper' });
    const id = await set([record], { uid: 'another' });
    await overWait();
    const row = world.context.own.doc('guardianships/g');
    expect((await row.get()).data()).toMatchObject({ [mine]: UID, evidence: 'a paper' });
    await liftHold(world.context, id);
    world.context.time.now += DAY_MS;
    await goOn(world);
    expect((await row.get()).get(mine)).toBeUndefined();
    expect(await jobNow(world)).toMatchObject({ status: 'completed' });
  });
});
