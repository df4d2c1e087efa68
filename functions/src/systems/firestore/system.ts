import type { Context } from '../../platform/context.ts';
import type { System } from '../system.ts';
import { answersOf } from '../visits.ts';
import { absentRecords } from './absent.ts';
import { expireRows, scanRows, undatedRows } from './expire.ts';
import { foreseeRows, splitRows } from './foresee.ts';
import { manifest } from './manifest.ts';
import { readRows } from './read.ts';
import { visitRows } from './rows.ts';
import { undeclaredPlaces } from './undeclared.ts';

/**
 * Cloud Firestore. A person's rows are found by uid, by pseudonym, or by an address that was verified, alone: there is nothing to prove and no
 * handle.
 */
export function createSystem(context: Context): System {
  return {
    id: manifest.id,
    find: async () => [],
    read: (record, scope) => readRows(context, record, scope),
    ...answersOf(context, visitRows),
    absent: (records, scope) => absentRecords(context, records, scope),
    expire: (record, sweep) => expireRows(context, record, sweep),
    split: (record, question, most) => splitRows(context, record, question, most),
    foresee: (record, question) => foreseeRows(context, record, question),
    undated: (record, field) => undatedRows(context, record, field),
    scan: (record, scan) => scanRows(context, record, scan),
    undeclared: (seed) => undeclaredPlaces(context, seed),
  };
}
