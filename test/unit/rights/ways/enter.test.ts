import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { isEntry } from '../../../../functions/src/ledger/shape.ts';
import { headRef, readEntry as readLedgerEntry } from '../../../../functions/src/ledger/documents.ts';
import { cancel } from '../../../../functions/src/jobs/advance.ts';
import { changeJob } from '../../../../functions/src/jobs/store.ts';
import { pauseRequest, resumeRequest } from '../../../../functions/src/rights/answers/clock.ts';
import { enterRequest } from '../../../../functions/src/rights/ways/enter.ts';
import { forgetAnswered } from '../../../../functions/src/rights/ways/withoutAccount.ts';
import { hasRecentRequest } from '../../../../functions/src/erasure/start.ts';
import { onPrivacyRequestCreated } from '../../../../functions/src/rights/receive.ts';
import { finishRequest, loadRequest } from '../../../../functions/src/requests/store.ts';
import { readAddress } from '../../../../functions/src/subject/addresses.ts';
import { addressKey } from '../../../../functions/src/subject/emails.ts';
import { runDying } from '../../../kit/dying.ts';
import { NOW, type World } from '../../erasure/memory.ts';
import { accountOf, eachInWorld, letter as entry } from './letters.ts';

const DAY = 86_400_000;
let world: World;
eachInWorld((made) => {
  world = made;
});

const OFFICER = `v1_${'o'.repeat(43)}`;
const OTHER = `v1_${'p'.repeat(43)}`;
let number = 0;
const account = () => accountOf(world, `letter${(number += 1)}`);
const stranger = () => ({ email: `stranger${(number += 1)}@example.com` });
const own = () => world.context.clients.own();
const entriesOf = async (chain: string) =>
  (await headRef(own(), chain).collection('entries').get()).docs.map((one) =>
    readLedgerEntry(chain, one.id, one.data(), world.context.keys),
  );
const jobs = async () => (await own().collection('jobs').get()).docs.map(({ id }) => id);

describe('the letter of somebody with an account', () => {
  it('gets the record, the entry, the job and the clock of an app’s request, and the person sees it', async () => {
    const { uid } = account();
    const { key, record, before } = await enterRequest(world.context, entry({ person: { uid } }), OFFICER);
    expect(before).toBe(false);
    expect(record).toMatchObject({
      type: 'access',
      status: 'in_progress',
      channel: 'letter',
      job: `export_${key}`,
      entered: { by: OFFICER, power: 'self', identity: { method: 'papers', result: 'proven' } },
    });
    expect(record.receivedAt.toMillis()).toBe(NOW - 5 * DAY);
    // A calendar month from receipt, not from the day on which it was entered.
    expect(record.dueAt.toDate().toISOString()).toBe('2026-06-27T00:00:00.000Z');
    expect(await jobs()).toEqual([`export_${key}`]);
    const [made] = await entriesOf(record.pseudonym);
    expect(made).toMatchObject({
      state: 'access.requested',
      actor: 'officer',
      officer: OFFICER,
      source: 'letter',
    });
    expect(isEntry(made)).toBe(true);
    const [shown] = (await world.context.clients.app().collection(`users/${uid}/privacyRequests`).get()).docs;
    expect(shown?.data()).toMatchObject({ type: 'access', status: 'in_progress', dueAt: record.dueAt });
    expect(JSON.stringify((await loadRequest(world.context, key)) ?? '')).not.toContain(uid);
  });

  it('entered again is the same request', async () => {
    const { uid } = account();
    const letter = entry({ person: { uid } });
    const first = await enterRequest(world.context, letter, OFFICER);
    const again = await enterRequest(world.context, { ...letter, power: 'mandate' }, OTHER);
    expect(again).toMatchObject({ key: first.key, before: true, record: { entered: { by: OFFICER } } });
    expect(await entriesOf(first.record.pseudonym)).toHaveLength(1);
    expect(await jobs()).toHaveLength(1);
  });

  it('is refused while an export of its type is open, and that is recorded', async () => {
    const { uid } = account();
    await enterRequest(world.context, entry({ person: { uid } }));
    const second = await enterRequest(world.context, entry({ person: { uid }, receivedAt: NOW - DAY }));
    expect(second.record).toMatchObject({ status: 'refused', reason: 'already_open' });
    expect((await entriesOf(second.record.pseudonym)).map(({ state }) => state)).toEqual([
      'access.requested',
      'access.refused',
    ]);
    expect(await jobs()).toHaveLength(1);
  });

  it.each(['rectification', 'restriction', 'objection'] as const)('%s waits for an officer', async (type) => {
    const { record } = await enterRequest(world.context, entry({ person: account(), type }));
    expect(record).toMatchObject({ status: 'waiting', waitingFor: 'officer' });
    expect(await jobs()).toEqual([]);
  });

  it('an erasure can be taken back from the day on which it was entered, and is due from receipt', async () => {
    const { key } = await enterRequest(world.context, entry({ person: account(), type: 'erasure' }));
    const job = (await own().doc(`jobs/erase_${key}`).get()).data();
    expect(job?.['input']).toMatchObject({ at: NOW - 5 * DAY, graceFrom: NOW });
  });

  it('that nobody has proven is recorded, and nothing acts by it until it is', async () => {
    const { uid } = account();
    const doubted = entry({ person: { uid }, type: 'erasure', method: 'none', proven: false });
    const { key, record } = await enterRequest(world.context, doubted);
    expect(record).toMatchObject({ status: 'waiting', entered: { identity: { method: 'none', result: 'doubted' } } });
    expect([await jobs(), await entriesOf(record.pseudonym)]).toEqual([[], []]);
    expect((await world.context.clients.app().collection(`users/${uid}/privacyRequests`).get()).size).toBe(0);

    const proven = await enterRequest(world.context, { ...doubted, method: 'callBack', proven: true });
    expect(proven).toMatchObject({
      key,
      before: false,
      record: { status: 'in_progress', entered: { identity: { method: 'callBack', result: 'proven' } } },
    });
    expect(await jobs()).toEqual([`erase_${key}`]);
    expect(await entriesOf(record.pseudonym)).toHaveLength(1);
    // A second look that doubts again takes nothing back.
    expect(await enterRequest(world.context, doubted)).toMatchObject({
      before: true,
      record: { status: 'in_progress' },
    });
  });

  it('that nobody has proven stands in the way of nothing that the person asks for themselves', async () => {
    const { uid } = account();
    const doubted = (type: 'access' | 'erasure') =>
      enterRequest(world.context, entry({ person: { uid }, type, method: 'none', proven: false }));
    const { record } = await doubted('access');
    await doubted('erasure');
    // It lets no erasure pass the breaker.
    const ofAccount = { uid, pseudonym: record.pseudonym, accountCreatedAt: null };
    expect(await hasRecentRequest(world.context, ofAccount, NOW)).toBe(false);
    const asked = { type: 'access', createdAt: Timestamp.fromMillis(NOW) };
    await world.context.clients.app().doc(`users/${uid}/privacyRequests/mine`).set(asked);
    const event = { id: 'mine', uid, requestId: 'mine', data: asked, time: NOW };
    await onPrivacyRequestCreated(world.context, event);
    const shown = await world.context.clients.app().doc(`users/${uid}/privacyRequests/mine`).get();
    expect(shown.get('status')).toBe('in_progress');
    // Proven now, it is answered by the one that is under way.
    const proven = await enterRequest(world.context, entry({ person: { uid } }));
    expect(proven.record).toMatchObject({ status: 'refused', reason: 'already_open' });
  });

  it('of an unknown uid is nobody’s', async () => {
    await expect(enterRequest(world.context, entry({ person: { uid: 'typo' } }))).rejects.toMatchObject({
      code: 'officer.unknown',
    });
    expect((await own().collection('requests').get()).size).toBe(0);
  });

  it('ends in the same state if the process died anywhere, and it is entered again', async () => {
    for (let moments = 0; moments < 12; moments++) {
      const { uid } = account();
      const letter = entry({ person: { uid } });
      const databases = [own(), world.context.clients.app()];
      await runDying(moments, databases, () => enterRequest(world.context, letter, OFFICER));
      const { key, record } = await enterRequest(world.context, letter, OFFICER);
      expect(record).toMatchObject({ status: 'in_progress', job: `export_${key}` });
      expect(await entriesOf(record.pseudonym)).toHaveLength(1);
      expect((await own().doc(`jobs/export_${key}`).get()).exists).toBe(true);
      const [shown] = (await world.context.clients.app().collection(`users/${uid}/privacyRequests`).get()).docs;
      expect(shown?.get('status')).toBe('in_progress');
    }
  });
});

describe('the letter of somebody without an account', () => {
  it('an access searches every system by the address, and answers honestly', async () => {
    const person = stranger();
    await world.customer({ email: person.email });
    await world.contact({ email: person.email });
    await world.context.clients
      .app()
      .doc('contactRequests/asked')
      .set({ email: person.email, message: 'Hello', createdAt: Timestamp.fromMillis(NOW - DAY) });
    const { key, record, findings } = await enterRequest(world.context, entry({ person }));
    expect(record).toMatchObject({ status: 'waiting', waitingFor: 'officer', answer: { ...findings } });
    expect(findings?.rows).toMatchObject({ contactRequests: 1, stripeCustomer: 1, brevoContact: 1 });
    expect(findings).toMatchObject({ refused: 0, objection: false, erased: 0 });
    expect(findings?.unsearched).toContain('zendesk');
    expect(JSON.stringify(await loadRequest(world.context, key))).not.toContain(person.email);
    // Nothing was touched.
    expect((await world.context.clients.app().doc('contactRequests/asked').get()).exists).toBe(true);
    expect(await jobs()).toEqual([]);
  });

  it('about whom there is nothing is told so, record by record', async () => {
    const { findings } = await enterRequest(world.context, entry({ person: stranger() }));
    expect(Object.values(findings?.rows ?? {}).every((count) => count === 0)).toBe(true);
    expect(Object.keys(findings?.rows ?? {})).toEqual(expect.arrayContaining(['contactRequests', 'brevoContact']));
  });

  it('a system that does not answer is no "nothing": the letter is recorded, and entering it again searches', async () => {
    const person = stranger();
    const { clients } = world.context;
    const brevo: typeof clients.brevo = () => Promise.reject(new Error('no answer'));
    await expect(
      enterRequest({ ...world.context, clients: { ...clients, brevo } }, entry({ person })),
    ).rejects.toThrow();
    const [recorded] = (await own().collection('requests').get()).docs;
    expect(recorded?.get('status')).toBe('waiting');
    expect(recorded?.get('answer')).toBeUndefined();
    expect((await enterRequest(world.context, entry({ person }))).record.answer).toBeDefined();
  });

  it('an erasure is the officer’s order: it is not held, and it answers the request', async () => {
    const person = stranger();
    const { record } = await enterRequest(world.context, entry({ person, type: 'erasure' }));
    const job = (
      await own()
        .doc(`jobs/${record.job ?? ''}`)
        .get()
    ).data();
    expect(job).toMatchObject({ kind: 'erasure', pseudonym: record.pseudonym, status: 'waiting' });
    expect(record).toMatchObject({ status: 'in_progress', subjectKey: addressKey(person.email, world.context.keys) });
  });

  it('that is doubted erases nothing, and proves no address', async () => {
    const person = stranger();
    const doubted = entry({ person, type: 'erasure', method: 'none', proven: false });
    const { record } = await enterRequest(world.context, doubted);
    expect(record).toMatchObject({ status: 'waiting' });
    expect(await jobs()).toEqual([]);
    expect(await readAddress(world.context, record.subjectKey ?? '')).toMatchObject({ verifiedEmails: [] });
    const proven = await enterRequest(world.context, { ...doubted, method: 'mailbox', proven: true });
    expect(proven.record).toMatchObject({ status: 'in_progress' });
    expect(await readAddress(world.context, record.subjectKey ?? '')).toMatchObject({ verifiedEmails: [person.email] });
  });

  it('the address of an account that has verified it is that account’s', async () => {
    const { uid } = account();
    const { record } = await enterRequest(world.context, entry({ person: { email: `${uid}@example.com` } }));
    expect(record).toMatchObject({ status: 'in_progress' });
    expect(record.subjectKey).toBeUndefined();
  });

  it('the address is kept until the request is answered, and forgotten in the night after', async () => {
    const person = stranger();
    const { key, record } = await enterRequest(world.context, entry({ person, type: 'rectification' }));
    const other = await enterRequest(world.context, entry({ person: stranger(), type: 'erasure' }));
    expect(await forgetAnswered(world.context)).toBe(0);
    await finishRequest(world.context, { key, uid: '', requestId: '' }, { status: 'completed' });
    expect(await forgetAnswered(world.context)).toBe(1);
    expect(await readAddress(world.context, record.subjectKey ?? '')).toBeNull();
    // An erasure that runs needs its address, answered or not.
    await finishRequest(world.context, { key: other.key, uid: '', requestId: '' }, { status: 'completed' });
    expect(await forgetAnswered(world.context)).toBe(0);
    await changeJob(world.context, other.record.job ?? '', (job) => cancel(job, NOW));
    expect(await forgetAnswered(world.context)).toBe(1);
  });
});

it.each([
  ['of an account', account],
  ['of somebody without one', stranger],
])('a proof keeps the clock that an officer has stopped on their doubt (Art. 12(6)), %s', async (_, person) => {
  const doubted = entry({ person: person(), type: 'rectification', method: 'none', proven: false });
  const { key, record: before } = await enterRequest(world.context, doubted);
  const requestId = key.slice(before.pseudonym.length + 1);
  const uid = doubted.person !== undefined && 'uid' in doubted.person ? doubted.person.uid : '';
  const found = { ref: { key, uid, requestId }, record: before };
  await pauseRequest(world.context, found, { from: NOW - 4 * DAY, reason: 'identity', officer: OFFICER });
  await resumeRequest(world.context, found, { at: NOW - DAY, officer: OFFICER });
  const { record } = await enterRequest(world.context, { ...doubted, method: 'callBack', proven: true });
  expect(record).toMatchObject({ status: 'waiting', entered: { identity: { result: 'proven' } } });
  expect(record.dueAt.toMillis()).toBe(before.dueAt.toMillis() + 3 * DAY);
  expect(record.pauses).toMatchObject([{ reason: 'identity', until: Timestamp.fromMillis(NOW - DAY) }]);
});
