import { describe, expect, it } from 'vitest';
import { closeAlike } from '../../../functions/src/officerTasks/alike.ts';
import { listTasks, loadTask, makeTasks } from '../../../functions/src/officerTasks/store.ts';
import type { TaskOrder } from '../../../functions/src/officerTasks/task.ts';
import { noteRead, wasRead } from '../../../functions/src/rights/reads.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { runDying } from '../../kit/dying.ts';
import { idsOf, NOW, order, subject, taskContext } from './helpers.ts';

/** Many people, and one recipient without an interface that is told the same of each. */

const stop = { purpose: 'monitoring', tell: 'stop', seq: 3 } as const;
const done = { as: 'done', by: 'v1_officer', note: 'told in one letter', proof: 'a'.repeat(64) } as const;

async function world(people = 12) {
  const context = taskContext();
  const make = async (uid: string, part: TaskOrder['for'], more: Partial<TaskOrder> = {}): Promise<string> => {
    const person = { job: `change_${uid}`, pseudonym: pseudonymOf(uid, context.keys), ...more };
    const [task] = await makeTasks(context, [order(context, part, person)], { ...subject, uid });
    return task?.id ?? '';
  };
  const ids: string[] = [];
  for (let n = 0; n < people; n++) ids.push(await make(`p${n}`, { recipient: 'newRelic' }, { consent: stop }));
  const close = (
    id: string,
    more: { unread?: string; isDry?: boolean; told?: (over: number, all: number) => void } = {},
  ) =>
    closeAlike(context, id, done, {
      isNamed: async (task) => task.id !== more.unread,
      now: context.time.now,
      ...more,
    });
  const open = async () => (await listTasks(context)).tasks.map(({ id }) => id).sort();
  return { context, ids: ids.sort(), make, close, open };
}

describe('tasks that ask one recipient for the same', () => {
  it('are closed by one command, each with the evidence, and no sheet is left', async () => {
    const { context, ids, close, open } = await world();
    const steps: string[] = [];
    const [first = ''] = ids;
    expect(await close(first, { told: (over, all) => steps.push(`${over}/${all}`) })).toEqual({
      ok: true,
      closed: ids,
      left: [],
      unnamed: [],
    });
    expect(await open()).toEqual([]);
    expect(await idsOf(context, 'officerSheets')).toEqual([]);
    for (const id of ids)
      expect(await loadTask(context, id)).toMatchObject({ status: 'done', closedBy: 'v1_officer', proof: done.proof });
    expect(steps.at(-1)).toBe('12/12');
  });

  it('are foretold without a change', async () => {
    const { context, ids, close, open } = await world(3);
    expect(await close(ids[0] ?? '', { isDry: true })).toMatchObject({ closed: ids });
    expect(await open()).toEqual(ids);
    expect(await idsOf(context, 'officerSheets')).toEqual(ids);
  });

  it('leave everything else open: another recipient, another cause, another word, a record', async () => {
    const { ids, make, close, open } = await world(2);
    const others = [
      await make('q', { recipient: 'logentries' }, { consent: stop }),
      await make('q', { recipient: 'newRelic' }, { consent: { ...stop, tell: 'delete' }, job: 'change_q2' }),
      await make('q', { recipient: 'newRelic' }, { consent: { ...stop, purpose: 'analytics' }, job: 'change_q3' }),
      await make('q', { recipient: 'newRelic' }, { what: { en: 'Ask for something else.' }, job: 'erasure_q' }),
      await make('q', { record: 'newRelic' }),
    ];
    expect(await close(ids[0] ?? '')).toMatchObject({ closed: ids });
    expect(await open()).toEqual(others.sort());
  });

  it('leave out one whose person the message did not name', async () => {
    const { ids, make, close, open } = await world(2);
    const unread = await make('late', { recipient: 'newRelic' }, { consent: stop });
    expect(await close(ids[0] ?? '', { unread })).toMatchObject({ closed: ids, unnamed: [unread] });
    expect(await open()).toEqual([unread]);
  });

  it('count as named only if an officer has read the sheet before they wrote', async () => {
    const { context, ids } = await world(2);
    const [id = ''] = ids;
    const sheet = { what: 'sheet', of: id } as const;
    context.time.now = NOW + 1_000;
    await noteRead(context, { what: 'look', of: id, by: 'v1_officer' });
    expect(await wasRead(context, sheet, NOW + 5_000)).toBe(false);
    await noteRead(context, { ...sheet, by: 'v1_officer' });
    expect(await wasRead(context, sheet, NOW + 1_000)).toBe(false);
    expect(await wasRead(context, sheet, NOW + 1_001)).toBe(true);
    expect(await wasRead(context, { ...sheet, of: ids[1] ?? '' }, NOW + 5_000)).toBe(false);
    // A note that the backend did not write counts for nothing.
    const [note] = (await context.own.collection('officerReads').where('what', '==', 'sheet').get()).docs;
    await context.own.doc('officerReads/forged').set({ ...note?.data(), of: ids[1] });
    expect(await wasRead(context, { ...sheet, of: ids[1] ?? '' }, NOW + 5_000)).toBe(false);
  });

  it('are all closed by the same command again after it died', async () => {
    const { context, ids, close, open } = await world(4);
    const [first = ''] = ids;
    expect(await runDying(2, [context.own], () => close(first))).toBe(true);
    const left = await open();
    expect(left.length).toBeLessThan(4);
    expect(left.length).toBeGreaterThan(0);
    // The task that it is called by may be closed by now.
    expect(await close(first)).toMatchObject({ ok: true, closed: left });
    expect(await open()).toEqual([]);
  });

  it('are none of a record, nor of a task that nobody knows', async () => {
    const { make, close } = await world(0);
    const record = await make('q', { record: 'stripeCustomer' });
    expect(await close(record)).toEqual({ ok: false, because: 'noRecipient' });
    expect(await close('task_x')).toEqual({ ok: false, because: 'unknown' });
  });

  it('stay open with the reason if they cannot end so', async () => {
    const { context, ids, open } = await world(2);
    const closing = { as: 'impossible', by: 'v1_officer', note: 'it is gone' } as const;
    const answer = await closeAlike(context, ids[0] ?? '', closing, { isNamed: async () => true, now: NOW });
    expect(answer).toMatchObject({ ok: true, closed: [], left: ids.map(() => ({ because: 'notAController' })) });
    expect(await open()).toEqual(ids);
  });
});
