import { isOpen } from '../../jobs/advance.ts';
import { chainOf } from '../../jobs/define.ts';
import { jobsIn } from '../../jobs/store.ts';
import type { Context } from '../../platform/context.ts';
import { DAY_MS, type Instant } from '../../platform/time.ts';
import { everyNameOf } from '../../subject/pseudonym.ts';
import type { Progress } from '../../systems/system.ts';
import type { ChangeJob } from '../job.ts';

/** The step that makes the tasks at recipients, each with its sheet. */
const MAKES_SHEETS = 'recipients';

/**
 * Keeps rows by which recipients know the person until the sheets of their other changes are made:
 * people say no to several purposes at once. Undefined: nothing has to wait. Costs a query of the
 * person's jobs.
 *
 * @param since when the consent was taken back: answers of that moment may still be on their way
 */
export async function untilSheetsAreMade(
  context: Context,
  job: ChangeJob,
  since: Instant,
): Promise<Progress | undefined> {
  const { clients, keys, config } = context;
  const now = context.now();
  const soon = now + config.pollMs;
  if (now < since + config.pollMs)
    return { wait: since + config.pollMs, why: 'other answers of this moment may be on their way' };
  const names = everyNameOf(job.input.uid, chainOf(job), keys);
  const found = await clients.own().collection('jobs').where('pseudonym', 'in', names).get();
  const others = jobsIn(found.docs, keys).jobs.filter((other) => {
    const makes = other.kind === 'change' ? other.steps[MAKES_SHEETS] : undefined;
    return other.id !== job.id && isOpen(other) && makes !== undefined && makes.state !== 'done';
  });
  if (others.length === 0) return undefined;
  const next = Math.min(...others.map(({ wakeAt }) => wakeAt ?? now + DAY_MS));
  return { wait: Math.max(soon, next), why: 'recipients are to hear of another answer of this person first' };
}
