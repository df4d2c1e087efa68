import type { PersonQuery } from '../functions/src/proof/findPerson.ts';
import { UsageError } from './common.ts';

/** The options of a command about one person. */
export interface PersonOptions {
  readonly uid?: string;
  readonly email?: string;
}

/**
 * Returns the person of a command that is about one person, or about everybody.
 *
 * @throws UsageError if both options are given
 */
export const personIfGiven = (options: PersonOptions): PersonQuery | undefined =>
  options.uid === undefined && options.email === undefined ? undefined : personOf(options);

/** @throws UsageError if not exactly one of both is given */
export function personOf({ uid, email }: PersonOptions): PersonQuery {
  if (uid !== undefined && email === undefined) return { uid };
  if (email !== undefined && uid === undefined) return { email };
  throw new UsageError('of which person? Give either --uid or --email');
}
