import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { exactData } from '../../platform/documents.ts';
import type { Cursor, NamedRecord, Row, Scope } from '../system.ts';
import { hasUndeclared, rowsBelow, undeclaredBelow } from './below.ts';
import { nextPage, placesOf, type Page, type Place } from './place.ts';

/** The person's rows of a record in the order of their names, in pages; with what lies below, where the record has `subcollections`. */
export async function* readRows(context: Context, named: NamedRecord, scope: Scope): AsyncIterable<Row> {
  const from = fromCursor(scope.cursor);
  const places = placesOf(context.clients, named.record, scope.subject);
  for (const [index, place] of places.entries()) {
    if (index < from.place) continue;
    yield* readPlace(named, scope, place, index === from.place ? from : { place: index });
  }
}

/** Where to begin: a place, and in it after a document, or with what lies below documents that do not exist. */
interface From {
  readonly place: number;
  readonly after?: string;
  readonly absent?: boolean;
}

function fromCursor(cursor: Cursor | undefined): From {
  const { place, after, absent } = cursor ?? {};
  return {
    place: typeof place === 'number' ? place : 0,
    ...(typeof after === 'string' ? { after } : {}),
    ...(absent === true ? { absent } : {}),
  };
}

async function* readPlace(named: NamedRecord, scope: Scope, place: Place, from: From): AsyncIterable<Row> {
  const at = { place: from.place };
  if (place.document) {
    const document = await place.document.get();
    if (document.exists) yield { path: document.ref.path, data: exactData(document), at };
    yield* below(named, scope, place.document);
    return;
  }
  if (from.absent !== true) yield* readPages(named, scope, place, from);
  if (!hasUndeclared(named.record) || place.collection === undefined) return;
  let isFirst = true;
  for (const ref of await place.db.collection(place.collection).listDocuments()) {
    if ((await ref.get()).exists) continue;
    for await (const row of below(named, scope, ref)) {
      yield isFirst ? { ...row, at: { ...at, absent: true } } : row;
      isFirst = false;
    }
  }
}

async function* readPages(named: NamedRecord, scope: Scope, place: Place, from: From): AsyncIterable<Row> {
  let before = from.after;
  const begin = before === undefined ? {} : { path: before };
  let next: Promise<Page> | undefined = nextPage(place, begin, null);
  while (next !== undefined) {
    const { documents, full, last, size }: Page = await next;
    // The next page is read while this one is used: two of them are in memory.
    next = full && last !== undefined ? ahead(nextPage(place, { path: last.ref.path, last, size }, null)) : undefined;
    for (const document of documents) {
      const { path } = document.ref;
      yield {
        path,
        data: exactData(document),
        at: { place: from.place, ...defined({ after: before }) },
      };
      yield* below(named, scope, document.ref);
      before = path;
    }
  }
}

/** A failure is told to whoever waits for it, if anybody does. */
function ahead(page: Promise<Page>): Promise<Page> {
  page.catch(() => undefined);
  return page;
}

async function* below(named: NamedRecord, scope: Scope, ref: NonNullable<Place['document']>): AsyncIterable<Row> {
  if (!hasUndeclared(named.record)) return;
  for (const collection of await undeclaredBelow(scope.policy, named.record, ref)) yield* rowsBelow(collection);
}
