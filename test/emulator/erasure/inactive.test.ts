import { Timestamp } from 'firebase-admin/firestore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releaseErasures } from '../../../functions/src/erasure/officer.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { loadJob } from '../../../functions/src/jobs/store.ts';
import { beginErasure } from '../../../functions/src/ledger/erasure.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { startInactive } from '../../../functions/src/retention/inactivity/plan.ts';
import { runners } from '../../../functions/src/runners.ts';
import { putHead } from '../../kit/sealed/ledger.ts';
import { messagesTo } from '../../kit/providers.ts';
import { chain, DAY, openNight, type Night } from '../retention/nightly.ts';
import { auth, freshUid } from '../../kit/suite.ts';
import { state } from '../../kit/sealed/statements.ts';

/** Accounts that nobody uses, with the suite's Auth and databases of their own. */

let night: Night;
let context: Context;
const tasks: string[] = [];
const uids: string[] = [];
beforeAll(() => {
  night = openNight('inactive');
  context = { ...night.context, queue: { enqueue: async (_, job) => void tasks.push(job) } };
});
afterAll(async () => {
  await auth.deleteUsers(uids);
  await night.end();
});

const utc = (at: number): string => new Date(at).toUTCString();
interface Person {
  readonly uid: string;
  readonly email: string;
}
async function person(usedDaysAgo: number, emailVerified = true): Promise<Person> {
  const uid = freshUid();
  uids.push(uid);
  const email = `${uid.toLowerCase()}@example.com`;
  const at = night.now() - usedDaysAgo * DAY;
  const metadata = { creationTime: utc(at - 10 * DAY), lastSignInTime: utc(at) };
  await auth.importUsers([{ uid, email, emailVerified, metadata }]);
  await night.app.doc(`users/${uid}`).set({ locale: 'fr' });
  return { uid, email };
}

async function nightly(through: Context = context): Promise<void> {
  // Each night has a schedule of its own.
  night.pass(60_000);
  await startInactive(through, night.now());
  while (tasks.length > 0)
    for (const job of tasks.splice(0)) if (job.startsWith('inactive_')) await runJob(through, runners, job);
}
const known = async ({ uid }: Person): Promise<Record<string, unknown> | undefined> =>
  (await night.own.doc(`inactivities/${uid}`).get()).data();
const erasures = async ({ uid }: Person): Promise<Record<string, unknown>[]> => {
  const found = await night.own.collection('jobs').where('pseudonym', '==', chain(night, uid)).get();
  return found.docs.filter(({ id }) => id.startsWith('erasure_')).map((doc) => doc.data());
};
const erasureOf = async ({ uid }: Person): Promise<string> => {
  const found = await night.own.collection('jobs').where('pseudonym', '==', chain(night, uid)).get();
  return found.docs.find(({ id }) => id.startsWith('erasure_'))?.id ?? 'none';
};

describe('an account that nobody uses', () => {
  it('does not end by a note that somebody wrote without the key: it is noted anew, with its whole notice', async () => {
    const unused = await person(800);
    const ref = night.own.doc(`inactivities/${unused.uid}`);
    await nightly();
    expect(await known(unused)).toMatchObject({ told: 'sent' });
    const past = Timestamp.fromMillis(night.now() - DAY);
    await ref.update({ eraseAt: past });
    await nightly();
    expect(await erasures(unused)).toEqual([]);
    night.pass(DAY);
    await nightly();
    expect(await erasures(unused)).toEqual([]);
    const eraseAt = (await ref.get()).get('eraseAt') as Timestamp;
    expect(eraseAt.toMillis()).toBeGreaterThan(night.now() + 28 * DAY);
    await auth.deleteUser(unused.uid);
  });

  it('is announced, and ends after the notice; used again by any sign, held, or used all along, it stays', async () => {
    const [unused, silent, back, held] = [
      await person(800),
      await person(800, false),
      await person(800),
      await person(800),
    ];
    const [used, active] = [await person(300), await person(800)];
    await night.app
      .doc(`users/${active.uid}/activity/1`)
      .set({ createdAt: Timestamp.fromMillis(night.now() - 9 * DAY) });
    // A time in the future is no sign of life.
    await night.app
      .doc(`users/${unused.uid}/sessions/1`)
      .set({ createdAt: Timestamp.fromMillis(night.now() + 99 * DAY) });
    await state({ own: night.own, keys: night.context.keys }, `restrictions/${held.uid}`, {
      createdAt: Timestamp.fromMillis(night.now()),
    });

    await nightly();
    expect(await known(unused)).toMatchObject({ told: 'sent' });
    expect(await known(silent)).toMatchObject({ told: 'undeliverable' });
    expect([await known(held), await known(used), await known(active)]).toEqual([undefined, undefined, undefined]);
    expect(await messagesTo(unused.email)).toMatchObject([
      { subject: expect.stringContaining('voulez-vous garder') as string },
    ]);
    expect(await messagesTo(silent.email)).toEqual([]);

    night.pass(29 * DAY);
    await nightly();
    expect([await erasures(unused), await erasures(silent)]).toEqual([[], []]);
    expect(await messagesTo(unused.email)).toHaveLength(1);
    await night.app.doc(`users/${back.uid}/usageEvents/1`).set({ createdAt: Timestamp.fromMillis(night.now()) });

    night.pass(2 * DAY);
    await nightly();
    expect(await known(back)).toBeUndefined();
    expect(await erasures(back)).toEqual([]);
    for (const one of [unused, silent])
      expect(await erasures(one)).toMatchObject([
        { kind: 'erasure', input: { startedBy: 'inactivity', breaker: 'established' } },
      ]);
    for (const one of [held, used, active]) expect(await erasures(one)).toEqual([]);
    // The same night again, and the next one, start nothing twice.
    night.pass(DAY);
    await nightly();
    expect(await erasures(unused)).toHaveLength(1);
  });

  it('of a backend that can tell nobody ends never; once it can, everybody is told first', async () => {
    const one = await person(900);
    const silent = { ...context, config: { ...context.config, brevoSender: undefined } };
    for (let nights = 0; nights < 3; nights++) {
      await nightly(silent);
      night.pass(40 * DAY);
    }
    expect(await known(one)).not.toHaveProperty('told');
    expect(await erasures(one)).toEqual([]);
    await nightly();
    expect(await known(one)).toMatchObject({ told: 'sent' });
    expect(await erasures(one)).toEqual([]);
  });

  it('with a person who comes back while the circuit breaker holds the erasure keeps everything', async () => {
    const [back, gone, begun] = [await person(800), await person(800), await person(800)];
    await nightly();
    night.pass(31 * DAY);
    await nightly();
    const braked = { ...context, config: { ...context.config, erasureHoldAbove: 0 } };
    for (const one of [back, gone, begun]) {
      await runJob(braked, runners, await erasureOf(one));
      expect(await erasures(one)).toMatchObject([{ status: 'held' }]);
    }
    // The process died after the first write of an erasure: it goes on, even if the person comes
    // back now.
    const job = await loadJob(context, await erasureOf(begun));
    if (job === null) throw new Error('no erasure');
    const accountCreatedAt = Number(job.input['accountCreatedAt']);
    const run = { job: job.id, createdAt: job.createdAt };
    await beginErasure(context, chain(night, begun.uid), run, { at: night.now(), accountCreatedAt });
    for (const { uid } of [back, begun])
      await night.app.doc(`users/${uid}/usageEvents/1`).set({ createdAt: Timestamp.fromMillis(night.now()) });
    night.pass(DAY);
    for (const one of [back, gone, begun]) {
      const job = await erasureOf(one);
      expect(await releaseErasures(context, [job])).toEqual([job]);
      await runJob(context, runners, job);
    }
    expect(await erasures(back)).toMatchObject([{ status: 'cancelled' }]);
    const head = async ({ uid }: Person) => (await night.own.doc(`ledger/${chain(night, uid)}`).get()).data();
    expect(await head(back)).not.toHaveProperty('erasing');
    expect((await auth.getUser(back.uid)).disabled).toBe(false);
    for (const one of [gone, begun]) expect(await head(one)).toHaveProperty('erasing');
    expect(await erasures(gone)).toMatchObject([{ steps: { begin: { state: 'done' } } }]);
  });

  it('of a person who has the uid after an erasure is found like any other', async () => {
    const one = await person(900);
    const erased = { at: night.now() - 950 * DAY, accountCreatedAt: 1_500_000_000 };
    await putHead(context, chain(night, one.uid), { closed: erased });
    const account = await auth.getUser(one.uid);
    const itself = await person(900);
    const createdAt = Math.floor(Date.parse((await auth.getUser(itself.uid)).metadata.creationTime) / 1000);
    await putHead(context, chain(night, itself.uid), { closed: { ...erased, accountCreatedAt: createdAt } });
    await nightly();
    expect(account.metadata.creationTime).not.toBe(utc(1_500_000_000_000));
    expect(await known(one)).toMatchObject({ told: 'sent' });
    expect(await known(itself)).toBeUndefined();
  });

  it('with a uid that another person has by now is forgotten', async () => {
    const one = await person(900);
    await nightly();
    expect(await known(one)).toBeDefined();
    await auth.deleteUser(one.uid);
    const again = {
      uid: one.uid,
      metadata: { creationTime: utc(night.now() - 1100 * DAY), lastSignInTime: utc(night.now() - 1000 * DAY) },
    };
    await auth.importUsers([again]);
    night.pass(31 * DAY);
    await nightly();
    // Found anew, and told nothing yet that counts for the one before.
    expect(await erasures(one)).toEqual([]);
  });
});
