import type { JobPlan } from '../jobs/catalog.ts';
import { OFFICERS_STEP } from '../officerTasks/task.ts';
import type { Context } from '../platform/context.ts';
import { DAY_MS, type Instant } from '../platform/time.ts';
import { addPeriod } from '../policy/calendar.ts';
import { manualRecipients } from '../policy/lookup.ts';
import type { Mirror } from './mirrors.ts';
import type { Policy } from '../policy/schema.ts';
import { rectifyJobs } from './job.ts';

/**
 * Plans how a correction reaches the other companies (Art. 16, 19): a job for each that has one of
 * the corrected values. A job names the person and the place, and no value.
 */

/** A correction is late if it takes longer to reach another company: without undue delay. */
const WITHIN_MS = 2 * DAY_MS;

/** So much the clocks of Firestore and of a function may differ, in milliseconds. */
const SKEW_MS = 2_000;

/** A correction of one person. */
export interface Correction {
  readonly uid: string;
  readonly chain: string;
  /** When it was made. */
  readonly at: Instant;
  /**
   * The key of the request that asks for it, and how often it was carried before: it is carried at
   * once.
   */
  readonly request?: { readonly key: string; readonly round: number };
}

type Planning = Pick<Context, 'policy' | 'config' | 'now'>;

/**
 * Plans the jobs of a correction. Those of one slot of time are one job, which begins when the slot
 * is over. It reads the profile then, so it has every change of its slot, also with a late event. A
 * client that writes without end makes one job a slot and company. Pure.
 */
export const correctionJobs = (context: Planning, correction: Correction, mirrors: readonly Mirror[]): JobPlan[] =>
  mirrors.map((mirror) =>
    'record' in mirror.of ? carry(context, correction, mirror.of) : tell(context, correction, mirror.of),
  );

const carry = (context: Planning, correction: Correction, { record }: { readonly record: string }): JobPlan =>
  rectifyJobs.plan({
    ...common(correction, record, context.config.rectifyAfterMs),
    input: inputOf(correction, { record }),
    dueAt: context.now() + WITHIN_MS,
    steps: [{ id: 'carry' }, { id: OFFICERS_STEP, after: ['carry'] }],
  });

/** An officer is asked once a day and person. Tests that shorten officers' tasks ask more often. */
function tell(context: Planning, correction: Correction, { recipient }: { readonly recipient: string }): JobPlan {
  const { policy, config } = context;
  const slotMs = config.officerTasksMs === undefined ? DAY_MS : config.rectifyAfterMs;
  return rectifyJobs.plan({
    ...common(correction, recipient, slotMs),
    input: inputOf(correction, { recipient }),
    dueAt: tellBy(policy, recipient, context.now()) ?? context.now() + WITHIN_MS,
    steps: [{ id: OFFICERS_STEP }],
  });
}

/** By when an officer has to tell a recipient; undefined: it has an interface, or is gone. */
export function tellBy(policy: Policy, recipient: string, from: Instant): Instant | undefined {
  const asked = manualRecipients(policy).find(({ id }) => id === recipient);
  return asked && addPeriod(from, asked.within, policy.controller.timeZone);
}

const inputOf = <Of extends object>({ uid, request }: Correction, of: Of) => ({
  uid,
  ...of,
  ...(request === undefined ? {} : { request: request.key, round: request.round }),
});

/** True for the id of a job that carries a correction. */
export const isCorrection = (job: string): boolean => job.startsWith(PREFIX);

const PREFIX = 'rectify_';

function common({ chain, at, request }: Correction, to: string, slotMs: number) {
  const slot = Math.floor(at / slotMs);
  return request === undefined
    ? { id: `${PREFIX}${chain}_${to}_${slot}`, pseudonym: chain, wakeAt: (slot + 1) * slotMs + SKEW_MS }
    : { id: `${PREFIX}${request.key}_${to}_${request.round}`, pseudonym: chain, wakeAt: at };
}
