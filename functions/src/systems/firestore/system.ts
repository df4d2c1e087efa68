import type { Context } from '../../platform/context.ts';
import { endsRows } from '../ending.ts';
import { manualForChange } from '../manual.ts';
import type { System } from '../system.ts';
import { checkRows } from './check.ts';
import { endRows } from './end.ts';
import { expireRows, undatedRows } from './expire.ts';
import { manifest } from './manifest.ts';
import { readRows } from './read.ts';

/** Cloud Firestore. A person's rows are found by uid or pseudonym alone, so there is nothing to prove and no handle. */
export function createSystem(context: Context): System {
  return {
    id: manifest.id,
    find: async () => [],
    read: (record, scope) => readRows(context, record, scope),
    apply: async (record, scope, change) =>
      endsRows(record, change)
        ? endRows(context, record, scope, change)
        : { settled: manualForChange(record, scope, change) },
    check: async (record, scope, change) =>
      endsRows(record, change)
        ? checkRows(context, record, scope, change)
        : { settled: manualForChange(record, scope, change) },
    expire: (record, sweep) => expireRows(context, record, sweep),
    undated: (record, field) => undatedRows(context, record, field),
  };
}
