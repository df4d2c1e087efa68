import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { recordObjection } from '../../../../functions/src/consent/objection/record.ts';
import { onConsentWritten } from '../../../../functions/src/consent/recordDecision.ts';
import { closeTask, listTasks } from '../../../../functions/src/officerTasks/store.ts';
import { planLift } from '../../../../functions/src/rights/restriction/lift.ts';
import { AMIKEO_VERSION } from '../../../kit/amikeo.ts';
import { changeKey } from '../../../kit/sealed/newKey.ts';
import { chain, DAY, lift, NAME, restrictionWorld, set, work, type World } from './world.ts';

/**
 * Something else stops a use beside a restriction that ends: nobody is told that the use begins
 * again, neither the person nor a company.
 */

let world: World;
beforeEach(() => void (world = restrictionWorld()));

const BOTH = ['analytics', 'support'];
const days = async (count: number): Promise<void> => {
  world.context.time.now += count * DAY;
  await work(world);
};
/** The open tasks that tell of an end: the companies, and the words. */
const ends = async () =>
  (await listTasks(world.context)).tasks.flatMap(({ job, for: part, what }) =>
    job.startsWith('restriction_over_') && 'recipient' in part ? [`${part.recipient}: ${what['en'] ?? ''}`] : [],
  );
const closeAll = async (): Promise<void> => {
  for (const { id } of (await listTasks(world.context)).tasks)
    await closeTask(world.context, id, { as: 'done', by: 'v1_officer' }, world.context.time.now);
};
const object = (purpose: string) =>
  recordObjection(world.context, {
    ...{ uid: 'kim', chain: chain(world), purposes: [purpose], at: world.context.time.now },
    ...{ source: 'app', by: { actor: 'subject' }, id: 'o1' },
  });

/** A new pseudonym key, and an answer that begins the chain under it. */
async function nextChain(): Promise<void> {
  const { context } = world;
  changeKey(context);
  const writtenAt = context.time.now;
  const after = {
    granted: false,
    policyVersion: AMIKEO_VERSION,
    source: 'app',
    updatedAt: Timestamp.fromMillis(writtenAt),
  };
  await onConsentWritten(context, { id: 'e1', uid: 'kim', key: 'messages', before: undefined, after, writtenAt });
}

describe('the message that a restriction ends', () => {
  const message = () => world.mails.at(-1)?.text ?? '';

  it('names the purposes alone that begin again', async () => {
    await set(world, { purposes: BOTH });
    await set(world, { name: 'other', purposes: ['support'] });
    await lift(world);
    await days(0);
    const [again = '', still = ''] = message().split('Nous n’utilisons toujours pas vos données pour ceci.');
    expect(again).toMatch(/utiliserons alors de nouveau vos données[^]*- Mesure d'audience/);
    expect(again).not.toContain('assistance');
    expect(still).not.toBe('');
    expect(still).not.toContain("- Mesure d'audience");
  });

  it.each<[string, () => Promise<unknown>]>([
    ['another restriction goes on', () => set(world, { name: 'other', purposes: BOTH })],
    ['the person objects to it', () => object('analytics')],
  ])('says that nothing begins again if %s', async (_, stop) => {
    await set(world, { purposes: ['analytics'] });
    await stop();
    await lift(world);
    await days(0);
    expect(message()).toContain('une autre pause ou votre non continue');
    expect(message()).not.toContain('utiliserons alors de nouveau');
  });

  it('leaves out what went on as an exception all the time (Art. 18(2))', async () => {
    await set(world, { except: { payment: 'claims' } });
    const planned = await planLift(world.context, { uid: 'kim', name: NAME }, {});
    await lift(world);
    await days(0);
    // The officer has read the same letter before.
    expect(planned).toMatchObject({ lift: { text: message() } });
    expect(message()).toMatch(/utiliserons alors de nouveau vos données[^]*- Contacter l'utilisateur/);
    expect(message()).not.toMatch(/toutes vos données|- Paiement/);
  });

  it('says that nothing begins again if another one has the same exception', async () => {
    await set(world, { except: { payment: 'claims' } });
    await set(world, { name: 'other', except: { payment: 'claims' } });
    await lift(world);
    await days(0);
    expect(message()).toContain('une autre pause ou votre non continue');
    expect(message()).not.toMatch(/utiliserons alors de nouveau|- Paiement/);
  });

  it('does not say everything while a part of it is still stopped', async () => {
    await set(world);
    await set(world, { name: 'other', purposes: ['analytics'] });
    await lift(world);
    await days(0);
    const [again = '', still = ''] = message().split('Nous n’utilisons toujours pas vos données pour ceci.');
    expect(again).not.toMatch(/toutes vos données|- Mesure d'audience/);
    expect(again).toContain('- Paiement');
    expect(still).toContain("- Mesure d'audience");
  });

  it('says that the use begins again if the other one ends on the same day', async () => {
    await set(world, { purposes: ['analytics'] });
    await set(world, { name: 'other', purposes: ['analytics'] });
    await lift(world, {}, 'other');
    await days(1);
    await lift(world);
    await days(0);
    expect(message()).toContain('utiliserons alors de nouveau');
  });
});

describe('companies that shall hear of an end', () => {
  const ended = async (): Promise<void> => {
    await set(world, { purposes: BOTH });
    await work(world);
    await closeAll();
    await lift(world);
    for (let day = 0; day < 9; day++) await days(1);
  };

  it.each([
    ['the same', async () => undefined],
    ['a new', nextChain],
  ])('are told nothing of a use that a new restriction stops, from that moment on (%s key)', async (_, change) => {
    await ended();
    expect(await ends()).not.toEqual([]);
    await change();
    await set(world, { name: 'other', purposes: BOTH });
    await work(world);
    expect(await ends()).toEqual([]);
  });

  it('are told of the rest, and of everything when that one is over as well', async () => {
    await ended();
    const all = (await ends()).length;
    await set(world, { name: 'other', purposes: ['support'] });
    await work(world);
    const rest = await ends();
    expect(rest).not.toEqual([]);
    expect(rest.length).toBeLessThan(all);
    for (const one of rest) expect(one).not.toMatch(/support/i);
    await closeAll();
    await lift(world, {}, 'other');
    for (let day = 0; day < 9; day++) await days(1);
    expect((await ends()).every((one) => /support/i.test(one))).toBe(true);
    expect(await ends()).not.toEqual([]);
  });

  it('are told nothing of a use to which the person objects meanwhile', async () => {
    await set(world, { purposes: ['analytics'] });
    await work(world);
    await closeAll();
    await lift(world);
    for (let day = 0; day < 9; day++) await days(1);
    expect(await ends()).not.toEqual([]);
    await object('analytics');
    await days(1);
    expect(await ends()).toEqual([]);
  });
});
