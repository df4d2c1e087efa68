import type { Context } from '../../platform/context.ts';
import type { NamedRecord, Row, Scope } from '../system.ts';
import { rowsBelow, undeclaredBelow } from './below.ts';
import { nextPage, placesOf, type Place, type Position } from './place.ts';

/** The person's rows of a record in the order of their names, in pages; with what lies below, where the record has `subcollections`. */
export async function* readRows(context: Context, named: NamedRecord, scope: Scope): AsyncIterable<Row> {
  for (const place of placesOf(context.clients, named.record, scope.subject)) yield* readPlace(named, scope, place);
}

async function* readPlace(named: NamedRecord, scope: Scope, place: Place): AsyncIterable<Row> {
  if (place.document) {
    const document = await place.document.get();
    if (document.exists) yield { path: document.ref.path, data: document.data() ?? {} };
    yield* below(named, scope, place.document);
    return;
  }
  let from: Position = {};
  for (;;) {
    const page = await nextPage(place, from, null);
    for (const document of page.documents) {
      yield { path: document.ref.path, data: document.data() };
      yield* below(named, scope, document.ref);
    }
    if (!page.full || page.last === undefined) break;
    from = { path: page.last.ref.path, last: page.last };
  }
  if (!named.record.subcollections || place.collection === undefined) return;
  for (const ref of await place.db.collection(place.collection).listDocuments()) {
    if (!(await ref.get()).exists) yield* below(named, scope, ref);
  }
}

async function* below(named: NamedRecord, scope: Scope, ref: NonNullable<Place['document']>): AsyncIterable<Row> {
  if (!named.record.subcollections) return;
  for (const collection of await undeclaredBelow(scope.policy, named.record, ref)) yield* rowsBelow(collection);
}
