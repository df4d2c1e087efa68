/**
 * The e-mail of a morning, from the nightly schedule to the local Brevo: in a suite of its own,
 * whose officers have an address.
 */
import { FieldValue } from 'firebase-admin/firestore';
import { expect, it } from 'vitest';
import { HOUR_MS } from '../../functions/src/platform/time.ts';
import { useSuiteWith } from '../kit/foreign.ts';

const OFFICERS = 'officers@amikeo.example';
const suite = useSuiteWith('amikeo', { OFFICER_EMAIL: OFFICERS });

it('is sent once, however often the night fires, with numbers and nothing of anybody', async () => {
  const { db, eventually, fireRetention, messagesTo, own, person } = suite();
  const { uid, email, chain } = await person({ account: { displayName: 'Ada Lovelace' } });
  const createdAt = FieldValue.serverTimestamp();
  const request = db.doc(`users/${uid}/privacyRequests/byron`);
  await request.create({ type: 'rectification', createdAt, details: { text: 'Lovelace, not Byron' } });
  await db.doc('contactRequests/byron').create({ email, firstName: 'Ada', lastName: 'L', message: 'Hello', createdAt });
  await eventually(
    () => request.get(),
    (shown) => shown.get('status') === 'waiting',
  );

  // The night began four hours ago: its morning has come.
  const night = new Date(Date.now() - 4 * HOUR_MS);
  const fired = await Promise.all([fireRetention(night), fireRetention(night)]);
  expect(fired.map(({ ok }) => ok)).toEqual([true, true]);
  const job = own.doc(`jobs/morning_${night.toISOString().slice(0, 10)}`);
  const isOver = (read: { get(field: string): unknown }): boolean => read.get('status') === 'completed';
  const done = await eventually(() => job.get(), isOver);
  expect((await fireRetention(night)).ok).toBe(true);
  expect((await job.get()).updateTime).toEqual(done.updateTime);

  const told = await messagesTo(OFFICERS);
  expect(told).toHaveLength(1);
  expect(told[0]?.textContent).toContain('Waiting for an answer from you: 1.');
  expect(told[0]?.textContent).toContain('New messages from the contact form since yesterday: 1.');
  const all = JSON.stringify(told).toLowerCase();
  const names = [uid, email, chain, 'ada', 'lovelace', 'byron', 'rectification'];
  expect(names.filter((name) => all.includes(name.toLowerCase()))).toEqual([]);
});
