import { subjectsIn } from '../policy/parties.ts';
import type { PolicyRecord } from '../policy/schema.ts';
import type { HeldPeople } from '../subject/hold.ts';
import type { NamedRecord } from './system.ts';

/** Says of a row, by the variables of its path and by its fields. */
type AskRow = (variables: Record<string, string>, get: (field: string) => unknown) => boolean;

/**
 * Does a row belong to a held person, or name one as one of several? Rows under a pseudonym are
 * compared under every key that there is.
 *
 * @param same every record of these rows
 */
export function heldBy(same: readonly NamedRecord[], held: HeldPeople): AskRow {
  const asks = same.map(({ record }) => heldAs(record, held));
  return (variables, get) => asks.some((isHeld) => isHeld(variables, get));
}

/** The same, for the people whom one record sees in a row. */
function heldAs(record: PolicyRecord, held: HeldPeople): AskRow {
  const { subject } = record;
  if ('none' in subject || 'handle' in subject || held.isEmpty) return () => false;
  const isPseudonym = 'pseudonymVariable' in subject || 'pseudonymField' in subject;
  const isHeld = isPseudonym ? held.byPseudonym() : (uid: string) => held.has(uid);
  return (variables, get) => {
    if ('field' in subject && subject.email !== undefined && held.hasEmail(get(subject.email))) return true;
    if ('parties' in subject) return subjectsIn(record, get).some((uid) => held.has(uid));
    let owner: unknown;
    if ('pathVariable' in subject) owner = variables[subject.pathVariable];
    else if ('pseudonymVariable' in subject) owner = variables[subject.pseudonymVariable];
    else owner = get('field' in subject ? subject.field : subject.pseudonymField);
    return typeof owner === 'string' && isHeld(owner);
  };
}
