import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Regime } from '../../../functions/src/policy/regimes.ts';
import { letOn } from '../../../functions/src/rights/onBehalf/letOn.ts';
import { WISHES_PER_HOUR } from '../../../functions/src/rights/onBehalf/ask.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { requestTypes } from '../../../functions/src/requests/request.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { requestNamed } from '../requests/helpers.ts';
import { Family, NOW } from './family.ts';

/** Requests of a holder for a person in their care, who is told first and can disagree. */

let family = new Family();
beforeEach(async () => {
  family = new Family();
  await family.power('mother', 'parentalAuthority');
});

const found = (id: string) => requestNamed(family.context, family.keyOf(id), 'kim');

describe('a parent’s request', () => {
  it('is told to the child first, in easy words, with the day on which it goes on', async () => {
    const answer = await family.ask('mother', 'access', {
      details: { text: 'For school.', answerTo: 'x@example.org' },
    });
    expect(answer).toMatchObject({ ok: true, result: { status: 'waiting', needsPerson: false } });
    if (!answer.ok) return;
    const { id, goesOnAt } = answer.result;
    expect(goesOnAt).toBeGreaterThanOrEqual(NOW + 7 * DAY_MS);
    expect(await family.shown(id)).toMatchObject({
      ...{ type: 'access', status: 'waiting', details: { text: 'For school.' } },
      askedFor: {
        ...{ regime: 'parentalAuthority', goesOnAt: Timestamp.fromMillis(goesOnAt ?? 0) },
        text: expect.stringMatching(/^Votre parent nous demande .*8 juin 2026/s),
      },
    });
    expect(JSON.stringify(await family.shown(id))).not.toMatch(/mother|x@example/);
    expect(await family.entries()).toEqual(['access.asked holder']);
    const holder = pseudonymOf('mother', family.context.keys);
    expect(await family.recorded(id)).toMatchObject({ waitingFor: 'person', onBehalf: { holder } });
    expect(await family.jobs()).toEqual(['held']);
  });

  it('goes on on that day if the child says nothing, not an hour before', async () => {
    const id = await family.asked('mother', 'access');
    await family.runJobs();
    await family.days(6.9);
    expect(await family.shown(id)).toMatchObject({ status: 'waiting' });
    await family.days(0.2);
    expect(await family.shown(id)).toMatchObject({ status: 'in_progress' });
    expect(await family.entries()).toEqual(['access.asked holder', 'access.requested holder']);
    expect(await family.jobs()).toEqual(['export', 'held']);
  });

  it('goes on at once if the child agrees, and the same word again changes nothing', async () => {
    const id = await family.asked('mother', 'portability');
    await family.says(id, 'agrees');
    await family.says(id, 'agrees');
    expect(await family.shown(id)).toMatchObject({ status: 'in_progress' });
    expect(await family.entries()).toEqual([
      ...['portability.asked holder', 'portability.agreed subject', 'portability.requested holder'],
    ]);
  });

  it.each(['restriction', 'objection'] as const)(
    'a %s goes on at once and against a no: it protects, and can be undone',
    async (type) => {
      const id = await family.asked('mother', type);
      expect(await family.shown(id)).toMatchObject({ status: 'waiting' });
      expect(await family.recorded(id)).toMatchObject({ waitingFor: 'officer', begunAt: expect.anything() });
      await family.says(id, 'disagrees');
      expect(await family.recorded(id)).toMatchObject({ status: 'waiting', onBehalf: { say: 'disagrees' } });
    },
  );

  it.each(['access', 'portability', 'rectification', 'erasure'] as const)(
    'a %s waits for an officer once the child disagrees, for as long as that is so',
    async (type) => {
      const id = await family.asked('mother', type);
      await family.says(id, 'disagrees');
      await family.days(40);
      expect(await family.shown(id)).toMatchObject({ status: 'waiting', reason: 'disagreed' });
      expect(await family.recorded(id)).toMatchObject({ waitingFor: 'officer' });
      expect(await family.jobs()).toEqual(['held']);
      await family.says(id, 'agrees');
      expect((await family.recorded(id))?.begunAt).toBeDefined();
    },
  );

  it('an officer lets on a copy against the no, and never an erasure', async () => {
    const [copy, end] = [await family.asked('mother', 'access'), await family.asked('mother', 'erasure')];
    expect(await letOn(family.context, await found(copy))).toEqual({ ok: false, because: 'notHeld' });
    for (const id of [copy, end]) await family.says(id, 'disagrees');
    expect(await letOn(family.context, await found(copy))).toMatchObject({
      ok: true,
      record: { status: 'in_progress' },
    });
    expect(await letOn(family.context, await found(end))).toEqual({ ok: false, because: 'irreversible' });
    expect(await family.jobs()).toEqual(['export', 'held', 'held']);
  });

  it('a no that comes again after an officer let the copy on takes nothing back; a later one does', async () => {
    const id = await family.asked('mother', 'access');
    const no = await family.write(id, { say: 'disagrees' });
    await no();
    await letOn(family.context, await found(id));
    await no();
    expect(await family.shown(id)).toMatchObject({ status: 'in_progress' });
    expect(await family.jobs()).toEqual(['export', 'held']);
    await (
      await family.write(id, { cancelled: true })
    )();
    expect(await family.shown(id)).toMatchObject({ status: 'cancelled' });
  });

  it('a no to a copy that is being made takes it back', async () => {
    const id = await family.asked('mother', 'access');
    await family.says(id, 'agrees');
    await family.says(id, 'disagrees');
    expect(await family.shown(id)).toMatchObject({ status: 'cancelled' });
    expect(await family.jobs()).toEqual(['discard', 'export', 'held']);
  });

  it('a cancellation by the child is a no', async () => {
    const id = await family.asked('mother', 'erasure');
    await (
      await family.write(id, { cancelled: true })
    )();
    expect(await family.shown(id)).toMatchObject({ status: 'waiting', reason: 'disagreed' });
  });

  it('an older word that comes late changes nothing, and a no is heard however often it changes', async () => {
    const id = await family.asked('mother', 'access');
    const late = await family.write(id, { say: 'agrees' });
    await family.says(id, 'disagrees');
    await late();
    expect(await family.recorded(id)).toMatchObject({ onBehalf: { say: 'disagrees' }, waitingFor: 'officer' });
  });
});

describe('an erasure that a parent asks for', () => {
  it('has its whole grace from the day on which it goes on, and the child takes it back', async () => {
    const id = await family.asked('mother', 'erasure');
    await family.runJobs();
    await family.days(8);
    await family.runJobs();
    const start = await family.context.own.doc(`jobs/erase_${family.keyOf(id)}`).get();
    expect(start.get('input.graceFrom')).toBeGreaterThanOrEqual(NOW + 8 * DAY_MS - DAY_MS);
    await family.days(6);
    expect((await family.head()).erasing).toBeUndefined();
    await family.says(id, 'disagrees');
    await family.runJobs();
    await family.days(10);
    expect(await family.shown(id)).toMatchObject({ status: 'cancelled' });
    expect((await family.head()).erasing).toBeUndefined();
  });

  it('does not begin against a word whose event is still on its way', async () => {
    const id = await family.asked('mother', 'erasure');
    await family.says(id, 'agrees');
    await family.runJobs();
    await family.write(id, { say: 'disagrees' });
    await family.days(8);
    await family.days(1);
    expect((await family.head()).erasing).toBeUndefined();
  });

  it('does not begin by a power that ended during the grace, and says so', async () => {
    const id = await family.asked('mother', 'erasure');
    await family.says(id, 'agrees');
    await family.runJobs();
    await family.endPower('mother', 'parentalAuthority');
    await family.days(8);
    await family.days(1);
    expect((await family.head()).erasing).toBeUndefined();
    expect(await family.shown(id)).toMatchObject({ status: 'cancelled', reason: 'powerEnded' });
  });

  it('begins after the grace if nobody says no', async () => {
    await family.asked('mother', 'erasure');
    for (const days of [0, 8, 1, 8, 1]) await family.days(days);
    expect((await family.head()).erasing).toBeDefined();
  });
});

describe('who obtains nothing alone', () => {
  const assists: readonly [Regime, object][] = [
    ['curatelle', {}],
    ['tutelle', { decides: 'person' }],
    ['habilitationFamiliale', { decides: 'both' }],
    ['mandatDeProtectionFuture', {}],
  ];
  it.each(assists)('%s %o: nothing begins before the person’s yes', async (regime, more) => {
    await family.power('curator', regime, more);
    const answer = await family.ask('curator', 'erasure');
    expect(answer).toMatchObject({ ok: true, result: { needsPerson: true } });
    if (!answer.ok) return;
    const { id } = answer.result;
    expect((await family.shown(id))?.['askedFor']).not.toHaveProperty('goesOnAt');
    await family.days(20);
    expect(await family.shown(id)).toMatchObject({ status: 'waiting' });
    await family.says(id, 'agrees');
    expect(await family.shown(id)).toMatchObject({ status: 'in_progress' });
  });

  it.each(requestTypes)('a %s of a curator ends with the person’s no', async (type) => {
    await family.power('curator', 'curatelle');
    const id = await family.asked('curator', type);
    await family.says(id, 'disagrees');
    expect(await family.shown(id)).toMatchObject({ status: 'refused', reason: 'disagreed' });
  });

  it('without a word it ends on the day on which it is due', async () => {
    await family.power('curator', 'curatelle');
    const id = await family.asked('curator', 'access');
    await family.runJobs();
    await family.days(29);
    expect(await family.shown(id)).toMatchObject({ status: 'waiting' });
    await family.days(2);
    expect(await family.shown(id)).toMatchObject({ status: 'refused', reason: 'notConfirmed' });
  });
});

describe('a power', () => {
  it('that ended before the day lets nothing go on', async () => {
    const id = await family.asked('mother', 'access');
    await family.runJobs();
    await family.endPower('mother', 'parentalAuthority');
    await family.days(8);
    expect(await family.shown(id)).toMatchObject({ status: 'refused', reason: 'powerEnded' });
    expect(await family.jobs()).toEqual(['held']);
  });

  it('that servers have ended counts for nothing, also before the event of that has come', async () => {
    const id = await family.asked('mother', 'access');
    await family.stateOnly('mother', 'parentalAuthority', { until: Timestamp.fromMillis(family.now) });
    await family.says(id, 'agrees');
    expect(await family.shown(id)).toMatchObject({ status: 'refused', reason: 'powerEnded' });
  });

  it('that ends by its own date counts for nothing in that very moment, without any run', async () => {
    await family.power('tutor', 'tutelle', { decides: 'holder', until: Timestamp.fromMillis(NOW + DAY_MS) });
    family.now = NOW + DAY_MS - 1;
    expect(await family.ask('tutor', 'access')).toMatchObject({ ok: true });
    family.now = NOW + DAY_MS;
    expect(await family.ask('tutor', 'portability')).toMatchObject({ ok: false, code: 'denied' });
  });

  it('with a scope gives nothing beyond it; a stranger and an unknown person get the same answer', async () => {
    await family.power('friend', 'mandate', { scope: ['access'] });
    expect(await family.ask('friend', 'access')).toMatchObject({ ok: true });
    const denied = await family.ask('friend', 'erasure');
    expect(denied).toMatchObject({ ok: false, code: 'denied' });
    expect(await family.ask('stranger', 'access')).toEqual(denied);
    for (const child of ['nobody', 'a/b', '', 'x'.repeat(5000)])
      expect(await family.ask('mother', 'access', { child })).toEqual(denied);
  });
});

describe('a holder', () => {
  it('who calls again with the same id gets the same request, and has one open of each type', async () => {
    const requestId = 'the-same-call';
    const id = await family.asked('mother', 'access', { requestId });
    expect(await family.asked('mother', 'access', { requestId })).toBe(id);
    expect(await family.ask('mother', 'access')).toMatchObject({ ok: false, code: 'alreadyOpen' });
    await family.power('father', 'parentalAuthority');
    expect(await family.ask('father', 'access')).toMatchObject({ ok: true });
    expect((await family.entries()).length).toBe(2);
  });

  it('who got a no cannot ask for the same until a week is over; another holder can', async () => {
    await family.power('curator', 'curatelle');
    const id = await family.asked('curator', 'access');
    await family.says(id, 'disagrees');
    expect(await family.ask('curator', 'access')).toMatchObject({ ok: false, code: 'saidNo' });
    expect(await family.ask('curator', 'portability')).toMatchObject({ ok: true });
    expect(await family.ask('mother', 'access')).toMatchObject({ ok: true });
    await family.days(8);
    expect(await family.ask('curator', 'access')).toMatchObject({ ok: true });
  });

  it('spends calls of their own', async () => {
    let refused = 0;
    for (let n = 0; n < WISHES_PER_HOUR + 1; n++) if (!(await family.ask('stranger', 'access')).ok) refused += 1;
    expect(refused).toBe(WISHES_PER_HOUR + 1);
    expect(await family.ask('stranger', 'access')).toMatchObject({ code: 'rateLimited' });
    expect(await family.ask('mother', 'access')).toMatchObject({ ok: true });
  });
});
