import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { liftHold, setHold, type HoldOrder } from '../../../../functions/src/erasure/holds.ts';
import { holdRunner } from '../../../../functions/src/erasure/holdTasks/steps.ts';
import { closeTask, listTasks } from '../../../../functions/src/officerTasks/store.ts';
import { partOf, type ClosedAs } from '../../../../functions/src/officerTasks/task.ts';
import { fakeAuth, type FakeUser } from '../../../kit/auth.ts';
import { runDue } from '../../../kit/due.ts';
import { idsOf, sheetKeys, sheetOf as sheetIn } from '../../officerTasks/helpers.ts';
import { testContext } from '../../requests/helpers.ts';

/** One person, kim, under legal holds and AMIKEO's policy, with the recipients; all in memory. */

export const NOW = Date.parse('2026-06-01T09:00:00Z');
export const DAY = 86_400_000;
const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };

/** AMIKEO’s recipients, but for its own stores. */
export const RECIPIENTS = Object.keys(amikeo.recipients)
  .filter((id) => id !== 'firebase')
  .sort();

export type World = ReturnType<typeof holdWorld>;

export function holdWorld() {
  const base = testContext(NOW);
  const users: FakeUser[] = [
    {
      ...{ uid: 'kim', email: 'kim@example.com', emailVerified: true },
      metadata: { creationTime: new Date(NOW - 100 * DAY).toUTCString() },
    },
  ];
  const context = {
    ...base,
    policy: amikeo,
    config: { ...base.config, officerSheetKey: sheetKeys.publicKey },
    clients: { ...base.clients, auth: async () => fakeAuth(() => users) },
  };
  return { context, users };
}

export const set = async ({ context }: World, more: Partial<HoldOrder> = {}): Promise<string> =>
  (await setHold(context, { uid: 'kim', ground, ...more })).id;

export const lift = ({ context }: World, id: string) => liftHold(context, id);

/** Runs every job of holds that `tick` enqueues, until nothing is ready. */
export const work = ({ context }: World): Promise<void> =>
  runDue(context, { hold: async (c) => holdRunner(c) }, 'hold_');

export async function after(world: World, days: number): Promise<void> {
  world.context.time.now += days * DAY;
  await work(world);
}

/** Every task about kim: its recipient, its state, and the first words of its order. */
export async function tasks({ context }: World) {
  const { tasks: open } = await listTasks(context);
  const jobs = [...new Set([...open.map(({ job }) => job), ...(await idsOf(context, 'jobs'))])];
  const all = (await Promise.all(jobs.map((job) => listTasks(context, { job })))).flatMap((one) => one.tasks);
  return all
    .map((task) => ({ ...task, recipient: partOf(task.for), isOver: task.job.endsWith('_over') }))
    .sort((a, b) => (a.recipient < b.recipient ? -1 : 1));
}

/** The recipients of the tasks that ask for one thing, in one state. */
export const recipients = async (world: World, isOver: boolean, status: string): Promise<string[]> =>
  (await tasks(world)).flatMap((one) => (one.isOver === isOver && one.status === status ? [one.recipient] : []));

/** An officer closes the open task at a recipient. */
export async function close(world: World, recipient: string, as: ClosedAs = 'done'): Promise<void> {
  const task = (await tasks(world)).find((one) => one.recipient === recipient && one.status === 'open');
  const { context } = world;
  await closeTask(context, task?.id ?? '', { as, by: 'v1_officer', note: 'a reason' }, context.now());
}

/** The identifiers on the sheet of a task. */
export const sheetOf = ({ context }: World, id: string): Promise<string[]> => sheetIn(context, id);
