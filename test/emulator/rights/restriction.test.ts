import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { answer } from '../../kit/consents.ts';
import { endWait } from '../../kit/jobs.ts';
import { person } from '../../kit/person.ts';
import { contactOf, messagesTo } from '../../kit/providers.ts';
import { chainOf, compliance, db, eventually, own, pseudonym, requestKeyOf } from '../../kit/suite.ts';

/** Art. 18 from the request in the app to the end of the restriction, by the officer's commands. */

const exists = async (path: string): Promise<boolean> => (await db.doc(path).get()).exists;
const jobsOf = async (uid: string, prefix: string) => {
  const found = await own.collection('jobs').where('pseudonym', '==', pseudonym(uid)).get();
  return found.docs.filter(({ id }) => id.startsWith(prefix));
};

describe.concurrent('a restriction of processing (Art. 18)', () => {
  it('stops its purposes and no others, tells the recipients, and ends once the person was told', async () => {
    const row = { createdAt: Timestamp.now() };
    const { uid, email } = await person({
      documents: ({ uid: of }) => ({ [`users/${of}/usageEvents/e`]: row }),
    });
    const usage = `users/${uid}/usageEvents/e`;
    const say = (purpose: string, granted: boolean) => db.doc(`users/${uid}/consents/${purpose}`).set(answer(granted));
    for (const purpose of ['messages', 'userDatabase', 'analytics']) await say(purpose, true);
    await eventually(
      () => contactOf(email),
      (contact) => contact?.emailBlacklisted === false,
    );

    // The app asks, with its ground and its scope.
    const details = { ground: 'accuracy', purposes: ['messages', 'analytics', 'support'] };
    const document = db.doc(`users/${uid}/privacyRequests/r1`);
    await document.create({ type: 'restriction', createdAt: FieldValue.serverTimestamp(), details });
    const request = requestKeyOf(uid);
    await eventually(
      () => document.get(),
      (shown) => shown.get('status') === 'waiting',
    );
    const early = await compliance('request', 'answer', request);
    expect([early.code, early.out]).toMatchObject([1, { ok: false, because: 'notCarriedOut' }]);

    const set = await compliance('restriction', 'set', '--request', request);
    expect([set.code, set.out]).toMatchObject([0, { changed: true, purposes: ['messages', 'analytics', 'support'] }]);
    // Nobody writes to them, and they stay in the address book, to which they said yes.
    await eventually(
      () => contactOf(email),
      (contact) => contact?.emailBlacklisted === true && contact.listIds.length === 0,
    );
    const [told] = await eventually(
      () => jobsOf(uid, 'restriction_begun_'),
      ([job]) => (job?.get('steps.recipients.state') as unknown) === 'done',
    );
    const tasks = await own.collection('officerTasks').where('job', '==', told?.id).get();
    const asked = tasks.docs.map((task) => task.get('for.recipient') as string).sort();
    expect(asked).toContain('zendesk');
    expect(asked).not.toContain('salesforce');

    // A yes that is taken back meanwhile ends no row: it is stored, and nothing else.
    await say('analytics', false);
    const [change] = await eventually(
      () => jobsOf(uid, 'change_'),
      (all) => all.some((job) => (job.get('steps.end_firestore.state') as unknown) === 'waiting'),
    ).then((all) => all.filter((job) => job.get('steps.end_firestore') !== undefined));
    expect(await exists(usage)).toBe(true);

    expect((await compliance('request', 'answer', request, '--send')).code).toBe(0);
    const answered = await eventually(
      () => document.get(),
      (shown) => shown.get('status') === 'completed',
    );
    expect(answered.get('reply.kind')).toBe('answered');

    // Its end is announced, and does not come before the person was told.
    const lift = await compliance('restriction', 'lift', '--request', request, '--send');
    expect([lift.code, lift.out]).toMatchObject([0, { ok: true, sent: true, app: true }]);
    const [lifting] = await eventually(
      () => jobsOf(uid, 'restriction_lift_'),
      ([job]) => (job?.get('steps.lift.state') as unknown) === 'waiting',
    );
    expect((await document.get()).get('reply.kind')).toBe('lifting');
    expect(await messagesTo(email)).toHaveLength(2);
    const shown = await compliance('restriction', 'show', '--request', request);
    expect(shown.out).toMatchObject([{ uid, ground: 'accuracy', isSealed: true }]);
    const now = Date.now();
    await endWait(lifting?.id ?? '', 'lift', { tellAt: now, liftsAt: now });
    await eventually(
      () => contactOf(email),
      (contact) => contact?.emailBlacklisted === false && contact.listIds.length === 1,
    );
    expect((await compliance('restriction', 'show', '--request', request)).code).toBe(1);
    // The withdrawal goes on where it had waited.
    await endWait(change?.id ?? '', 'end_firestore');
    await eventually(
      () => exists(usage),
      (is) => !is,
    );
    const { entries } = await chainOf(pseudonym(uid));
    const statements = entries.filter(({ kind }) => kind === 'statement');
    expect(statements.map(({ state, actor }) => [state, actor])).toEqual([
      ['set', 'officer'],
      ['set', 'officer'],
      ['ended', 'backend'],
    ]);
    expect(statements.at(-1)?.statement?.toldAt).toBeGreaterThan(0);
    const verified = await compliance('ledger', 'verify', '--uid', uid);
    expect(verified.code).toBe(0);
  });

  it('is refused with a reason: an unknown purpose, an unknown person, a day too soon', async () => {
    const { uid } = await person();
    const ground = ['--ground', 'claims'];
    const unknown = await compliance('restriction', 'set', '--uid', uid, ...ground, '--purpose', 'nothing');
    expect([unknown.code, unknown.said]).toEqual([2, expect.stringContaining('no such purpose')]);
    expect((await compliance('restriction', 'set', '--uid', `${uid}x`, ...ground, '--all')).code).toBe(1);
    // The head of a new account is being written: the database can answer that it gives up (3).
    const set = await eventually(
      () => compliance('restriction', 'set', '--uid', uid, ...ground, '--all'),
      ({ code }) => code !== 3,
    );
    expect(set.code).toBe(0);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const soon = await compliance('restriction', 'lift', '--uid', uid, '--from', tomorrow);
    expect([soon.code, soon.out]).toMatchObject([1, { ok: false, because: 'tooSoon' }]);
    const { out } = await compliance('restriction', 'list');
    expect((out as { uid: string }[]).filter((one) => one.uid === uid)).toHaveLength(1);
  });
});
