import type { Context } from '../../platform/context.ts';
import type { NamedRecord, Row, Scope } from '../system.ts';
import { rowsBelow, undeclaredBelow } from './below.ts';
import { nextPage, placesOf, type Page, type Place } from './place.ts';

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
  let next: Promise<Page> | undefined = nextPage(place, {}, null);
  while (next !== undefined) {
    const { documents, full, last }: Page = await next;
    // The next page is read while this one is used.
    next = full && last !== undefined ? ahead(nextPage(place, { path: last.ref.path, last }, null)) : undefined;
    for (const document of documents) {
      yield { path: document.ref.path, data: document.data() };
      yield* below(named, scope, document.ref);
    }
  }
  if (!named.record.subcollections || place.collection === undefined) return;
  for (const ref of await place.db.collection(place.collection).listDocuments()) {
    if (!(await ref.get()).exists) yield* below(named, scope, ref);
  }
}

/** A failure is told to whoever waits for it, if anybody does. */
function ahead(page: Promise<Page>): Promise<Page> {
  page.catch(() => undefined);
  return page;
}

async function* below(named: NamedRecord, scope: Scope, ref: NonNullable<Place['document']>): AsyncIterable<Row> {
  if (!named.record.subcollections) return;
  for (const collection of await undeclaredBelow(scope.policy, named.record, ref)) yield* rowsBelow(collection);
}
