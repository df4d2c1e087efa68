import type { Context } from '../../platform/context.ts';
import type { RecordId } from '../../policy/schema.ts';
import type { Hold } from '../../subject/hold.ts';
import { groundOf, heldSubjects } from '../holds.ts';

/**
 * The holds on records of somebody, by the name of their chain: nothing else is known any more.
 * They rest on legal claims, without an end. Reads the list of all holds once (`heldSubjects`), and
 * rejects as that does.
 */
export async function holdsByName(context: Context, chain: string, records: readonly RecordId[]): Promise<Hold[]> {
  const since = context.now();
  const ground = groundOf(context.policy, undefined);
  const holds: Hold[] = [];
  for (const record of records)
    if ((await heldSubjects(context, record, since)).byPseudonym()(chain)) holds.push({ record, ground });
  return holds;
}
