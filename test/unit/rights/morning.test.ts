import { Timestamp } from 'firebase-admin/firestore';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { shop } from '../../../functions/policies/shop/index.ts';
import { faultKinds, type FaultKind } from '../../../emulator/standins/faults.ts';
import { startStandins, type Standins } from '../../../emulator/standins/index.ts';
import { newJob, type Runners } from '../../../functions/src/jobs/catalog.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { loadJob, toDocument } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { KEY_LIVES_MS } from '../../../functions/src/messages/send.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { createClients } from '../../../functions/src/platform/clients.ts';
import type { OfficersEmail } from '../../../functions/src/platform/params.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../functions/src/platform/time.ts';
import { countMorning } from '../../../functions/src/rights/morning/count.ts';
import { isMorningOn, morningJob, startMorning } from '../../../functions/src/rights/morning/plan.ts';
import { morningRunner } from '../../../functions/src/rights/morning/steps.ts';
import { runDying } from '../../kit/dying.ts';
import { writeSealed } from '../../kit/sealed/seal.ts';
import { testContext } from '../requests/helpers.ts';

/** The e-mail of the morning: numbers that name nobody, sent once whatever fails. */

const NIGHT = Date.parse('2026-03-10T03:00:00Z');
const AT = NIGHT + 3 * HOUR_MS;
const OFFICERS = 'officers@amikeo.example' as OfficersEmail;
const SENDER = { name: 'AMIKEO', email: 'bonjour@amikeo.example' };
const at = (days: number) => Timestamp.fromMillis(AT + days * DAY_MS);

let standins: Standins;
let base = testContext(NIGHT);
beforeEach(async () => {
  base = testContext(NIGHT);
  standins = await startStandins({ now: () => base.time.now });
});
afterEach(() => standins.stop());

/** The context of the functions: databases in memory, the real SDK at the local Brevo. */
function mailing(): Context {
  const config = {
    ...base.config,
    ...{ brevoApiBase: new URL(standins.brevoUrl), brevoSender: SENDER, officerEmail: OFFICERS, retryBaseMs: 1000 },
  };
  const real = createClients(config, () => 'sk');
  return {
    ...base,
    policy: amikeo,
    config,
    now: () => base.time.now,
    clients: { ...base.clients, brevo: () => real.brevo() },
  };
}
const control = (name: string, body: object): Promise<Response> =>
  fetch(`${standins.brevoUrl}/_control/${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
/** The e-mails that left, as Brevo's own log has them. */
async function left(): Promise<number> {
  const answer = await fetch(`${standins.brevoUrl}/v3/smtp/emails?email=${OFFICERS}`, { headers: { 'api-key': 'x' } });
  return ((await answer.json()) as { transactionalEmails?: unknown[] }).transactionalEmails?.length ?? 0;
}
async function text(): Promise<string> {
  const all = (await (await fetch(`${standins.brevoUrl}/_control/requests`)).json()) as {
    path: string;
    body: { subject: string; textContent: string };
  }[];
  const sent = all.find(({ path }) => path.endsWith('/smtp/email'))?.body;
  return `${sent?.subject ?? ''}\n${sent?.textContent ?? ''}`;
}

const runners = { morning: async (context: Context) => morningRunner(context) } as Partial<Runners>;
const { id } = morningJob(NIGHT);
const stored = async (): Promise<Job> => (await loadJob(base, id)) as Job;
/** Lets `tick` come each time the job wakes, until it is done. */
async function drive(context: Context, { dying }: { dying?: number } = {}): Promise<void> {
  for (let round = 0; round < 40; round++) {
    const job = await stored();
    if (job.wakeAt === null) return;
    base.time.now = Math.max(base.time.now, job.wakeAt);
    await runDying(round === 0 ? (dying ?? null) : null, [base.own], () => runJob(context, runners, id));
  }
  throw new Error('the job does not end');
}

async function fill(): Promise<void> {
  const request = (key: string, more: object) =>
    writeSealed(
      base.own.doc(`requests/v1_p_${key}`),
      {
        ...{ pseudonym: 'v1_p', type: 'rectification', status: 'waiting', channel: 'app', waitingFor: 'officer' },
        ...{ receivedAt: at(-25), dueAt: at(40), ...more },
      },
      base.keys,
    );
  await request('late', { dueAt: at(-2) });
  await request('soon', { dueAt: at(3) });
  await request('new', { receivedAt: at(-0.5) });
  await request('stands', { dueAt: at(-1), pauses: [{ from: at(-9), reason: 'identity' }] });
  await request('done', { status: 'completed', dueAt: at(-5) });
  const job = (name: string, more: Partial<Job>): Promise<unknown> => {
    const plan = {
      id: name,
      kind: 'erasure',
      pseudonym: 'v1_p',
      input: {},
      dueAt: AT + 20 * DAY_MS,
      steps: [],
    } as const;
    return base.own.doc(`jobs/${name}`).set(toDocument({ ...newJob(plan, NIGHT), ...more }, base.keys));
  };
  const blocked = { after: [], attempts: 9, outcomes: [], state: 'blocked' } as const;
  await job('erasure_waits', {});
  await job('erasure_held', { status: 'held' });
  await job('erasure_blocked', { status: 'blocked', steps: { stripe: blocked } });
  await job('retention_blocked', { kind: 'retention', status: 'blocked', steps: { sweep: blocked } });
  const contact = (key: string, more: object) =>
    base.app.doc(`contactRequests/${key}`).set({ createdAt: at(-9), ...more });
  await contact('zoe@example.com', {});
  await contact('new', { createdAt: at(-0.1), heldForReview: true });
  await contact('closed', { closedAt: at(-1) });
}

describe('the e-mail of a morning', () => {
  it('counts what is new, late, soon late, paused, stopped, held and open, and names nobody', async () => {
    await fill();
    const context = mailing();
    expect(await countMorning(context, AT)).toEqual({
      ...{ overdue: 1, dueSoon: 1, forOfficer: 3, newRequests: 1, newContacts: 1, heldContacts: 1, paused: 1 },
      ...{ blocked: 2, held: 1, openRequests: 4, openErasures: 3, openContacts: 2 },
    });
    await startMorning(context, NIGHT);
    await drive(context);
    expect(await left()).toBe(1);
    expect((await stored()).steps['send']?.figures).toEqual({ sent: 1 });
    const told = await text();
    expect(told).toContain('Late, the time to answer is over: 1. Begin with these.');
    expect(told).toContain('Stopped by an error: 2.');
    for (const name of ['v1_p', 'erasure_', 'zoe', 'example.com', 'rectification']) expect(told).not.toContain(name);
  });

  it('says so if there is nothing to do', async () => {
    const context = mailing();
    await startMorning(context, NIGHT);
    await drive(context);
    expect(await text()).toContain('Nothing is waiting this morning. You have nothing to do.');
  });

  it('is planned once a day, for after the night, whenever and however often the schedule fires', () => {
    fc.assert(
      fc.property(fc.integer({ min: NIGHT, max: NIGHT + 900 * DAY_MS }), fc.nat(DAY_MS - 1), (time, later) => {
        const [one, again] = [morningJob(time), morningJob(time - (time % DAY_MS) + later)];
        expect(again.id).toBe(one.id);
        expect(morningJob(time + DAY_MS).id).not.toBe(one.id);
        expect(one.wakeAt).toBe(time + 3 * HOUR_MS);
      }),
    );
  });

  it('is off without an address, a sender, or a policy that has mail', async () => {
    const { config } = mailing();
    expect(isMorningOn(amikeo, config)).toBe(true);
    expect(isMorningOn(amikeo, { ...config, officerEmail: undefined })).toBe(false);
    expect(isMorningOn(amikeo, { ...config, brevoSender: undefined })).toBe(false);
    expect(isMorningOn(shop, config)).toBe(false);
    await startMorning({ ...mailing(), policy: shop }, NIGHT);
    expect((await base.own.collection('jobs').get()).size).toBe(0);
  });

  it('is not told when the morning is over: the next one says more', async () => {
    const context = mailing();
    await startMorning(context, NIGHT);
    base.time.now = AT + DAY_MS;
    await drive(context);
    expect(await left()).toBe(0);
    expect(await stored()).toMatchObject({ status: 'completed' });
  });

  it('is given up with a line in the log if Brevo does not write to the address', async () => {
    const context = mailing();
    await startMorning(context, NIGHT);
    const nowhere = { ...context, config: { ...context.config, officerEmail: 'nowhere' as OfficersEmail } };
    await drive(nowhere);
    expect((await stored()).steps['send']).toMatchObject({ state: 'done', figures: { refused: 1 } });
    expect(base.logged.join()).toContain("the morning's e-mail was refused");
    expect(base.logged.join()).not.toContain('nowhere');
  });
});

describe('sent once, whatever fails:', () => {
  it.each(
    faultKinds.filter((kind) => kind !== 'timeout').flatMap((kind) => [1, 2].map((times) => [kind, times] as const)),
  )('Brevo fails with %s, %i times', async (kind: FaultKind, times: number) => {
    const context = mailing();
    await startMorning(context, NIGHT);
    await control('faults', [{ method: 'POST', path: '/v3/smtp/email', kind, times }]);
    await drive(context);
    expect(await left()).toBe(1);
    expect((await stored()).status).toBe('completed');
  });

  it('a process that dies before or after any of its writes', async () => {
    for (let moment = 0; moment < 8; moment++) {
      base = testContext(NIGHT);
      await standins.stop();
      standins = await startStandins({ now: () => base.time.now });
      const context = mailing();
      await startMorning(context, NIGHT);
      await drive(context, { dying: moment });
      expect([moment, await left()]).toEqual([moment, 1]);
    }
  });

  it.each([
    ['within the life of its key', 5 * MINUTE_MS],
    ['after it: the log of Brevo is asked', KEY_LIVES_MS + 30 * MINUTE_MS],
  ])('a process that dies after the message left, and comes again %s', async (_, later) => {
    const context = mailing();
    await startMorning(context, NIGHT);
    base.time.now = AT;
    const run = { deadline: Infinity };
    const first = await morningRunner(context).run('send', await stored(), run);
    const cursor = 'more' in first ? first.more : {};
    for (const wait of [0, later, later]) {
      base.time.now += wait;
      await morningRunner(context).run('send', await stored(), { ...run, cursor });
      expect(await left()).toBe(1);
    }
  });

  it('a database that does not answer, at each of its questions: nothing left, and the next attempt sends', async () => {
    await fill();
    const context = mailing();
    await startMorning(context, NIGHT);
    base.time.now = AT;
    const work = async () =>
      morningRunner(context).run('send', await stored(), { deadline: Infinity, cursor: { since: AT } });
    const real = { own: base.own.collection.bind(base.own), app: base.app.collection.bind(base.app) };
    /** Runs the step with one question of the counts that fails; true if it was asked. */
    const fails = async (failAt: number): Promise<boolean> => {
      const job = await stored();
      let asked = 0;
      const failing =
        (one: typeof real.own) =>
        (name: string): ReturnType<typeof real.own> => {
          if (asked++ === failAt) throw new Error('unavailable');
          return one(name);
        };
      base.own.collection = failing(real.own);
      base.app.collection = failing(real.app);
      const run = morningRunner(context).run('send', job, { deadline: Infinity, cursor: { since: AT } });
      const failed = await run.then(
        () => false,
        () => true,
      );
      base.own.collection = real.own;
      base.app.collection = real.app;
      return failed;
    };
    let questions = 0;
    while (await fails(questions)) {
      expect(await left()).toBe(0);
      questions++;
    }
    expect(questions).toBeGreaterThanOrEqual(6);
    expect(await left()).toBe(1);
    await work();
    expect(await left()).toBe(1);
  });
});
