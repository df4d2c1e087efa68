import { Timestamp } from 'firebase-admin/firestore';
import type { Instant } from '../../platform/clock.ts';
import type { PolicyRecord } from '../../policy/schema.ts';
import { fateFields, type RowTimes } from '../ending.ts';

/** The time in a field in epoch milliseconds; anything but a Firestore timestamp is no time (design: the contract). */
const instantOf = (value: unknown): Instant | undefined => (value instanceof Timestamp ? value.toMillis() : undefined);

/** The times of a document that its fate counts from. */
export const timesOf = (record: PolicyRecord, get: (field: string) => unknown): RowTimes =>
  Object.fromEntries(fateFields(record).map((field) => [field, instantOf(get(field))]));
