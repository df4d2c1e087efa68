import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { answer } from '../../kit/consents.ts';
import { endWait } from '../../kit/jobs.ts';
import { person } from '../../kit/person.ts';
import { messagesTo } from '../../kit/providers.ts';
import { chainOf, compliance, db, eventually, own, pseudonym, requestKeyOf } from '../../kit/suite.ts';

/** Art. 21(1) from the objection in the app to its one outcome, by the officer's commands. */

const documentOf = (uid: string, id = 'r1') => db.doc(`users/${uid}/privacyRequests/${id}`);
const objects = (uid: string, details: object, id = 'r1') =>
  documentOf(uid, id).create({ type: 'objection', createdAt: FieldValue.serverTimestamp(), details });
/** The state that the app reads, once it says so. */
const stateOf = (uid: string, isSo: (state: Record<string, unknown>) => boolean) =>
  eventually(async () => (await db.doc(`users/${uid}/privacy/state`).get()).data() ?? {}, isSo);
const isPaused =
  (...purposes: string[]) =>
  ({ restricted }: Record<string, unknown>): boolean =>
    JSON.stringify((restricted as { purposes: string[] } | undefined)?.purposes ?? []) === JSON.stringify(purposes);
const closed = (uid: string, status: string) =>
  eventually(
    () => documentOf(uid).get(),
    (shown) => shown.get('status') === status,
  );
/** The job that ends a person's pause, once it waits for its day. */
async function liftOf(uid: string): Promise<string> {
  const lifts = async () => {
    const found = await own.collection('jobs').where('pseudonym', '==', pseudonym(uid)).get();
    return found.docs.filter(({ id }) => id.startsWith('restriction_lift_'));
  };
  const [job] = await eventually(lifts, ([one]) => (one?.get('steps.lift.state') as unknown) === 'waiting');
  return job?.id ?? '';
}

describe.concurrent('an objection to a purpose (Art. 21(1))', () => {
  it('is paused, upheld by an officer, ended for good with its data, and answered', async () => {
    const row = { createdAt: Timestamp.now() };
    const { uid, email } = await person({ documents: ({ uid: of }) => ({ [`users/${of}/usageEvents/e`]: row }) });
    const consent = db.doc(`users/${uid}/consents/analytics`);
    await consent.set(answer(true));
    await stateOf(uid, ({ purposes }) => purposes !== undefined);
    await objects(uid, { purpose: 'analytics', text: 'I do not want to be counted.' });
    await stateOf(uid, isPaused('analytics'));
    const request = requestKeyOf(uid);
    const shown = await compliance('request', 'show', request);
    expect(shown.out).toMatchObject({
      ...{ about: { purpose: 'analytics', legalBasis: 'consent' }, restriction: { ground: 'objection' } },
      request: { status: 'waiting' },
    });
    // A letter that nothing has been done for is not sent, and a look decides nothing.
    const early = await compliance('request', 'answer', request, '--send');
    expect([early.code, early.out]).toMatchObject([1, { ok: false, because: 'notUpheld' }]);
    const look = await compliance('request', 'uphold', request);
    expect([look.code, look.out]).toMatchObject([0, { ok: true, purposes: ['analytics'], sent: false }]);
    expect((await documentOf(uid).get()).get('status')).toBe('waiting');

    const upheld = await compliance('request', 'uphold', request, '--send');
    expect([upheld.code, upheld.out]).toMatchObject([0, { ok: true, sent: true }]);
    // The officers' tasks of the suite are over after a second.
    const answered = await closed(uid, 'completed');
    expect(answered.get('reply')).toMatchObject({
      kind: 'answered',
      text: expect.stringContaining("Mesure d'audience"),
    });
    const state = await stateOf(uid, isPaused());
    expect(state).toMatchObject({ objections: ['analytics'], purposes: { analytics: { state: 'objected' } } });
    expect((await consent.get()).get('granted')).toBe(false);
    // The data end; until then they were only kept.
    const jobs = own.collection('jobs').where('pseudonym', '==', pseudonym(uid)).where('kind', '==', 'change');
    await eventually(
      async () => {
        for (const { id } of (await jobs.get()).docs) await endWait(id, 'end_firestore');
        return (await db.doc(`users/${uid}/usageEvents/e`).get()).exists;
      },
      (is) => !is,
    );
    // Their tasks are over, so that a last answer names the companies that did not answer.
    await eventually(
      () => messagesTo(email),
      (sent) => sent.length === 2,
    );
    const { entries } = await chainOf(pseudonym(uid));
    const told = entries.filter(({ kind }) => kind === 'request' || kind === 'statement');
    const words = told.map(({ state: word, actor }) => `${word} ${actor}`);
    expect(words.slice(0, 4)).toEqual([
      'objection.requested subject',
      'set backend',
      'objection.upheld officer',
      'objection.answered backend',
    ]);
    // The pause ends after the first answer, before the last one or after it.
    expect(words.slice(4).sort()).toEqual(['ended backend', 'objection.answered backend']);
    expect((await compliance('ledger', 'verify', '--uid', uid)).code).toBe(0);
  });

  it('is refused with a reason of the law, in one letter that says when the pause ends', async () => {
    const { uid, email } = await person();
    await objects(uid, { purpose: 'monitoring' });
    await stateOf(uid, isPaused('monitoring'));
    const request = requestKeyOf(uid);
    const words = ['--words', 'Sans cela, nous ne voyons aucune panne.'];
    // The job of the pause can still be at work.
    const wrong = await eventually(
      () => compliance('request', 'refuse', request, '--because', 'lawKeeps', ...words, '--send'),
      ({ out }) => (out as { because?: string }).because !== 'working',
    );
    expect([wrong.code, wrong.out]).toMatchObject([1, { ok: false, because: 'reason' }]);
    const refused = await compliance('request', 'refuse', request, '--because', 'compellingGround', ...words, '--send');
    expect([refused.code, refused.out]).toMatchObject([0, { ok: true, sent: true }]);
    const { text } = (await closed(uid, 'refused')).get('reply') as { text: string };
    expect(text).toMatch(/Repérer les pannes[^]*À partir du[^]*aucune panne[^]*autorité/);
    const lift = await liftOf(uid);
    await stateOf(uid, isPaused('monitoring'));
    const now = Date.now();
    await endWait(lift, 'lift', { tellAt: now, liftsAt: now });
    await stateOf(uid, isPaused());
    expect((await documentOf(uid).get()).get('reply')).toMatchObject({ kind: 'refused', text });
    expect(await messagesTo(email)).toHaveLength(1);
    expect((await compliance('ledger', 'verify', '--uid', uid)).code).toBe(0);
  });

  it('by letter is paused once it is proven who wrote it, and its pause ends with a taking back', async () => {
    const { uid, email } = await person();
    const today = new Date().toISOString().slice(0, 10);
    const letter = ['--type', 'objection', '--channel', 'letter', '--received', today, '--uid', uid];
    const identity = ['--power', 'self', '--identity', 'papers'];
    const detail = ['--detail', 'purpose=activityData'];
    const doubted = await compliance('request', 'enter', ...letter, ...identity, ...detail);
    expect([doubted.code, doubted.out]).toMatchObject([0, { status: 'waiting' }]);
    const found = await own.collection('restrictions').doc(uid).get();
    expect(found.exists).toBe(false);
    const proven = await compliance('request', 'enter', ...letter, ...identity, '--proven');
    expect(proven.code).toBe(0);
    await stateOf(uid, isPaused('activityData'));
    const [mine] = (await db.collection(`users/${uid}/privacyRequests`).get()).docs;
    await mine?.ref.update({ cancelled: true });
    const lift = await liftOf(uid);
    const ended = await eventually(
      async () => (await mine?.ref.get())?.data(),
      (data) => data?.['status'] === 'cancelled' && data['reply'] !== undefined,
    );
    expect(ended?.['reply']).toMatchObject({ kind: 'lifting' });
    const now = Date.now();
    await endWait(lift, 'lift', { tellAt: now, liftsAt: now });
    await stateOf(uid, isPaused());
    expect(await messagesTo(email)).toHaveLength(1);
  });
});
