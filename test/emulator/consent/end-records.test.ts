import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getFirestore, Timestamp } from 'firebase-admin/firestore';
import { afterAll, describe, expect, it } from 'vitest';
import { onConsentWritten } from '../../../functions/src/consent/recordDecision.ts';
import { changeRunner } from '../../../functions/src/consent/steps.ts';
import { fromDocument, loadJob } from '../../../functions/src/jobs/store.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import type { Progress } from '../../../functions/src/systems/system.ts';
import { testContext } from '../../conformance/harness.ts';
import { answer } from '../../kit/consents.ts';
import { changeHead } from '../../kit/sealed/ledger.ts';
import { state } from '../../kit/sealed/statements.ts';
import { chainWith, db, eventually, freshUid, keys, own, pseudonym } from '../../kit/suite.ts';

const exists = async (path: string): Promise<boolean> => (await db.doc(path).get()).exists;

describe.concurrent('a withdrawal ends the data that rest on the consent alone (Art. 17(1)(b))', () => {
  it('and nobody else’s, and nothing that rests on something else', async () => {
    const [uid, other] = [freshUid(), freshUid()];
    const consent = db.doc(`users/${uid}/consents/analytics`);
    const usage = Array.from({ length: 3 }, (_, i) => `users/${uid}/usageEvents/e${i}`);
    const stays = [`users/${other}/usageEvents/e`, `users/${uid}/sessions/s`, `teams/${uid}/usageEvents/e`];
    for (const path of [...usage, ...stays]) await db.doc(path).set({ createdAt: Timestamp.now() });
    await consent.set(answer(true));
    await chainWith(pseudonym(uid), 1);
    expect(await Promise.all(usage.map(exists))).toEqual([true, true, true]);
    await consent.set(answer(false));
    const jobs = async () =>
      (await own.collection('jobs').where('pseudonym', '==', pseudonym(uid)).get()).docs.map((d) =>
        fromDocument(d.id, d.data(), keys),
      );
    const [first] = await eventually(jobs, (all) => all[0]?.steps['endCheck']?.state === 'done');
    expect(first?.steps['end_firestore']?.outcomes).toEqual([
      { record: 'usageEvents', count: 3, outcome: 'done', how: 'deleted' },
    ]);
    expect(await Promise.all(usage.map(exists))).toEqual([false, false, false]);
    await eventually(jobs, (all) => all.length === 1 && all[0]?.status === 'completed');
    expect(await Promise.all(stays.map(exists))).toEqual([true, true, true]);
  });

  /** One after the other: they share the clock. */
  describe('by the state of the ledger when the step runs', { concurrent: false }, () => {
    const project = initializeApp({ projectId: `demo-ending-${process.pid}` }, 'ending');
    afterAll(() => deleteApp(project));
    /** A ledger of its own: no deployed function takes part, and the clock is the test's. */
    let now = Date.now();
    const base = testContext();
    const ledger = getFirestore(project, 'compliance');
    const context: Context = {
      ...base,
      now: () => now,
      queue: { enqueue: () => Promise.resolve() },
      clients: { ...base.clients, own: () => ledger },
    };

    async function say(uid: string, granted: boolean, before?: boolean): Promise<string> {
      const id = freshUid();
      const updatedAt = Timestamp.fromMillis((now += 1000));
      const document = (yes: boolean) => ({ granted: yes, policyVersion: '2025-06-15', source: 'app', updatedAt });
      await onConsentWritten(context, {
        id,
        uid,
        key: 'analytics',
        before: before === undefined ? undefined : document(before),
        after: document(granted),
        writtenAt: now,
      });
      return `change_${id}`;
    }
    async function step(
      id: string,
      name: string,
      cursor?: Record<string, string>,
      deadline = now + 60_000,
    ): Promise<Progress> {
      const job = await loadJob(context, id);
      if (!job) throw new Error('no job');
      const progress = await changeRunner(context).run(name, job, {
        deadline,
        ...(cursor === undefined ? {} : { cursor }),
      });
      if ('held' in progress) throw new Error('a change is never held');
      return progress;
    }
    /** Somebody with so many rows of usage, and how many are left. */
    async function withUsage(rows: number): Promise<{ uid: string; left: () => Promise<number> }> {
      const uid = freshUid();
      const usage = db.collection(`users/${uid}/usageEvents`);
      for (let at = 0; at < rows; at += 400) {
        const batch = db.batch();
        for (let i = at; i < Math.min(rows, at + 400); i++)
          batch.set(usage.doc(`e${i}`), { createdAt: Timestamp.now() });
        await batch.commit();
      }
      return { uid, left: async () => (await usage.count().get()).data().count };
    }

    it('given again meanwhile: everything stays', async () => {
      const { uid, left } = await withUsage(2);
      await say(uid, true);
      const withdrawn = await say(uid, false, true);
      await say(uid, true, false);
      for (const name of ['end_firestore', 'endCheck', 'endSecondLook'])
        expect(await step(withdrawn, name)).toEqual({ settled: [] });
      expect(await left()).toBe(2);
    });

    it('given again between two pages of one task: rows that had not ended yet stay', async () => {
      const { uid, left } = await withUsage(700);
      const withdrawn = await say(uid, false);
      const job = await loadJob(context, withdrawn);
      if (!job) throw new Error('no job');
      let again: Promise<unknown> | undefined;
      // The end of a page closes its writer: there the person answers anew.
      const app = new Proxy(db, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          if (name !== 'bulkWriter') return (value as (...a: unknown[]) => unknown).bind(target);
          return () => {
            const writer = target.bulkWriter();
            const close = writer.close.bind(writer);
            writer.close = async () => {
              await close();
              await (again ??= say(uid, true, false));
            };
            return writer;
          };
        },
      });
      const crossing: Context = { ...context, clients: { ...context.clients, app: () => app } };
      const run = { deadline: now + 3_600_000 };
      expect(await changeRunner(crossing).run('end_firestore', job, run)).toEqual({ settled: [] });
      expect(await left()).toBe(200);
    });

    it('a given, a pending and an expired consent end nothing: they have no such job', async () => {
      const { uid } = await withUsage(0);
      expect(await loadJob(context, await say(uid, true))).toBeNull();
      const child = freshUid();
      const protection = { mode: 'both', reason: 'age', since: 1, holders: [] } as const;
      await changeHead(context, pseudonymOf(child, context.keys), { protection });
      expect(await loadJob(context, await say(child, true))).toBeNull();
    });

    it.each([
      ['a restriction', 'restrictions', { createdAt: Timestamp.now() }],
      ['a legal hold', 'legalHolds', {}],
    ])('%s keeps the rows until it is lifted, and the step looks again after a day', async (_, collection, fields) => {
      const { uid, left } = await withUsage(1);
      const withdrawn = await say(uid, false);
      await state({ own: ledger, keys: context.keys }, `${collection}/${uid}`, { uid, ...fields });
      expect(await step(withdrawn, 'end_firestore')).toMatchObject({ wait: now + 86_400_000 });
      expect(await left()).toBe(1);
      await ledger.doc(`${collection}/${uid}`).delete();
      expect(await step(withdrawn, 'end_firestore')).toMatchObject({ settled: [{ outcome: 'done', count: 1 }] });
      expect(await left()).toBe(0);
    });

    it('late rows of an offline device are ended by the second look, which waits until devices have had time', async () => {
      const { uid, left } = await withUsage(1);
      const withdrawn = await say(uid, false);
      const at = now + context.config.secondLookMs;
      await step(withdrawn, 'end_firestore');
      await db.doc(`users/${uid}/usageEvents/late`).set({ createdAt: Timestamp.now() });
      expect(await step(withdrawn, 'endSecondLook')).toMatchObject({ wait: at });
      expect(await left()).toBe(1);
      now = at;
      await step(withdrawn, 'endSecondLook');
      expect(await left()).toBe(0);
    });
  });
});
