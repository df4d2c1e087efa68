import { writersIn } from '../parties.ts';
import { eachRecord, type Check } from './problem.ts';

/**
 * A look of an officer (`export.look`, Art. 15(4)) is possible, and somebody gets the rows after
 * it: else it would promise something that never happens.
 */

const look = eachRecord('.export.look', (record) => {
  const { system, subject, export: to } = record;
  if (to.look === undefined) return undefined;
  if (!to.access && !to.portability) return 'no export has these rows, so that nobody would look: take it out';
  if ('none' in subject) return 'these rows are nobody’s, and in no export: take it out';
  if (system !== 'firestore')
    return `an officer looks at documents of Firestore, and this record is in '${system}': take it out`;
  return to.ownWords === true && writersIn(record).length === 0
    ? "'ownWords' says that the person wrote every row, and 'look' that others did: take one of them out"
    : undefined;
});

export const lookChecks: Record<string, Check> = { look };
