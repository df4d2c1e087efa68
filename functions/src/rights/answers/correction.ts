import type { Context } from '../../platform/context.ts';
import { mirrors } from '../../rectification/mirrors.ts';
import type { Policy } from '../../policy/schema.ts';
import { carriedOf, type Carried } from '../../rectification/carried.ts';
import { carryForRequest } from '../../rectification/start.ts';
import { isFinal } from '../../requests/request.ts';
import { isUid } from '../../subject/identity.ts';
import { standingOf, type FoundRequest } from './find.ts';

/** The correction of a request at other companies (Art. 16, 19). */

/** Names of recipients, for the letter. */
export interface ToldRecipients {
  readonly told: readonly string[];
  readonly asked: readonly string[];
  readonly refused: readonly string[];
}

/** True if the correction of this request can be carried: an account's, and a recipient has it. */
const isCarried = (policy: Policy, { ref, record }: FoundRequest): boolean =>
  record.type === 'rectification' && isUid(ref.uid) && mirrors(policy).length > 0;

/** Why nothing is carried for a request. */
export type NotCarried = 'nothing' | 'final' | 'queued' | 'erased';

/**
 * Carries what the profile says now to everybody who has it, for a request of rectification that an
 * officer has carried out here. Begun once; a further call tells how far it is.
 *
 * @param again begins anew, since the profile was corrected once more
 */
export async function carryCorrection(
  context: Context,
  found: FoundRequest,
  again: boolean,
): Promise<{ readonly ok: true; readonly carried: Carried } | { readonly ok: false; readonly because: NotCarried }> {
  const { ref, record } = found;
  if (!isCarried(context.policy, found)) return { ok: false, because: 'nothing' };
  if (isFinal(record.status)) return { ok: false, because: 'final' };
  if (record.status === 'queued') return { ok: false, because: 'queued' };
  if ((await standingOf(context, found)) !== 'chain') return { ok: false, because: 'erased' };
  if (!(await beginRound(context, found, again))) return { ok: false, because: 'erased' };
  return { ok: true, carried: await carriedOf(context, ref.key) };
}

/**
 * The recipients that the letter names: those that were told, that still are, and that said no.
 * Undefined if the correction of the request is carried nowhere.
 */
export async function recipientsTold(context: Context, found: FoundRequest): Promise<ToldRecipients | undefined> {
  const { policy } = context;
  if (!isCarried(policy, found)) return undefined;
  const { told, asked, refused } = await carriedOf(context, found.ref.key);
  const names = (ids: readonly string[]): string[] => ids.map((id) => policy.recipients[id]?.name ?? id);
  return { told: names(told), asked: names(asked), refused: names(refused) };
}

/**
 * Begins to tell them, if no officer did before the answer: nobody is named in vain. False: an
 * erasure has begun, so that nobody is told.
 */
export const ensureCarried = async (context: Context, found: FoundRequest): Promise<boolean> =>
  !isCarried(context.policy, found) || beginRound(context, found, false);

/** Begins a round, or completes the last one: the process may have died between two of its jobs. */
async function beginRound(context: Context, { ref: { uid, key } }: FoundRequest, again: boolean): Promise<boolean> {
  const { rounds } = await carriedOf(context, key);
  const round = again ? rounds : Math.max(0, rounds - 1);
  return carryForRequest(context, { uid, request: { key, round } });
}
