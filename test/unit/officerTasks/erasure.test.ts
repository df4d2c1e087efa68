import { describe, expect, it } from 'vitest';
import { verifyCertificate } from '../../../functions/src/erasure/certificate/certificate.ts';
import { planErasure } from '../../../functions/src/erasure/plan.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { jobRef, toDocument } from '../../../functions/src/jobs/store.ts';
import { learn } from '../../../functions/src/subject/known.ts';
import { giveUp } from '../../../functions/src/erasure/giveUp.ts';
import { closeTask, listTasks } from '../../../functions/src/officerTasks/store.ts';
import { partOf } from '../../../functions/src/officerTasks/task.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { requestIn } from '../../../functions/src/requests/store.ts';
import { runDying } from '../../kit/dying.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { idsOf } from './helpers.ts';
import {
  CREATED,
  EMAIL,
  goOn,
  jobNow,
  NOW,
  officersWorld,
  smallPolicy,
  UID,
  type OfficersWorld,
} from './erasure.sample.ts';

const requestOf = async ({ context, key }: OfficersWorld) =>
  requestIn(key, (await context.own.doc(`requests/${key}`).get()).data() ?? {}, context.keys);

const tasksOf = async ({ context, job }: OfficersWorld) =>
  Object.fromEntries((await listTasks(context, { job: job.id })).tasks.map((task) => [partOf(task.for), task]));

/** An account that was created on the uid after the erased one. */
const nextAccount = { uid: UID, metadata: { creationTime: new Date((CREATED + 90_000_000) * 1000).toUTCString() } };

const certificates = ({ evidence }: OfficersWorld) =>
  [...evidence.objects].flatMap(([name, { text }]) => {
    const { certificate } = verifyCertificate(text);
    return name.endsWith('.json') && certificate !== null ? [certificate] : [];
  });

describe('an erasure with tasks of officers', () => {
  it('attests the work so far, answers in part, and waits; nothing of the person is left but the identity', async () => {
    const world = await officersWorld();
    await goOn(world);
    const job = await jobNow(world);
    expect(job).toMatchObject({ status: 'waiting', steps: { officers: { state: 'waiting' } } });
    expect(job.wakeAt).toBe(NOW + DAY_MS);
    expect(certificates(world)).toMatchObject([{ interim: true, number: 1 }]);
    expect(await requestOf(world)).toMatchObject({ status: 'in_progress', answer: { deleted: 'here', open: 2 } });
    expect((await idsOf(world.context, 'officerSheets')).length).toBe(2);
    expect((await world.context.own.doc(`subjects/${UID}/identities/${job.id}`).get()).exists).toBe(true);
    // Looks again a day later, and says nothing twice.
    world.context.time.now += DAY_MS;
    await goOn(world);
    expect(certificates(world)).toHaveLength(1);
  });

  it('ends with the last task: the certificate says how each ended, and the request is answered', async () => {
    const world = await officersWorld();
    await goOn(world);
    const { desk, ledgerist } = await tasksOf(world);
    world.context.time.now += 60_000;
    const word = { by: `v1_${'o'.repeat(43)}`, proof: 'a'.repeat(64) };
    await closeTask(world.context, desk?.id ?? '', { as: 'done', ...word }, world.context.time.now);
    await goOn(world);
    expect(await jobNow(world)).toMatchObject({ status: 'waiting' });
    const why = { as: 'impossible', by: word.by, note: `${EMAIL} is unknown there` } as const;
    await closeTask(world.context, ledgerist?.id ?? '', why, world.context.time.now);
    // The officer woke it: the next look would be a day later.
    await goOn(world);
    expect(await jobNow(world)).toMatchObject({ status: 'completed' });
    const final = certificates(world).find(({ interim }) => !interim);
    const of = (id: string) => final?.recipients.find(({ recipient }) => recipient === id);
    expect(of('desk')).toMatchObject({
      ...{ state: 'done', notified: expect.any(String) },
      outcomes: [{ outcome: 'done', how: 'confirmed', officer: { by: word.by, proof: word.proof } }],
    });
    expect(of('ledgerist')).toMatchObject({
      state: 'impossible',
      notified: null,
      outcomes: [{ outcome: 'impossible' }],
    });
    expect(of('reports')).toMatchObject({ state: 'expiring', outcomes: [{ until: '2026-08-30T00:00:00.000Z' }] });
    expect(final).toMatchObject({ number: 2, interim: false });
    expect(JSON.stringify(final)).not.toContain(EMAIL);
    expect(await requestOf(world)).toMatchObject({ status: 'completed' });
    expect(await idsOf(world.context, 'officerSheets')).toEqual([]);
  });

  it('says of a recipient that refused that it was told and said no, whichever its role is', async () => {
    const world = await officersWorld();
    await goOn(world);
    const close = { as: 'refused', by: `v1_${'o'.repeat(43)}` } as const;
    const { now } = world.context.time;
    for (const task of Object.values(await tasksOf(world))) {
      expect(await closeTask(world.context, task.id, close, now)).toEqual({ ok: false, because: 'noReason' });
      const reason = { ...close, note: `a law keeps ${EMAIL} there` };
      expect(await closeTask(world.context, task.id, reason, now)).toMatchObject({ ok: true });
    }
    await goOn(world);
    const final = certificates(world).find(({ interim }) => !interim);
    for (const id of ['desk', 'ledgerist'])
      expect(final?.recipients.find(({ recipient }) => recipient === id)).toMatchObject({
        ...{ state: 'refused', notified: new Date(now).toISOString() },
        outcomes: [{ outcome: 'refused', officer: { by: close.by } }],
      });
    expect(JSON.stringify(final)).not.toContain('a law keeps');
  });

  it('ends when its time is over, and says that nobody confirmed it', async () => {
    const world = await officersWorld();
    await goOn(world);
    world.context.time.now = NOW + 91 * DAY_MS;
    await goOn(world);
    expect(await jobNow(world)).toMatchObject({ status: 'completed' });
    const final = certificates(world).find(({ interim }) => !interim);
    expect(final?.recipients.find(({ recipient }) => recipient === 'desk')).toMatchObject({
      ...{ state: 'unconfirmed', notified: null, outcomes: [{ outcome: 'unconfirmed', officer: { by: 'backend' } }] },
    });
    expect(world.context.logged.join()).toContain('nobody confirmed them');
    expect(await idsOf(world.context, 'officerSheets')).toEqual([]);
  });

  it('goes on while a new account has the uid, and touches nothing of it', async () => {
    const world = await officersWorld({ ...amikeo });
    const { own } = world.context;
    await goOn(world);
    expect(await jobNow(world)).toMatchObject({ steps: { officers: { state: 'waiting' } } });
    world.users.push(nextAccount);
    await own.doc(`restrictions/${UID}`).set({ createdAt: new Date(world.context.time.now) });
    await own.doc(`subjects/${UID}`).set({ uid: UID });
    world.context.time.now = NOW + 91 * DAY_MS;
    await goOn(world);
    expect(await jobNow(world)).toMatchObject({ status: 'completed' });
    expect((await own.doc(`restrictions/${UID}`).get()).exists).toBe(true);
    expect((await own.doc(`subjects/${UID}/identities/${world.job.id}`).get()).exists).toBe(false);
  });

  it.each([
    ['ends the rows by the uid of the person', false],
    ['touches no row of a new account that has the uid by then', true],
  ])('before the wait %s', async (_, isUsedAgain) => {
    const world = await officersWorld({ ...amikeo });
    const row = world.context.own.doc(`restrictions/${UID}`);
    const guardianship = world.context.own.doc('guardianships/g');
    await Promise.all([row.set({ createdAt: new Date(NOW) }), guardianship.set({ child: 'kid', holder: UID })]);
    if (isUsedAgain) world.users.push(nextAccount);
    await goOn(world);
    expect(await jobNow(world)).toMatchObject({ steps: { officers: { state: 'waiting' } } });
    expect(certificates(world)).toMatchObject([{ interim: true }]);
    expect((await row.get()).exists).toBe(isUsedAgain);
    // The pseudonym of a former holder stays, as in the ledger of the child.
    expect((await guardianship.get()).data()).toMatchObject(
      isUsedAgain ? { holder: UID } : { child: 'kid', holderPseudonyms: [world.pseudonym] },
    );
  });

  it('says nothing before Auth answers who has the uid, and ends the rows then', async () => {
    const world = await officersWorld({ ...amikeo });
    const { context } = world;
    const row = context.own.doc(`restrictions/${UID}`);
    await row.set({ createdAt: new Date(NOW) });
    const { auth } = context.clients;
    context.clients.auth = () => Promise.reject(new Error('Auth is away'));
    await goOn(world);
    expect([certificates(world), (await row.get()).exists]).toEqual([[], true]);
    context.clients.auth = auth;
    context.time.now += 3_600_000;
    await goOn(world);
    expect(certificates(world)).toMatchObject([{ interim: true }]);
    expect((await row.get()).exists).toBe(false);
  });

  it('leaves another erasure under the uid its own identity, whoever had the uid before', async () => {
    const world = await officersWorld({ ...amikeo });
    const { own } = world.context;
    const later = CREATED + 90_000_000;
    const other = { uid: UID, pseudonym: `${world.pseudonym}~2`, accountCreatedAt: later };
    const start = {
      by: 'accountDeleted',
      id: 'account:2',
      at: NOW,
      from: NOW + 500 * DAY_MS,
      requested: false,
    } as const;
    const job = newJob(planErasure(world.context.policy, other, start), NOW);
    await jobRef(own, job.id).set(toDocument(job, world.context.keys));
    await own.doc(`subjects/${UID}/identities/${job.id}`).set({ identity: 'theirs' });
    const account = {
      uid: UID,
      pseudonym: other.pseudonym,
      accountCreatedAt: later,
      verifiedEmails: [],
      providerIds: {},
    };
    await learn(world.context, account);
    await goOn(world);
    world.context.time.now = NOW + 91 * DAY_MS;
    await goOn(world);
    expect(await jobNow(world)).toMatchObject({ status: 'completed' });
    expect(await idsOf(world.context, `subjects/${UID}/identities`)).toEqual([job.id]);
    expect((await own.doc(`subjects/${UID}`).get()).exists).toBe(true);
  });

  it('that is given up leaves no sheet and no open task', async () => {
    const world = await officersWorld();
    await goOn(world);
    await giveUp(world.context, world.job.id, { by: 'officer', now: world.context.time.now });
    expect(await idsOf(world.context, 'officerSheets')).toEqual([]);
    expect(Object.values(await tasksOf(world)).map(({ status }) => status)).toEqual(['unconfirmed', 'unconfirmed']);
  });

  it('that is given up by a process that died is given up by the next one: nothing is left either', async () => {
    for (let moments = 0; moments < 8; moments++) {
      const world = await officersWorld();
      await goOn(world);
      const by = { by: 'officer', now: world.context.time.now } as const;
      await runDying(moments, [world.context.own], () => giveUp(world.context, world.job.id, by));
      await giveUp(world.context, world.job.id, by);
      expect(await idsOf(world.context, 'officerSheets')).toEqual([]);
      expect(Object.values(await tasksOf(world)).map(({ status }) => status)).toEqual(['unconfirmed', 'unconfirmed']);
    }
  });

  it('does not wait if there is nobody to ask', async () => {
    const { recipients, ...policy } = smallPolicy();
    const { paper, reports } = recipients;
    const world = await officersWorld({ ...policy, recipients: { ...(paper && reports && { paper, reports }) } });
    await goOn(world);
    expect(await jobNow(world)).toMatchObject({ status: 'completed' });
    expect(certificates(world)).toMatchObject([{ number: 1, interim: false }]);
  });
});
