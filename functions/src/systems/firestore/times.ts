import { millisOf } from '../../platform/firestore.ts';
import type { PolicyRecord } from '../../policy/schema.ts';
import { fateFields, type RowTimes } from '../ending.ts';

/** The times of a document that its fate counts from. */
export const timesOf = (record: PolicyRecord, get: (field: string) => unknown): RowTimes =>
  Object.fromEntries(fateFields(record).map((field) => [field, millisOf(get(field))]));
