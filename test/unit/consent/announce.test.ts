import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { announcements, startConsentDaily } from '../../../functions/src/consent/nightlyJobs.ts';
import { reconsentRunner } from '../../../functions/src/consent/reconsent.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { fromDocument, toDocument } from '../../../functions/src/jobs/store.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import type { Cursor, Progress } from '../../../functions/src/systems/system.ts';
import { changing } from '../../kit/amikeo.ts';
import { fakeAuth, type FakeUser } from '../../kit/auth.ts';
import { runDying } from '../../kit/dying.ts';
import { testContext } from '../requests/helpers.ts';

/** People are told of a version before it takes effect: who, how many a night, and once. */

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 10);
const policy = changing(amikeo, '2026-07-01', ['analytics'], '2026-06-01');
const worded = structuredClone(policy);
for (const change of Object.values(worded.changes ?? {})) change.kind = 'wording';
const account = (uid: string, more: Partial<FakeUser> = {}): FakeUser => ({
  uid,
  metadata: { creationTime: new Date(NOW - 100 * DAY).toUTCString() },
  ...more,
});
const everybody = ['ada', 'bea', 'cem', 'dia', 'eva'].map((uid) => account(uid));

/** Auth lists two accounts a page. */
function world(users: readonly FakeUser[], perNight = 5_000, of: Policy = policy) {
  const base = testContext(NOW);
  const listUsers = async (_max: number, token = '0') => {
    const end = Number(token) + 2;
    return { users: users.slice(Number(token), end), ...(end < users.length ? { pageToken: String(end) } : {}) };
  };
  const context: Context = {
    ...base,
    policy: of,
    config: { ...base.config, announcementsPerNight: perNight, brevoSender: { name: 'A', email: 'a@example.org' } },
    clients: {
      ...base.clients,
      auth: async () =>
        Object.assign(
          fakeAuth(() => []),
          { listUsers: listUsers as never },
        ),
    },
  };
  const [plan] = announcements(policy, NOW, true);
  if (plan === undefined) throw new Error('nothing is announced');
  const job = newJob(plan, NOW);
  const step = (cursor?: Cursor, deadline = Infinity): Promise<Progress> =>
    reconsentRunner(context).run('announce', job, { deadline, ...(cursor ? { cursor } : {}) }) as Promise<Progress>;
  const messages = async () =>
    (await base.own.collection('jobs').get()).docs
      .flatMap((doc) => (doc.get('input') as { uid?: string }).uid ?? [])
      .sort();
  return { ...base, context, step, messages };
}

describe('people are told of a new version (Art. 13(3), 14(4))', () => {
  it('each account once, also if the job runs again', async () => {
    const { step, messages } = world(everybody);
    expect(await step()).toEqual({ settled: [expect.objectContaining({ count: 5 })] });
    await step();
    expect(await messages()).toEqual(['ada', 'bea', 'cem', 'dia', 'eva']);
  });

  it('but no account that was made after the announcement, and none that is disabled', async () => {
    const later = { creationTime: new Date(Date.UTC(2026, 5, 2)).toUTCString() };
    const eve = { creationTime: new Date(Date.UTC(2026, 4, 31, 21, 59, 59)).toUTCString() };
    const { step, messages } = world([
      account('ada'),
      account('new', { metadata: later }),
      account('off', { disabled: true }),
      account('eve', { metadata: eve }),
    ]);
    await step();
    expect(await messages()).toEqual(['ada', 'eve']);
  });

  it('so many a night: the next one goes on, and nobody is left out', async () => {
    const nine = 'a b c d e f g h i'.split(' ').map((uid) => account(uid));
    const { step, messages, time } = world(nine, 4);
    let cursor: Cursor | undefined;
    for (const told of ['abcd', 'abcdefgh']) {
      const progress = await step(cursor);
      expect(progress).toMatchObject({ wait: time.now + DAY });
      expect((await messages()).join('')).toBe(told);
      cursor = 'cursor' in progress ? progress.cursor : undefined;
      time.now += DAY;
    }
    expect(await step(cursor)).toEqual({ settled: [expect.objectContaining({ count: 9 })] });
    expect((await messages()).join('')).toBe('abcdefghi');
  });

  it('goes on where a task had no more time', async () => {
    const { step, messages } = world(everybody);
    let progress = await step(undefined, 0);
    for (let tasks = 0; 'more' in progress && tasks < 9; tasks++) progress = await step(progress.more, 0);
    expect(progress).toEqual({ settled: [expect.objectContaining({ count: 5 })] });
    expect(await messages()).toHaveLength(5);
  });

  it('everybody once, whenever the process dies', async () => {
    for (let moment = 0; ; moment++) {
      const { step, messages, own } = world(everybody);
      const died = await runDying(moment, [own], () => step(), 'writes');
      await step();
      expect(await messages()).toEqual(['ada', 'bea', 'cem', 'dia', 'eva']);
      if (!died) break;
    }
  });

  it('not any more if the announcement was taken back', async () => {
    const { step, messages } = world(everybody, 5_000, changing(amikeo, '2026-09-01', [], '2026-06-09'));
    expect(await step()).toEqual({ settled: [] });
    expect(await messages()).toEqual([]);
  });

  it('also after its day, with an error in the log each night as long as some are not told', async () => {
    const { context, step, own, messages, time, logged } = world(everybody, 2);
    time.now = Date.UTC(2026, 6, 2);
    const errors = () => logged.filter((line) => line.includes('not everybody is told'));
    // Deployed after its day: this night is the first that knows it.
    await startConsentDaily(context, time.now);
    const job = own.doc('jobs/announce_2026-07-01');
    expect((await job.get()).exists).toBe(true);
    expect(await step()).toMatchObject({ wait: time.now + DAY });
    expect(await messages()).toHaveLength(2);
    await startConsentDaily(context, (time.now += DAY));
    expect(errors()).toHaveLength(2);
    const over = {
      ...fromDocument(job.id, (await job.get()).data() ?? {}, context.keys),
      status: 'completed' as const,
    };
    await job.set(toDocument(over, context.keys));
    await startConsentDaily(context, (time.now += DAY));
    expect(errors()).toHaveLength(2);
  });

  it('but not once more when nobody remembers that they were told', () => {
    expect(announcements(policy, Date.UTC(2027, 7, 1), true)).toEqual([]);
  });

  it.each([
    ['if the deployment sends no mail', policy, false],
    ['of new words alone', worded, true],
  ])('by the app alone %s', async (_what, of, mail) => {
    const { context, own, app, logged } = world(everybody, 5_000, of);
    const sender = mail ? context.config.brevoSender : undefined;
    const quiet = { ...context, config: { ...context.config, brevoSender: sender } };
    const [plan] = announcements(of, NOW, mail);
    if (plan === undefined) throw new Error('nothing is announced');
    const progress = await reconsentRunner(quiet).run('announce', newJob(plan, NOW), { deadline: Infinity });
    expect(progress).toEqual({ settled: [expect.objectContaining({ record: 'privacyState', count: 5 })] });
    expect((await app.doc('users/ada/privacy/state').get()).get('announced')).toMatchObject({ version: '2026-07-01' });
    expect((await own.collection('jobs').get()).size).toBe(0);
    expect(logged.join()).toContain('by the app alone');
  });

  it.each<[string, Policy, number, boolean]>([
    ['of a purpose that changes', policy, NOW, true],
    ['of other information', changing(amikeo, '2026-07-01', [], '2026-06-01'), NOW, true],
    ['of new words', worded, NOW, true],
    ['not before the announcement', policy, Date.UTC(2026, 4, 31), false],
    ['not of a draft', amikeo, NOW, false],
  ])('by a job of the night: %s', async (_what, of, now, expected) => {
    const { context, own, time } = world([], 5_000, of);
    time.now = now;
    await startConsentDaily({ ...context, config: { ...context.config, brevoSender: undefined } }, now);
    expect((await own.doc('jobs/announce_2026-07-01_app').get()).exists).toBe(expected);
  });

  it('by mail from the night on in which the deployment can send it, whoever saw it in the app', async () => {
    const { context, own } = world(everybody);
    await startConsentDaily({ ...context, config: { ...context.config, brevoSender: undefined } }, NOW);
    expect((await own.doc('jobs/announce_2026-07-01').get()).exists).toBe(false);
    await startConsentDaily(context, NOW + DAY);
    expect((await own.doc('jobs/announce_2026-07-01').get()).exists).toBe(true);
  });

  it('once, however long before its day it was announced', () => {
    const early = changing(amikeo, '2026-12-20', [], '2026-01-02');
    expect(announcements(early, Date.UTC(2026, 11, 27), true)).toHaveLength(1);
    expect(announcements(early, Date.UTC(2026, 11, 29), true)).toEqual([]);
  });
});
