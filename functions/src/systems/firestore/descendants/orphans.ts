import { FieldPath, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import type { Context } from '../../../platform/context.ts';
import { pagesOf, SLIM, WHOLE } from '../../../platform/firestore.ts';
import { collectionPath, matchPath, ofSameRows, type NamedRecord } from '../../../policy/lookup.ts';
import type { EndAction } from '../../../policy/fate.ts';
import { heldBy } from '../../held.ts';
import { canEndBy } from '../../rowFate.ts';
import type { Orphans, OrphanSearch } from '../../system.ts';
import { descendantsOf } from './query.ts';
import { ownerFields } from '../expire.ts';
import { databaseFor } from '../place.ts';
import { Trail } from '../visit/trail.ts';
import { RowWriter } from '../write.ts';

/**
 * Ends documents below rows of a record that do not exist, as the rows did: they are deleted, or
 * moved below the row's copy if there is one. Rows of other records, and documents below these,
 * stay.
 *
 * Reads the root collection of the record with all that lies below it, once: nothing else finds
 * documents below missing ones. It may stop anywhere and begin anew.
 */
export async function endOrphans(context: Context, named: NamedRecord, search: OrphanSearch): Promise<Orphans> {
  const { record } = named;
  const { policy, isDry, held } = search;
  const db = databaseFor(context.clients, record);
  const writer = new RowWriter(context, named, policy);
  const same = ofSameRows(policy, named);
  const isHeld = heldBy(same, held);
  const trail = new Trail(policy, named);
  const isWhole = canEndBy(record, 'archive');
  const all = descendantsOf(db.collection(record.path.split('/')[0] ?? '')).orderBy(FieldPath.documentId());
  const figures = { found: 0, deleted: 0, archived: 0, held: 0, unarchived: 0 };
  const places = new Set<string>();
  try {
    for await (const { documents } of pagesOf(
      isWhole ? all : all.select(...ownerFields(same)),
      isWhole ? WHOLE : SLIM,
    )) {
      const byRow = new Map<string, QueryDocumentSnapshot[]>();
      for (const document of documents) {
        const row = missingRow(trail, record.path, document.ref.path);
        if (row !== null) byRow.set(row, [...(byRow.get(row) ?? []), document]);
      }
      for (const [row, orphans] of byRow) await end(row, orphans);
    }
  } finally {
    await writer.close();
  }
  return { ...figures, places: [...places].sort() };

  async function end(row: string, orphans: readonly QueryDocumentSnapshot[]): Promise<void> {
    // Written since the query met the documents below it.
    if ((await db.doc(row).get()).exists) return;
    const variables = matchPath(record.path, row) ?? {};
    const free = orphans.filter((document) => !isHeld(variables, (name) => document.get(name)));
    figures.found += orphans.length;
    figures.held += orphans.length - free.length;
    for (const { ref } of orphans) places.add(collectionPath(placeOf(record.path, ref.path)));
    if (isDry || free.length === 0) return;
    const to = await archiveOf(row);
    if (to === undefined) {
      await writer.deleteAll(free.map(({ ref }) => ref));
      figures.deleted += free.length;
    } else if (await writer.archiveAll(free, to)) figures.archived += free.length;
    else figures.unarchived += free.length;
  }

  /** The archive in which the row's copy is; undefined: it was not archived. */
  async function archiveOf(row: string): Promise<string | undefined> {
    const actions: EndAction[] = record.fate.flatMap(({ then }) => (then.do === 'retain' ? [] : [then]));
    for (const then of actions) if (then.do === 'archive' && (await writer.isArchived(row, then.to))) return then.to;
    return undefined;
  }
}

/**
 * The record's row above a document, if it does not exist and no other row below it does; else
 * null.
 */
function missingRow(trail: Trail, template: string, path: string): string | null {
  const met = trail.meet(path);
  const row = path.split('/').slice(0, template.split('/').length).join('/');
  if (met.is === 'row' || row === path || matchPath(template, row) === null) return null;
  if (met.row === null) return row;
  return met.is === 'others' && `${row}/`.startsWith(`${met.row}/`) && met.row !== row ? row : null;
}

/**
 * Returns a document's place without the names of its row, and of the segments between:
 * `contactRequests/{id}/files/{}/pages/{}`.
 */
function placeOf(template: string, path: string): string {
  const length = template.split('/').length;
  const names = path.split('/').slice(length);
  return [template, ...names.map((name, index) => (index % 2 === 0 ? name : '{id}'))].join('/');
}
