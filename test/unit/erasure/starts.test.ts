import fc from 'fast-check';
import { writeSealed } from '../../kit/sealed/seal.ts';
import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { breaker } from '../../../functions/src/erasure/circuitBreaker.ts';
import { erasureJobs } from '../../../functions/src/erasure/job.ts';
import { discardErasures, heldErasures, releaseErasures } from '../../../functions/src/erasure/officer.ts';
import { onAccountDeleted } from '../../../functions/src/erasure/accountEvents.ts';
import { joined, planErasure } from '../../../functions/src/erasure/plan.ts';
import { startErasure } from '../../../functions/src/erasure/start.ts';
import { canBeTakenBack, isOfRequests, type Start } from '../../../functions/src/erasure/starts/standing.ts';
import { cancel, settle, begin as beginStep } from '../../../functions/src/jobs/advance.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { changeJob, loadJob } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import type { Actor } from '../../../functions/src/ledger/entry.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { testContext } from '../requests/helpers.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 1, 12);
const LONG_AGO = Date.UTC(2020, 0, 1) / 1000;
const limits = { maxAttempts: 3, leaseMs: 1000, retryBaseMs: 10, graceMs: 1000 };
const erasee = { uid: 'u1', pseudonym: 'v1_p', accountCreatedAt: LONG_AGO };

const starts = {
  deletion: (at: number): Start => ({ by: 'accountDeleted', id: `account:${at}`, at, from: at, requested: false }),
  request: (at: number, n = 1): Start => ({
    by: 'request',
    id: `request:${n}`,
    at,
    from: at + 7 * DAY,
    requested: true,
    request: `k${n}`,
  }),
  missing: (at: number): Start => ({
    by: 'missingAccount',
    id: `missing:${at}`,
    at,
    from: at,
    missingSince: at,
    requested: false,
  }),
  officer: (at: number): Start => ({ by: 'officer', id: `officer:${at}`, at, from: at, requested: true }),
};

it('an erasure is of requests alone only if one stands; one that does not say what began it is not read', () => {
  const job = newJob(planErasure(amikeo, erasee, starts.request(NOW)), NOW);
  expect(isOfRequests(job)).toBe(true);
  expect(isOfRequests({ ...job, input: { ...job.input, standing: [] } })).toBe(false);
  const input = { ...job.input, standing: undefined };
  expect(() => isOfRequests({ ...job, input })).toThrow(expect.objectContaining({ code: 'input' }));
});

describe('one more start of an erasure that exists', () => {
  const job = (start: Start): Job => newJob(planErasure(amikeo, erasee, start), NOW);
  const join = (known: Job, start: Start, now = NOW): Job | null => joined(amikeo, known, erasee, start, now);

  it('that is the same start changes nothing', () => {
    for (const start of [starts.deletion(NOW), starts.request(NOW), starts.missing(NOW), starts.officer(NOW)])
      expect(join(job(start), start)).toBeNull();
  });

  it('ends a grace if the account is deleted meanwhile: there is nothing left to take back', () => {
    const known = job(starts.request(NOW));
    expect(canBeTakenBack(known, NOW + DAY)).toBe(true);
    const next = join(known, starts.deletion(NOW + DAY), NOW + DAY);
    expect(next?.input).toMatchObject({ graceUntil: NOW + DAY, deletedAt: NOW + DAY, request: 'k1' });
    if (next) expect(canBeTakenBack(next, NOW + DAY)).toBe(false);
  });

  it('never slows it down, and never moves the due date away', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...Object.values(starts)), fc.integer({ min: 0, max: 40 })), {
          minLength: 2,
          maxLength: 8,
        }),
        (list) => {
          let known: Job | undefined;
          for (const [make, days] of list) {
            const start = make(NOW + days * DAY);
            if (known === undefined) {
              known = job(start);
              continue;
            }
            const next: Job = join(known, start) ?? known;
            expect(next.id).toBe(known.id);
            expect(next.dueAt).toBeLessThanOrEqual(known.dueAt);
            expect(Number(next.input['graceUntil'])).toBeLessThanOrEqual(Number(known.input['graceUntil']));
            // A request that is answered by it stays known.
            if (known.input['request'] !== undefined) expect(next.input['request']).toBe(known.input['request']);
            known = next;
          }
        },
      ),
    );
  });

  const cancelledBy = (givenUpBy: Actor, known: Job): Job => {
    const cancelled = cancel(known, NOW + 1000);
    if (cancelled === null) throw new Error('not cancelled');
    return { ...cancelled, givenUpBy };
  };

  it('begins one of a request anew, whoever gave it up, if the account has been missing since before', () => {
    for (const by of ['subject', 'backend', 'officer'] as const)
      expect(join(cancelledBy(by, job(starts.request(NOW))), starts.missing(NOW))?.status).toBe('waiting');
    // An officer who discards one that something else began as well decides about the account.
    const both = joined(amikeo, job(starts.request(NOW)), erasee, starts.missing(NOW - 1), NOW);
    expect(both && join(cancelledBy('officer', both), starts.missing(NOW))).toBeNull();
  });

  it('begins a discarded one anew, but not by the deletion that was discarded, nor while the account stays away', () => {
    const discarded = cancelledBy('officer', job(starts.deletion(NOW)));
    expect(join(discarded, starts.deletion(NOW))).toBeNull();
    expect(join(discarded, starts.missing(NOW + 1000))).toBeNull();
    for (const again of [starts.deletion(NOW + DAY), starts.missing(NOW + DAY), starts.officer(NOW + DAY)]) {
      const next = join(discarded, again, NOW + DAY);
      expect(next).toMatchObject({ status: 'waiting', createdAt: NOW + DAY });
      // Neither start counts again when this one is discarded too.
      const twice = next && cancel(next, NOW + 2 * DAY);
      expect(twice && join(twice, starts.deletion(NOW))).toBeNull();
      expect(twice && join(twice, again)).toBeNull();
    }
  });

  it('changes nothing if the erasure is completed', () => {
    const done: Job = { ...job(starts.deletion(NOW)), status: 'completed' };
    for (const start of [starts.request(NOW), starts.officer(NOW)]) expect(join(done, start)).toBeNull();
  });
});

describe('the circuit breaker', () => {
  let context: ReturnType<typeof testContext>;
  let jobs: string[];
  const { hour, day } = amikeo.rights.erasureBreaker;

  beforeEach(() => {
    context = { ...testContext(NOW), policy: amikeo };
    jobs = [];
  });

  const start = async (n: number, createdAt: number, asked = false): Promise<string> => {
    const who = { uid: `u${n}`, pseudonym: `v1_${n}`, accountCreatedAt: createdAt };
    const { job } = await startErasure(context, who, { ...starts.deletion(NOW), requested: asked });
    if (job === null) throw new Error('not started');
    jobs.push(job);
    return job;
  };
  /** Runs the step as a task does. */
  const verdict = async (id: string): Promise<Job['status']> => {
    const { now } = context;
    await changeJob(context, id, (job) => beginStep(job, 'breaker', 't', now(), limits));
    const job = await loadJob(context, id);
    if (job === null) throw new Error('no job');
    const progress = await breaker(context, erasureJobs.read(job));
    const settled = await changeJob(context, id, (j) => settle(j, 'breaker', 't', { progress }, now(), limits));
    return settled?.job.status ?? 'cancelled';
  };
  const verdicts = async (): Promise<number> => {
    let held = 0;
    for (const id of jobs) if ((await verdict(id)) === 'held') held += 1;
    return held;
  };
  const burst = async (count: number, createdAt = LONG_AGO, first = 0): Promise<void> => {
    for (let n = 0; n < count; n++) {
      context.time.now += 1;
      await start(first + n, createdAt);
    }
  };

  it('lets pass as many as the policy allows in an hour, and holds the rest', async () => {
    await burst(hour.number + 15);
    expect(await verdicts()).toBe(15);
    expect(await heldErasures(context)).toHaveLength(15);
  });

  it('gives each its place in any order of visits: all at once, the last first', async () => {
    await burst(hour.number + 5);
    jobs.reverse();
    expect(await verdicts()).toBe(5);
    const held = (await heldErasures(context)).map(({ id }) => id);
    expect(held.sort()).toEqual(jobs.slice(0, 5).sort());
  });

  it('counts a day as well: slowly is not a way around it', async () => {
    for (let n = 0; n < day.number + 3; n++) {
      context.time.now += 3_600_000 / 4;
      await start(n, LONG_AGO);
      if (n % 8 === 7) context.time.now += 3_600_000;
    }
    expect(context.time.now - NOW).toBeLessThan(DAY);
    expect(await verdicts()).toBe(3);
  });

  it('lets pass a share of many accounts; young accounts do not widen it', async () => {
    const share = 10_000;
    const settings = {
      ...amikeo.rights.erasureBreaker,
      hour: { number: 2, share: 0.5 },
      day: { number: 2, share: 0.5 },
    };
    context = { ...context, policy: { ...amikeo, rights: { ...amikeo.rights, erasureBreaker: settings } } };
    for (let n = 0; n < 10; n++) await context.own.doc(`subjects/old${n}`).set({ accountCreatedAt: LONG_AGO });
    for (let n = 0; n < 20; n++)
      await context.own.doc(`subjects/new${n}`).set({ accountCreatedAt: Math.floor(NOW / 1000) - share });
    await burst(8);
    expect(await verdicts()).toBe(3);
  });

  it('neither counts nor holds an erasure that the person or an officer asked for', async () => {
    for (let n = 0; n < hour.number + 20; n++) await start(n, LONG_AGO, true);
    await burst(hour.number, LONG_AGO, 1000);
    expect(await verdicts()).toBe(0);
  });

  it('holds no real person when throwaway accounts are deleted in masses, and the other way round', async () => {
    await burst(hour.number + 30, Math.floor(NOW / 1000) - 3600);
    expect(await verdicts()).toBe(30);
    jobs = [];
    await burst(hour.number, LONG_AGO, 1000);
    expect(await verdicts()).toBe(0);
  });

  it('alerts once, and names nobody', async () => {
    await burst(hour.number + 10);
    await verdicts();
    const alerts = context.logged.filter((line) => line.includes('circuit breaker'));
    expect(alerts).toHaveLength(1);
    expect(alerts.join()).not.toMatch(/u\d/);
  });

  it('lets released erasures pass; a discarded one touches nothing and does not begin again by itself', async () => {
    await burst(hour.number + 4);
    await verdicts();
    const held = (await heldErasures(context)).map(({ id }) => id);
    const [a = '', b = '', c = ''] = held;
    const known = context.own.doc(`subjects/${String((await loadJob(context, c))?.input['uid'])}`);
    await writeSealed(known, { verifiedEmails: [] }, context.keys);
    expect(await releaseErasures(context, [a, b, 'erasure_unknown'])).toEqual([a, b]);
    expect(await verdict(a)).toBe('waiting');
    expect((await loadJob(context, a))?.steps['breaker']?.state).toBe('done');
    const uid = String((await loadJob(context, c))?.input['uid']);
    expect(await discardErasures(context, [c])).toEqual([c]);
    expect(await discardErasures(context, [c])).toEqual([]);
    expect(await loadJob(context, c)).toMatchObject({ status: 'cancelled' });
    expect((await context.own.doc(`subjects/${uid}`).get()).get('missingSince')).toBeInstanceOf(Timestamp);
    // Its own event, delivered once more.
    await startErasure(
      context,
      { uid, pseudonym: `v1_${uid.slice(1)}`, accountCreatedAt: LONG_AGO },
      starts.deletion(NOW),
    );
    expect(await loadJob(context, c)).toMatchObject({ status: 'cancelled' });
  });

  it('does not hold the deletion of an account if its owner asked for the erasure lately, unless they took that back', async () => {
    const ask = (status: string, uid: string, chain: string): Promise<unknown> =>
      writeSealed(
        context.own.doc(`requests/${uid}`),
        { pseudonym: chain, type: 'erasure', status, receivedAt: Timestamp.fromMillis(NOW - DAY) },
        context.keys,
      );
    const deleteAccount = async (uid: string): Promise<string> =>
      (await onAccountDeleted(context, {
        uid,
        tenantId: null,
        deletedAt: context.time.now,
        user: { uid, metadata: { creationTime: new Date(LONG_AGO * 1000).toISOString() } },
      })) ?? 'none';
    await burst(hour.number);
    const chainOf = (id: string): string => /^erasure_(.+)_\d+$/.exec(id)?.[1] ?? '';
    const someone = await deleteAccount('asked');
    await context.own.doc(`jobs/${someone}`).delete();
    await ask('in_progress', 'asked', chainOf(someone));
    expect(await verdict(await deleteAccount('asked'))).toBe('waiting');
    const other = await deleteAccount('regretted');
    await context.own.doc(`jobs/${other}`).delete();
    await ask('cancelled', 'regretted', chainOf(other));
    context.time.now += 1;
    expect(await verdict(await deleteAccount('regretted'))).toBe('held');
  });
});
