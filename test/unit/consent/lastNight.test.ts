import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { reportOfStatements, wrongStatements } from '../../../cli/statements.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { lastStatementsLook } from '../../../functions/src/consent/lastNight.ts';
import { startConsentDaily } from '../../../functions/src/consent/nightlyJobs.ts';
import { refreshProtection } from '../../../functions/src/consent/protection.ts';
import { reconcileRunner } from '../../../functions/src/consent/reconcile.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { latestHead } from '../../../functions/src/ledger/find.ts';
import { onStatement } from '../../../functions/src/rights/statements/submit.ts';
import { power } from '../../kit/sealed/statements.ts';
import { testContext } from '../requests/helpers.ts';

/**
 * The last night's look at statements about people is kept in its sealed job, without a name, so
 * that `compliance due` and `compliance doctor` say it. A night follows statements of lost events.
 */

const NOW = Date.parse('2026-06-01T00:00:00Z');
const DAY = 86_400_000;
let context = { ...testContext(NOW), policy: amikeo };
beforeEach(() => void (context = { ...testContext(NOW), policy: amikeo }));

async function night(): Promise<string> {
  const at = context.time.now;
  await startConsentDaily(context, at);
  const id = `reconcile_${new Date(at).toISOString().slice(0, 10).replaceAll('-', '')}T000000Z`;
  await runJob(context, { reconcile: async () => reconcileRunner(context) }, id);
  return id;
}
const look = () => lastStatementsLook(context, context.time.now);

async function somebodyDeletes(): Promise<void> {
  for (const uid of ['kim', 'lou']) {
    expect(await onStatement(context, { submit: 'restriction', uid })).toMatchObject({ ok: true });
    await context.own.doc(`restrictions/${uid}`).delete();
  }
  await context.own.doc('ageBands/eve').set({ band: 'adult' });
}
const WRONG = [
  { problem: 'statementMissing', kind: 'restrictions', count: 2 },
  { problem: 'statementUnsealed', kind: 'ageBands', count: 1 },
];
const byProblem = (a: { problem: string }, b: { problem: string }): number => a.problem.localeCompare(b.problem);

describe('the last night', () => {
  it('says how many statements were wrong, of which kind and when, and names nobody', async () => {
    await somebodyDeletes();
    const id = await night();
    const { faults, ...when } = await look();
    expect([...faults].sort(byProblem)).toEqual(WRONG);
    expect(when).toEqual({ lookedAt: NOW, isLate: false });
    const stored = JSON.stringify((await context.own.doc(`jobs/${id}`).get()).data());
    for (const name of ['kim', 'lou', 'eve']) expect(stored).not.toContain(name);
    const logged = context.logged.filter((line) => line.startsWith('statements about people'));
    expect(logged).toEqual([expect.stringContaining('"statementMissing.restrictions":2')]);
    expect(wrongStatements(await look())).toContain('2 restrictions (statementMissing)');
  });

  it('takes the place of the night before', async () => {
    await somebodyDeletes();
    await night();
    context.time.now += DAY;
    for (const id of ['kim', 'lou'])
      await onStatement(context, { withdraw: 'restriction', id, toldAt: new Date(NOW).toISOString() });
    await context.own.doc('ageBands/eve').delete();
    await night();
    expect(await look()).toEqual({ lookedAt: NOW + DAY, isLate: false, faults: [] });
    expect(wrongStatements(await look())).toBeNull();
  });

  it('is late after two days, also if the job of last night was changed or did not end', async () => {
    await night();
    context.time.now += 2 * DAY;
    expect(await look()).toMatchObject({ lookedAt: NOW, isLate: false });
    const changed = await night();
    await context.own.doc(`jobs/${changed}`).update({ 'steps.statements.figures': { 'x.y': 1 } });
    context.time.now += 1;
    expect(await look()).toEqual({ lookedAt: NOW, isLate: true, faults: [] });
    context.time.now += DAY;
    await startConsentDaily(context, context.time.now);
    expect(await look()).toEqual({ lookedAt: NOW, isLate: true, faults: [] });
  });

  it('is late if there is none in a backend that is older, and not in a new one', async () => {
    expect(await look()).toEqual({ lookedAt: null, isLate: false, faults: [] });
    await context.own.doc('jobs/notice_1').set({ createdAt: Timestamp.fromMillis(NOW - 2 * DAY) });
    expect(await look()).toEqual({ lookedAt: null, isLate: true, faults: [] });
    await night();
    context.time.now += 15 * DAY;
    expect(await look()).toEqual({ lookedAt: null, isLate: true, faults: [] });
  });
});

describe('the line of doctor', () => {
  const good = { lookedAt: NOW, isLate: false, faults: [] };
  it.each([
    ['without a key', null, 'not checked, since PSEUDONYM_KEY_V1 is not set'],
    ['of a good night', good, 'none was wrong at 2026-06-01T02:00:00+02:00'],
    ['of a new backend', { ...good, lookedAt: null }, 'no night has looked at them yet'],
    ['of a late one', { ...good, isLate: true }, 'for two days (last at 2026-06-01T02:00:00+02:00)'],
    ['of one without a night', { ...good, isLate: true, lookedAt: null }, 'for two days (no night of the last 14'],
    ['of wrong ones', { ...good, faults: WRONG }, '2 restrictions (statementMissing), 1 ageBands (statementUnsealed)'],
  ])('%s', (_, state, line) => {
    expect(reportOfStatements(state)).toContain(line);
  });

  it('says both if the last look is old and found something', () => {
    const said = reportOfStatements({ ...good, isLate: true, faults: WRONG });
    expect(said).toContain('for two days');
    expect(said).toContain('2 restrictions');
  });
});

describe('a statement whose event was lost', () => {
  const protectionOf = async (uid: string) => (await latestHead(context, uid)).head.protection;
  const say = async (statement: object): Promise<void> =>
    expect(await onStatement(context, statement)).toMatchObject({ ok: true, changed: true });
  const tomorrow = (): void => void (context.time.now += DAY);

  it('as the band of a child protects the child from the next night on (Art. 8)', async () => {
    await say({ submit: 'ageBand', uid: 'kim', band: 'child' });
    tomorrow();
    await night();
    expect(await protectionOf('kim')).toMatchObject({ mode: 'both', reason: 'age' });
  });

  it.each([{ submit: 'ageBand', uid: 'kim', band: 'adult' } as const, { withdraw: 'ageBand', id: 'kim' } as const])(
    'as the end of a childhood lets the person decide alone: %o',
    async (end) => {
      await say({ submit: 'ageBand', uid: 'kim', band: 'child' });
      await refreshProtection(context, 'kim');
      tomorrow();
      await say(end);
      tomorrow();
      await night();
      expect(await protectionOf('kim')).toBeUndefined();
    },
  );

  it('as a guardianship from long ago gives its power, and its end takes it', async () => {
    const from = new Date(NOW - 90 * DAY).toISOString();
    const form = { submit: 'guardianship', requestId: 'form of eve', child: 'kim', holder: 'eve' };
    const said = await onStatement(context, { ...form, ...power('tutelle', NOW), from, decides: 'holder' });
    tomorrow();
    await night();
    expect(await protectionOf('kim')).toMatchObject({ mode: 'holder', reason: 'guardianship' });
    await say({ withdraw: 'guardianship', id: said.ok && said.id });
    tomorrow();
    await night();
    expect(await protectionOf('kim')).toBeUndefined();
  });
});
