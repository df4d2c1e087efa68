import { describe, expect, it } from 'vitest';
import { openNoted, showEach, type Shown } from '../../../cli/officers/sheets.ts';
import { newSheetKeys } from '../../../functions/src/crypto/sheet.ts';
import { closeAlike } from '../../../functions/src/officerTasks/alike.ts';
import { makeTasks } from '../../../functions/src/officerTasks/store.ts';
import type { OfficerTask } from '../../../functions/src/officerTasks/task.ts';
import { wasRead } from '../../../functions/src/rights/reads.ts';
import { order, sheetKeys, subject, taskContext } from '../officerTasks/helpers.ts';

/** Two people, and one recipient that an officer writes to about both: which sheets were read? */

const KEYS = { 1: sheetKeys.privateKey };
const by = async () => 'v1_officer';

/** The first sheet opens; the key of the second one is not set here. */
async function world() {
  const context = taskContext();
  const make = async (job: string, key: string): Promise<OfficerTask> => {
    const config = { ...context.config, officerSheetKey: key };
    const [task] = await makeTasks(
      { ...context, config },
      [order(context, { recipient: 'newRelic' }, { job })],
      subject,
    );
    if (task === undefined) throw new Error('no task');
    return task;
  };
  const tasks = [await make('one', sheetKeys.publicKey), await make('two', newSheetKeys(2).publicKey)] as const;
  const seen: Shown[] = [];
  const answers: (readonly Shown[])[] = [];
  const open = (task: OfficerTask) => openNoted(context, task, { keys: KEYS, by });
  const show = () => showEach(tasks, open, { one: (one) => void seen.push(one), all: (all) => void answers.push(all) });
  return { context, tasks, seen, answers, show };
}

describe('sheets of many tasks that an officer opens together', () => {
  it('are noted as read if they were shown, and not if they could not be opened', async () => {
    const { context, tasks, seen, answers, show } = await world();
    const [one, two] = tasks;
    await expect(show()).rejects.toThrow(RangeError);
    expect(seen).toMatchObject([{ task: { id: one.id }, state: 'open' }]);
    // The answer in JSON has it as well: its reading is noted.
    expect(answers).toEqual([seen]);
    const later = Date.now() + 1000;
    const isNamed = async ({ id }: OfficerTask) => wasRead(context, { what: 'sheet', of: id }, later);
    const closing = { as: 'done', by: 'v1_officer' } as const;
    expect(await closeAlike(context, one.id, closing, { isNamed, now: later })).toEqual({
      ok: true,
      closed: [one.id],
      left: [],
      unnamed: [two.id],
    });
  });

  it('are shown to nobody if the reading cannot be noted', async () => {
    const { context, tasks, seen } = await world();
    const failing = async (): Promise<string> => {
      throw new Error('nobody of this name is an officer');
    };
    const open = openNoted(context, tasks[0], { keys: KEYS, by: failing });
    await expect(open).rejects.toThrow('nobody of this name');
    expect(seen).toEqual([]);
  });

  it('are locked without a key, and noted as read by nobody', async () => {
    const { context, tasks } = await world();
    expect(await openNoted(context, tasks[0], { keys: null, by })).toMatchObject({ state: 'locked', sheet: null });
    expect(await wasRead(context, { what: 'sheet', of: tasks[0].id }, Date.now() + 1000)).toBe(false);
  });
});
