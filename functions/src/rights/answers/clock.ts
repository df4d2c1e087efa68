import type { Context } from '../../platform/context.ts';
import type { Instant } from '../../platform/time.ts';
import { paused, resumed, type PauseReason } from '../../requests/clock.ts';
import { loadRequest, mirror } from '../../requests/store.ts';
import { decide, type Decided, type Decision } from './decide.ts';
import type { FoundRequest } from './find.ts';

/**
 * Stops the clock of a request that waits for an officer, since the person was asked to
 * identify themselves, or to show their power to act (Art. 12(6)).
 *
 * @param from when they were asked
 */
export const pauseRequest = (
  context: Context,
  found: FoundRequest,
  { from, reason, officer }: { readonly from: Instant; readonly reason: PauseReason } & ByOfficer,
): Promise<Decided> =>
  turn(context, found, {
    state: 'paused',
    at: from,
    by: { actor: 'officer', officer },
    change: (record) => {
      if (record.status !== 'waiting') return { refused: record.status === 'queued' ? 'queued' : 'working' };
      return paused(record, from, reason, context.now());
    },
  });

/**
 * Lets the clock go on.
 *
 * @param at when the answer came
 */
export const resumeRequest = (
  context: Context,
  found: FoundRequest,
  { at, officer }: { readonly at: Instant } & ByOfficer,
): Promise<Decided> =>
  turn(context, found, {
    state: 'resumed',
    at,
    by: { actor: 'officer', officer },
    change: (record) => resumed(record, at, context.now()),
  });

/** The pseudonym of the deciding officer, if one was named. */
interface ByOfficer {
  readonly officer: string | undefined;
}

/**
 * Decides, and shows the person the clock: also if it stands as it was to, since the first attempt
 * may have died before that.
 */
async function turn(context: Context, found: FoundRequest, decision: Decision): Promise<Decided> {
  const decided = await decide(context, found, decision);
  const record = decided.ok ? decided.record : await loadRequest(context, found.ref.key);
  if (record !== null) await mirror(context, found.ref, record);
  return decided;
}
