import { partiesOf, type Get } from './parties.ts';
import type { PolicyRecord } from './schema.ts';

/**
 * Does an officer look at this row before the person gets it (`export.look`, Art. 15(4))? Not at
 * one that the person wrote for certain: each party that wrote is the person, or the row names
 * their account and not only an address, which anybody can type. Pure.
 *
 * @param uid of the person; empty if they have no account
 */
export function isLookedAt(record: Pick<PolicyRecord, 'subject' | 'export'>, get: Get, uid: string): boolean {
  if (record.export.look === undefined) return false;
  const fields = writersIn(record);
  return fields.length === 0 || fields.some((field) => get(field) !== uid || uid === '');
}

/** The fields of a row that tell who wrote it; none: nothing tells. */
export function writersIn({ subject }: Pick<PolicyRecord, 'subject'>): string[] {
  if ('field' in subject) return subject.email === undefined ? [] : [subject.field];
  return partiesOf({ subject }).flatMap((party) =>
    party.as === 'value' && party.wrote !== undefined ? [party.field] : [],
  );
}
