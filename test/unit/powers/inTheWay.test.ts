import { beforeEach, describe, expect, it } from 'vitest';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import type { RequestType } from '../../../functions/src/requests/request.ts';
import { DAILY } from '../../../functions/src/rights/budget.ts';
import { requestRunner } from '../../../functions/src/rights/ways/steps.ts';
import { Family } from './family.ts';

/**
 * An earlier request of a holder keeps back only what it answers: another matter is another
 * request, and direct marketing can be objected to at any time (Art. 21(3)).
 */

let family = new Family();
beforeEach(async () => {
  family = new Family();
  await family.power('mother', 'parentalAuthority');
});

const marketing = { details: { marketing: true } };
const code = async (type: RequestType, more: object = {}, holder = 'mother') => {
  const answer = await family.ask(holder, type, more);
  return answer.ok ? 'taken' : answer.code;
};

describe('a request of a holder that is open', () => {
  it('Art. 21(3): keeps back no objection to marketing while an officer looks at another purpose', async () => {
    expect(await code('objection', { details: { purpose: 'monitoring' } })).toBe('taken');
    const id = await family.asked('mother', 'objection', marketing);
    expect(await family.recorded(id)).toMatchObject({ status: 'in_progress', begunAt: expect.anything() });
  });

  it('Art. 21(3): keeps back no objection to marketing if it was carried out and waits for companies', async () => {
    const id = await family.asked('mother', 'objection', marketing);
    expect(await code('objection', marketing)).toBe('alreadyOpen');
    const { job = '' } = (await family.recorded(id)) ?? {};
    await runJob(family.context, { request: async () => requestRunner(family.context) }, job);
    expect((await family.recorded(id))?.answer).toHaveProperty('objectedAt');
    expect((await family.recorded(id))?.completedAt).toBeUndefined();
    expect(await code('objection', marketing)).toBe('taken');
  });

  const matters: readonly [RequestType, object, object][] = [
    ['objection', { purpose: 'monitoring' }, { purpose: 'contact' }],
    ['objection', { text: 'No photos.' }, { text: 'No telephone calls.' }],
    ['restriction', { purposes: ['monitoring', 'contact'] }, { purposes: ['monitoring'] }],
    ['restriction', { purposes: ['monitoring'] }, {}],
    ['rectification', { text: 'name', correction: 'Kim' }, { text: 'street', correction: 'Main Street' }],
  ];
  it.each(matters)('of a %s about %o keeps back the same, and none about %o', async (type, one, other) => {
    expect(await code(type, { details: one })).toBe('taken');
    expect(await code(type, { details: { ...one, country: 'FR' } })).toBe('alreadyOpen');
    expect(await code(type, { details: other })).toBe('taken');
  });

  it('names the same purposes in any order', async () => {
    await family.asked('mother', 'restriction', { details: { purposes: ['monitoring', 'contact'] } });
    const again = { details: { purposes: ['contact', 'monitoring'], text: 'Once more.' } };
    expect(await code('restriction', again)).toBe('alreadyOpen');
  });

  it.each(['access', 'portability', 'erasure'] as const)(
    'of one %s answers every other one (Art. 12(5))',
    async (type) => {
      expect(await code(type)).toBe('taken');
      expect(await code(type, { details: { text: 'Another.' } })).toBe('alreadyOpen');
    },
  );
});

describe('a no of the person', () => {
  it('keeps back no later right that protects them, of somebody who acts alone', async () => {
    const id = await family.asked('mother', 'objection', { details: { purpose: 'monitoring' } });
    await family.says(id, 'disagrees');
    expect(await code('objection', marketing)).toBe('taken');
    const paused = await family.asked('mother', 'restriction', { details: { purposes: ['monitoring'] } });
    await family.says(paused, 'disagrees');
    expect(await code('restriction')).toBe('taken');
  });

  it('keeps back everything for a week of somebody who needs their yes', async () => {
    await family.power('curator', 'curatelle');
    const id = await family.asked('curator', 'objection', { details: { purpose: 'monitoring' } });
    await family.says(id, 'disagrees');
    expect(await code('objection', marketing, 'curator')).toBe('saidNo');
    await family.days(8);
    expect(await code('objection', marketing, 'curator')).toBe('taken');
  });
});

it('a holder has a number of requests of one right a day, and that of marketing apart', async () => {
  const about = (n: number) => ({ details: { text: `matter ${n}` } });
  for (let n = 0; n < DAILY.begun; n++) expect(await code('objection', about(n))).toBe('taken');
  family.now += DAY_MS / 2;
  const refused = await family.ask('mother', 'objection', about(DAILY.begun));
  expect(refused).toMatchObject({ ok: false, code: 'rateLimited', retryAfter: DAY_MS / 2000 });
  expect(await code('objection', marketing)).toBe('taken');
  expect(await code('restriction')).toBe('taken');
  family.now += DAY_MS / 2;
  expect(await code('objection', about(DAILY.begun))).toBe('taken');
});
