import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { refreshProtection } from '../../../../functions/src/consent/protection.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { headRef } from '../../../../functions/src/ledger/documents.ts';
import { restrictionsOf } from '../../../../functions/src/ledger/restriction/stated.ts';
import type { Regime } from '../../../../functions/src/policy/regimes.ts';
import { enterRequest } from '../../../../functions/src/rights/ways/enter.ts';
import { requestRunner } from '../../../../functions/src/rights/ways/steps.ts';
import { runDying } from '../../../kit/dying.ts';
import { state, storedPower } from '../../../kit/sealed/statements.ts';
import { NOW, type World } from '../../erasure/memory.ts';
import { accountOf, eachInWorld, letter } from './letters.ts';

/** A letter in which somebody asks for a person in their care. */

const DAY = 86_400_000;
let world: World;
eachInWorld((made) => {
  world = made;
});

const account = (uid: string) => accountOf(world, uid);
/** A power over somebody, whose holder has no account. */
async function power(child: string, regime: Regime, more: object = {}): Promise<void> {
  const own = world.context.clients.own();
  const stated = { child, from: Timestamp.fromMillis(NOW - DAY), ...storedPower(regime, NOW), ...more };
  await state({ own, keys: world.context.keys }, `guardianships/of-${child}`, stated);
  await refreshProtection(world.context, child);
}
const shownTo = async (uid: string) =>
  (await world.context.clients.app().collection(`users/${uid}/privacyRequests`).get()).docs[0]?.data();

describe('the letter of somebody who asks for a person with an account', () => {
  it('is told to the person first, and nothing acts by it yet', async () => {
    const person = account('kim');
    await power('kim', 'parentalAuthority');
    const entered = await enterRequest(world.context, letter({ person, type: 'erasure', power: 'parentalAuthority' }));
    expect(entered.record).toMatchObject({
      ...{ status: 'waiting', waitingFor: 'person', channel: 'letter' },
      ...{ entered: { power: 'parentalAuthority' }, onBehalf: { regime: 'parentalAuthority' } },
    });
    expect(entered.record.dueAt.toDate().toISOString()).toBe('2026-06-27T00:00:00.000Z');
    expect(await shownTo('kim')).toMatchObject({ type: 'erasure', askedFor: { regime: 'parentalAuthority' } });
    const own = world.context.clients.own();
    expect((await own.collection('jobs').get()).docs.map(({ id }) => id)).toEqual([`held_${entered.key}`]);
    const entries = await headRef(own, entered.record.pseudonym)
      .collection('entries')
      .where('kind', '==', 'request')
      .get();
    expect(entries.docs.map((one) => [one.get('state'), one.get('actor')] as unknown)).toEqual([
      ['erasure.asked', 'officer'],
    ]);
  });

  it('of a curator that is entered past its month: the person has their time for a word all the same', async () => {
    const person = account('kim');
    await power('kim', 'curatelle');
    const receivedAt = NOW - 35 * DAY;
    const entry = letter({ person, type: 'access', power: 'curatelle', receivedAt });
    const entered = await enterRequest(world.context, entry);
    expect(entered.record).toMatchObject({ status: 'waiting', waitingFor: 'person' });
    expect(entered.record.onBehalf?.wordBy?.toMillis()).toBeGreaterThanOrEqual(NOW + 6 * DAY);
  });

  it('and objects to a purpose, alone: it protects the person, so it begins at once, and pauses that purpose', async () => {
    const person = account('kim');
    await power('kim', 'parentalAuthority');
    const entry = letter({ person, type: 'objection', power: 'parentalAuthority', details: { purpose: 'monitoring' } });
    const { key, record } = await enterRequest(world.context, entry);
    expect(record).toMatchObject({ status: 'waiting', waitingFor: 'officer', job: `pause_${key}` });
    await runJob(world.context, { request: async (context) => requestRunner(context) }, `pause_${key}`);
    const [paused] = (await restrictionsOf(world.context, 'kim')).all.values();
    expect(paused).toMatchObject({ purposes: ['monitoring'], ground: 'objection', request: key });
  });

  it.each<[string, Regime, object, RegExp]>([
    ['that nobody stated', 'tutelle', { regime: 'curatelle' }, /no such power is stated/],
    ['that is over', 'tutelle', { until: Timestamp.fromMillis(NOW) }, /no such power is stated/],
    ['that begins later', 'tutelle', { from: Timestamp.fromMillis(NOW + 1) }, /begins later/],
    ['that does not name the right', 'mandate', { scope: ['access'] }, /does not name this right/],
  ])('by a power %s is refused, and can be entered without a proof', async (_, regime, more, says) => {
    const person = account('kim');
    await power('kim', regime, more);
    const entry = letter({ person, type: 'erasure', power: regime });
    await expect(enterRequest(world.context, entry)).rejects.toMatchObject({
      ...{ code: 'request.power', message: expect.stringMatching(says) },
    });
    const doubted = await enterRequest(world.context, { ...entry, proven: false });
    expect(doubted.record).toMatchObject({ status: 'waiting', waitingFor: 'officer' });
    expect(doubted.record).not.toHaveProperty('onBehalf');
  });

  it('that a doubted entry waited for is held when it is proven; a crash at any moment leaves the same', async () => {
    const lived = async (uid: string, moment: number | null) => {
      const person = account(uid);
      await power(uid, 'curatelle');
      const entry = letter({ person, type: 'access', power: 'curatelle' });
      await enterRequest(world.context, { ...entry, proven: false });
      const databases = [world.context.clients.app(), world.context.clients.own()];
      const died = await runDying(moment, databases, () => enterRequest(world.context, entry), 'writes');
      const { record } = await enterRequest(world.context, entry);
      const { status, waitingFor, onBehalf } = record;
      return { died, left: { status, waitingFor, onBehalf, shown: (await shownTo(uid))?.['status'] as unknown } };
    };
    const whole = await lived('whole', null);
    expect(whole.left).toMatchObject({ status: 'waiting', onBehalf: { regime: 'curatelle' }, shown: 'waiting' });
    for (let moment = 0; moment < 20; moment++) {
      const one = await lived(`died${moment}`, moment);
      expect([moment, one.left]).toEqual([moment, whole.left]);
      if (!one.died) break;
    }
  });
});
