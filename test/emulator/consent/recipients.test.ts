import { describe, expect, it } from 'vitest';
import { answer } from '../../kit/consents.ts';
import { person } from '../../kit/person.ts';
import { compliance, db, eventually, own, pseudonym } from '../../kit/suite.ts';

/** A withdrawal reaches the recipients without an interface (Art. 7(3), 28(3)(a)), as deployed. */

const say = (uid: string, purpose: string, granted: boolean) =>
  db.doc(`users/${uid}/consents/${purpose}`).set(answer(granted));
const tasksOf = async (uid: string) =>
  (await own.collection('officerTasks').where('pseudonym', '==', pseudonym(uid)).get()).docs;
/** The words of the tasks of a person, each with its state. */
const wordsOf = async (uid: string): Promise<string[]> =>
  (await tasksOf(uid)).map((task) =>
    ['for.recipient', 'consent.tell', 'status'].map((field) => task.get(field) as string).join(' '),
  );
const currentOf = async (uid: string, purpose: string): Promise<unknown> =>
  (await own.doc(`ledger/${pseudonym(uid)}`).get()).get(`current.${purpose}`);
const answered = async (uid: string, purpose: string, granted: boolean): Promise<void> => {
  await say(uid, purpose, granted);
  await eventually(
    () => currentOf(uid, purpose),
    (state) => state === (granted ? 'given' : 'withdrawn'),
  );
};

describe.concurrent('the recipients of a consent', () => {
  it('are told of a withdrawal, each by a task with its date, on which the job waits', async () => {
    const { uid } = await person();
    await answered(uid, 'monitoring', true);
    await answered(uid, 'monitoring', false);
    // The officers' tasks of the suite are over after a second.
    const words = await eventually(
      () => wordsOf(uid),
      (all) => all.length === 3 && all.every((one) => one.endsWith('delete unconfirmed')),
    );
    expect(words.map((one) => one.split(' ')[0]).sort()).toEqual(['crashlytics', 'logentries', 'newRelic']);
    const [task] = await tasksOf(uid);
    const listed = await compliance('officer-task', 'list', '--job', String(task?.get('job')));
    expect(JSON.stringify(listed.out)).toContain('Instruct it in writing (GDPR Art. 28(3)(a))');
    await eventually(
      async () => (await own.doc(`jobs/${String(task?.get('job'))}`).get()).get('status') as string,
      (status) => status === 'completed',
    );
    // Nobody has told them, so that a new yes takes nothing back.
    await answered(uid, 'monitoring', true);
    await eventually(
      async () => (await own.collection('jobs').where('pseudonym', '==', pseudonym(uid)).get()).docs,
      (jobs) => jobs.some((one) => one.get('input.tell') === 'again' && one.get('status') === 'completed'),
    );
    expect(await tasksOf(uid)).toHaveLength(3);
  });

  it('are told by a letter too, and not of a first no', async () => {
    const { uid } = await person();
    await say(uid, 'feedbackPlatforms', false);
    await eventually(
      () => currentOf(uid, 'feedbackPlatforms'),
      (state) => state === 'refused',
    );
    await answered(uid, 'analytics', true);
    const letter = ['--purpose', 'analytics', '--channel', 'letter', '--received', new Date().toISOString()];
    expect((await compliance('consent', 'withdraw', '--uid', uid, ...letter)).code).toBe(0);
    const words = await eventually(
      () => wordsOf(uid),
      (all) => all.some((one) => one.startsWith('googleAnalytics')),
    );
    expect(words).toHaveLength(1);
  });
});
