import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { getStorage } from 'firebase-admin/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addPeriod } from '../../../functions/src/policy/calendar.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { DAILY } from '../../../functions/src/rights/budget.ts';
import { call } from './callable.ts';
import { writeSealed } from '../../kit/sealed/seal.ts';
import {
  auth,
  calm,
  chainWith,
  chaos,
  db,
  eventually,
  freshUid,
  own,
  pseudonym,
  quiet,
  rejectedFor,
  keys,
  requestKeyOf,
} from '../../kit/suite.ts';

const request = (uid: string) => db.doc(`users/${uid}/privacyRequests/r1`);
const at = (uid: string, id: string) => db.doc(`users/${uid}/privacyRequests/${id}`);
const write = (uid: string, id: string, type: string) =>
  at(uid, id).create({ type, createdAt: FieldValue.serverTimestamp() });
const answered = (uid: string, ids: readonly string[]) =>
  eventually(
    () => Promise.all(ids.map((id) => at(uid, id).get())),
    (all) => all.every((d) => d.get('status') !== undefined),
  );
const recorded = async (uid: string) =>
  (await own.collection('requests').where('pseudonym', '==', pseudonym(uid)).get()).docs.map((d) => d.data());
const jobs = async (uid: string) =>
  (await own.collection('jobs').where('pseudonym', '==', pseudonym(uid)).get()).docs.map((d) => d.id);

describe.concurrent('rights requests', () => {
  it.each(['rectification', 'restriction', 'objection'])(
    '%s: recorded for an officer, due in a calendar month, told to the person',
    async (type) => {
      const uid = freshUid();
      await request(uid).create({ type, createdAt: FieldValue.serverTimestamp() });
      const shown = await eventually(
        () => request(uid).get(),
        (d) => d.get('status') !== undefined,
      );
      expect(shown.get('status')).toBe('waiting');
      const due = addPeriod(
        (shown.get('createdAt') as FirebaseFirestore.Timestamp).toMillis(),
        amikeo.rights.answerWithin.period,
        amikeo.controller.timeZone,
      );
      expect((shown.get('dueAt') as FirebaseFirestore.Timestamp).toMillis()).toBe(due);
      expect((await own.doc(`requests/${requestKeyOf(uid)}`).get()).data()).toMatchObject({
        type,
        status: 'waiting',
        waitingFor: 'officer',
      });
      const { entries } = await chainWith(pseudonym(uid), 1);
      expect(entries.map((e) => e.state)).toEqual([`${type}.requested`]);
    },
  );

  it('one that is none is kept in rejectedEvents, without its values', async () => {
    const uid = freshUid();
    await request(uid).create({ type: 'ada@example.com', createdAt: FieldValue.serverTimestamp() });
    const [rejected] = await eventually(
      () => rejectedFor(pseudonym(uid)),
      (all) => all.length > 0,
    );
    expect(rejected).toMatchObject({
      path: `users/${pseudonym(uid)}/privacyRequests/{id}`,
      issues: [{ code: 'invalid_value', field: 'type' }],
    });
    expect(JSON.stringify(rejected)).not.toMatch(/ada@|example/);
    expect((await own.doc(`requests/${requestKeyOf(uid)}`).get()).exists).toBe(false);
  });

  it('the backend’s own update of the document starts nothing', async () => {
    const uid = freshUid();
    await request(uid).create({ type: 'objection', createdAt: FieldValue.serverTimestamp() });
    await eventually(
      () => request(uid).get(),
      (d) => d.get('status') === 'waiting',
    );
    await request(uid).update({ cancelled: true });
    await eventually(
      () => request(uid).get(),
      (d) => d.get('status') === 'cancelled',
    );
    await quiet();
    const { entries } = await chainWith(pseudonym(uid), 2);
    expect(entries.map((e) => e.state)).toEqual(['objection.requested', 'objection.cancelled']);
  });
});

describe.concurrent('Art. 12(5): repetitive requests', () => {
  it('a second export while one is open is refused, and the person sees why', async () => {
    const uid = freshUid();
    await auth.createUser({ uid, email: `${uid}@example.com`, emailVerified: true });
    // An access stays open until an officer has added the data of recipients without an interface.
    await write(uid, 'Ada.Lovelace', 'access');
    await answered(uid, ['Ada.Lovelace']);
    await write(uid, 'r2', 'access');
    const [refused] = await answered(uid, ['r2']);
    expect(refused?.data()).toMatchObject({ type: 'access', status: 'refused', reason: 'already_open' });
    const { entries } = await chainWith(pseudonym(uid), 2);
    expect(entries.map((e) => e.state)).toEqual(['access.requested', 'access.refused']);
    const [job, ...others] = await jobs(uid);
    expect(others).toEqual([]);
    expect(job).toBe(`export_${requestKeyOf(uid, 'Ada.Lovelace')}`);

    // Taken back, it is not open any more.
    await at(uid, 'Ada.Lovelace').update({ cancelled: true });
    await eventually(
      () => at(uid, 'Ada.Lovelace').get(),
      (d) => d.get('status') === 'cancelled',
    );
    await write(uid, 'r3', 'access');
    const [third] = await answered(uid, ['r3']);
    expect(third?.get('reason')).toBeUndefined();
    expect(third?.get('status')).not.toBe('refused');
  });

  it.each(['access', 'restriction', 'erasure'])(
    '%s, asked for and taken back again and again: the next one is kept, costs no entry, and begins by itself',
    async (type) => {
      const uid = freshUid();
      await auth.createUser({ uid, email: `${uid}@example.com`, emailVerified: true });
      const cancelled = (id: string) =>
        eventually(
          () => at(uid, id).get(),
          (d) => d.get('status') === 'cancelled',
        );
      for (let n = 0; n < DAILY.begun; n++) {
        await write(uid, `r${n}`, type);
        await answered(uid, [`r${n}`]);
        await at(uid, `r${n}`).update({ cancelled: true });
        await cancelled(`r${n}`);
      }
      for (const id of ['more', 'real']) {
        await write(uid, id, type);
        const [shown] = await answered(uid, [id]);
        expect(shown?.get('status')).toBe('queued');
        const hours = ((shown?.get('retryAt') as FirebaseFirestore.Timestamp).toMillis() - Date.now()) / 3_600_000;
        expect(hours).toBeGreaterThan(23.5);
        expect(hours).toBeLessThanOrEqual(24);
        if (id === 'real') continue;
        await at(uid, id).update({ cancelled: true });
        await cancelled(id);
      }
      await quiet();
      const { entries } = await chainWith(pseudonym(uid), 2 * DAILY.begun);
      expect(entries.map((e) => e.state)).not.toContain(undefined);
      expect(entries.filter((e) => e.kind === 'request')).toHaveLength(2 * DAILY.begun);

      // The day is over.
      const now = Timestamp.now();
      await writeSealed(own.doc(`requests/${requestKeyOf(uid, 'real')}`), { retryAt: now }, keys);
      await writeSealed(own.doc(`jobs/queue_${type}_${pseudonym(uid)}`), { wakeAt: now }, keys);
      const begun = await eventually(
        () => at(uid, 'real').get(),
        (d) => d.get('status') !== 'queued',
      );
      expect(begun.get('retryAt')).toBeUndefined();
      // A queued request that is taken back leaves no record; its person still reads that it ended.
      expect((await own.doc(`requests/${requestKeyOf(uid, 'more')}`).get()).exists).toBe(false);
      expect((await at(uid, 'more').get()).get('status')).toBe('cancelled');
      const after = await chainWith(pseudonym(uid), entries.length + 1);
      expect(after.entries.filter((e) => e.state === `${type}.requested`)).toHaveLength(DAILY.begun + 1);
    },
  );
});

/** Chaos is for everybody: the tests that want it are here, and no others beside them. */
describe('while each event comes twice, and late', () => {
  const bucket = getStorage().bucket(
    process.env['EXPORT_BUCKET'] ?? `${process.env['GCLOUD_PROJECT'] ?? ''}.appspot.com`,
  );
  beforeAll(() => chaos({ duplicate: 1, delayMs: 100, hold: false }));
  afterAll(() => chaos(calm));

  it.concurrent(
    'a flood, written at once and delivered twice: little is recorded, one document says so, and a restriction is heard',
    async () => {
      const uid = freshUid();
      const type = 'access';
      await auth.createUser({ uid, email: `${uid}@example.com`, emailVerified: true });
      const flood = Array.from({ length: DAILY.recorded + 15 }, (_, n) => `r${n}`);
      const batch = db.batch();
      for (const id of flood) batch.create(at(uid, id), { type, createdAt: FieldValue.serverTimestamp() });
      await batch.commit();
      await write(uid, 'restrict', 'restriction');
      await eventually(
        () => recorded(uid),
        (all) => all.length === DAILY.recorded + 1,
      );
      await quiet();
      const all = await recorded(uid);
      expect(all).toHaveLength(DAILY.recorded + 1);
      const reasons = all.filter((r) => r['type'] === type).map((r) => String(r['reason'] ?? 'none'));
      expect(reasons.sort()).toEqual([...Array<string>(DAILY.recorded - 1).fill('already_open'), 'none']);
      expect((await jobs(uid)).filter((id) => id.startsWith('export_'))).toHaveLength(1);
      const { entries } = await chainWith(pseudonym(uid), DAILY.recorded + 1);
      expect(entries).toHaveLength(DAILY.recorded + 1);
      expect(await rejectedFor(pseudonym(uid))).toMatchObject([{ issues: [{ code: 'over_budget', field: 'type' }] }]);
      const statuses = (await Promise.all(flood.map((id) => at(uid, id).get()))).map((d) => d.get('status') as unknown);
      expect(statuses.filter((status) => status === undefined)).toHaveLength(15);
      const [restriction] = await answered(uid, ['restrict']);
      expect(restriction?.get('status')).toBe('waiting');
    },
  );

  // A portability is completed; an access waits for an officer.
  it.concurrent.each(['portability', 'access'])(
    'an export that was answered and is taken back, %s: the archive goes, no link is given out any more',
    async (type) => {
      const uid = freshUid();
      await auth.createUser({ uid, email: `${uid}@example.com`, emailVerified: true });
      await request(uid).create({ type, createdAt: FieldValue.serverTimestamp() });
      const answer = type === 'access' ? 'waiting' : 'completed';
      await eventually(
        () => request(uid).get(),
        (d) => d.get('status') === answer,
        120_000,
      );
      const objects = async () => (await bucket.getFiles({ prefix: `exports/${uid}/r1/` }))[0].length;
      expect(await objects()).toBe(1);
      await request(uid).update({ cancelled: true });
      await eventually(objects, (left) => left === 0, 120_000);
      await quiet();
      const shown = await eventually(
        () => request(uid).get(),
        (d) => d.get('status') !== 'waiting',
      );
      if (type === 'access') expect(shown.get('status')).toBe('cancelled');
      else expect(shown.data()).toMatchObject({ status: 'completed', withdrawnAt: expect.any(Timestamp) });
      expect(await call('exportLink', { requestId: 'r1' }, uid)).toMatchObject({ error: { status: 'NOT_FOUND' } });
      const { entries } = await chainWith(pseudonym(uid), 2);
      expect(entries.filter((e) => e.kind === 'request').map((e) => e.state)).toEqual([
        `${type}.requested`,
        type === 'access' ? 'access.cancelled' : 'portability.withdrawn',
      ]);
      expect(await objects()).toBe(0);
    },
  );
});
