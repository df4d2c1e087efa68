import type { Context } from '../platform/context.ts';
import { holdsOn } from '../ledger/holds.ts';
import type { PersonQuery } from '../proof/findPerson.ts';
import { holdableOf } from '../subject/hold.ts';
import { visitPerson } from '../systems/person.ts';
import type { Change, Outcome } from '../systems/system.ts';
import { provenElsewhere } from './identity.ts';
import { find } from './officer.ts';
import { askedNow } from './holdTasks/plan.ts';
import { recordsToErase, retainedOutcomes, systemsOf } from './plan.ts';

/** The results of an erasure now, per record and recipient; nothing is touched. */
export interface Preview {
  readonly chain: string;
  readonly erased: boolean;
  /** Candidates elsewhere that are not proven to be the person's. */
  readonly refused: number;
  readonly outcomes: readonly Outcome[];
}

/**
 * Counts the rows that an erasure would delete, anonymise, or retain (on which ground, until when),
 * and lists the questions to others. Touches nothing.
 *
 * @param progress is told each system before it is asked
 */
export async function previewErasure(
  context: Context,
  person: PersonQuery,
  progress: (system: string) => void = () => undefined,
): Promise<Preview> {
  const { policy } = context;
  const { subject, chain, erased } = await find(context, person);
  const systems = systemsOf(policy);
  const now = context.now();
  const { handles, refused } = await provenElsewhere(context, subject);
  const holds = await holdsOn(context, holdableOf(subject));
  const change: Change = { kind: 'erase', accountDeletedAt: now };
  const { preview } = visitPerson(context, { subject, handles, refused, holds }, change, Infinity);
  const outcomes: Outcome[] = [];
  for (const id of systems) {
    progress(id);
    for (const named of recordsToErase(policy, id)) outcomes.push(...(await preview(named)));
  }
  return {
    chain,
    erased,
    refused: refused.length,
    outcomes: [...outcomes, ...retainedOutcomes(policy, now), ...askedNow(policy, now, holds)],
  };
}
