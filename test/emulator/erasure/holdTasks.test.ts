import { randomBytes } from 'node:crypto';
import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import type { HoldSet } from '../../../functions/src/erasure/holds.ts';
import { keepJobId } from '../../../functions/src/erasure/holdTasks/plan.ts';
import type { OfficerTask } from '../../../functions/src/officerTasks/task.ts';
import type { Outcome } from '../../../functions/src/systems/system.ts';
import { jobOf } from '../../kit/jobs.ts';
import { person } from '../../kit/person.ts';
import { auth, compliance, db, eventually, own, pseudonym } from '../../kit/suite.ts';

/** A legal hold at the recipients: an officer tells each to keep, and then that it is over. */

const GROUND = ['--ground-article', 'Art. 17(3)(e)', '--ground-en', 'A claim.', '--ground-fr', 'Un litige.'];

type Task = OfficerTask & { readonly for: { readonly recipient: string } };
const tasksOf = async (job: string) =>
  ((await compliance('officer-task', 'list', '--job', job)).out as { tasks: Task[] }).tasks;
const at = (tasks: readonly Task[], recipient: string): Task | undefined =>
  tasks.find((task) => task.for.recipient === recipient);

describe.concurrent('a legal hold at the recipients', () => {
  it(
    'is told to each, stops an erasure from asking them to delete, and its end is told to those that knew',
    { timeout: 600_000 },
    async () => {
      const { uid, email } = await person({
        documents: ({ uid: id }) => ({
          [`users/${id}`]: { firstName: 'Ada' },
          [`users/${id}/sessions/1`]: { createdAt: Timestamp.now() },
        }),
      });
      const { out } = await compliance('hold', 'set', '--uid', uid, ...GROUND);
      const { id } = out as HoldSet;
      const keep = keepJobId(id);
      const asked = await eventually(
        () => tasksOf(keep),
        (tasks) => tasks.length > 1,
      );
      expect(at(asked, 'firebase')).toBeUndefined();
      const stripe = at(asked, 'stripe');
      expect(stripe?.what['en']).toContain('keep the data');
      const shown = await compliance('officer-task', 'show', stripe?.id ?? '');
      expect(JSON.stringify(shown.out)).toContain(email);
      const noted = ['--note', 'case 4711'];
      expect(await compliance('officer-task', 'done', stripe?.id ?? '', ...noted)).toMatchObject({ code: 0 });
      const other = at(asked, 'amazonS3')?.id ?? '';
      const together = ['officer-task', 'done', other, '--alike', '--dry-run'];
      expect(await compliance(...together)).toMatchObject({ code: 2 });
      expect(await compliance(...together, '--read-before', '2999-01-01')).toMatchObject({ code: 2 });
      const wrote = async () => compliance(...together, '--read-before', new Date().toISOString());
      expect((await wrote()).out).toMatchObject({ closed: [], unnamed: expect.arrayContaining([other]) });
      const all = await compliance('officer-task', 'show', other, '--alike');
      expect(JSON.stringify(all.out)).toContain(uid);
      expect(await wrote()).toMatchObject({
        code: 0,
        out: { dryRun: true, closed: expect.arrayContaining([other]) },
      });

      await auth.deleteUser(uid);
      const erasure = await eventually(
        () => jobOf(pseudonym(uid)),
        (job) => job?.steps['holds']?.state === 'waiting',
      );
      const held = erasure?.steps['recipients']?.outcomes ?? [];
      expect(held.length).toBeGreaterThan(1);
      expect(held.every(({ outcome }) => outcome === 'retained')).toBe(true);
      expect(await tasksOf(erasure?.id ?? '')).toEqual([]);
      const plan = (await compliance('erasure', 'plan', '--uid', uid)).out as { outcomes: Outcome[] };
      const toAsk = plan.outcomes.filter((one) => 'recipient' in one && one.outcome === 'manual');
      expect(toAsk).toEqual([]);

      expect(await compliance('hold', 'lift', id)).toMatchObject({ code: 0, out: { woken: [erasure?.id] } });
      const over = await eventually(
        () => tasksOf(`${keep}_over`),
        (tasks) => tasks.length > 0,
      );
      expect(over.map((task) => task.for.recipient)).toEqual(['stripe']);
      // The sheet was made before the person was forgotten.
      const last = await compliance('officer-task', 'show', over[0]?.id ?? '');
      expect(JSON.stringify(last.out)).toContain(email);
      const states = new Set((await tasksOf(keep)).map((task) => `${task.for.recipient === 'stripe'} ${task.status}`));
      expect([...states].sort()).toEqual(['false notNeeded', 'true done']);

      // Now they are asked to delete.
      const deleting = await eventually(
        () => tasksOf(erasure?.id ?? ''),
        (tasks) => tasks.length > 0,
      );
      const wait = held.flatMap(({ recipient }) => (typeof recipient === 'string' ? [recipient] : []));
      for (const task of deleting) expect(wait).toContain(task.for.recipient);
      await compliance('officer-task', 'done', over[0]?.id ?? '', ...noted);
      await eventually(
        () => jobOf(pseudonym(uid)),
        (job) => job?.steps['officers']?.state === 'waiting',
      );
      expect((await db.doc(`users/${uid}`).get()).exists).toBe(false);
    },
  );
});

describe.concurrent('a legal hold on a person without an account', () => {
  it('keeps their rows from an erasure by the address, until it is lifted', { timeout: 600_000 }, async () => {
    const email = `held-${randomBytes(6).toString('hex')}@example.com`;
    const message = db.collection('contactRequests').doc();
    await message.set({ email, uid: null, name: 'Lou', message: 'Hello', createdAt: Timestamp.now() });
    const { out, code } = await compliance('hold', 'set', '--email', email, ...GROUND);
    expect(code).toBe(0);
    const { id } = out as HoldSet;
    const stored = await own.doc(`legalHolds/${id}`).get();
    expect(JSON.stringify(stored.data())).not.toContain(email);
    await eventually(
      () => tasksOf(keepJobId(id)),
      (tasks) => tasks.length > 1,
    );
    const started = (await compliance('erasure', 'start', '--email', email, '--proven')).out as { job: string };
    const job = own.doc(`jobs/${started.job}`);
    await eventually(
      () => job.get(),
      (one) => one.get('steps.holds.state') === 'waiting',
    );
    expect((await message.get()).exists).toBe(true);
    expect(await compliance('hold', 'lift', id)).toMatchObject({ code: 0, out: { woken: [started.job] } });
    await eventually(
      () => message.get(),
      (one) => !one.exists,
    );
  });
});
