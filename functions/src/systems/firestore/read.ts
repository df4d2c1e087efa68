import type { QueryDocumentSnapshot } from 'firebase-admin/firestore';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { exactData } from '../../platform/documents.ts';
import type { Policy } from '../../policy/schema.ts';
import type { Cursor, NamedRecord, Row, Scope } from '../system.ts';
import { followersOf, hasUndeclared } from './descendants/followers.ts';
import { nextPage, type Page } from './page.ts';
import { placesOf, type Place } from './place.ts';
import { isKept, sourcesOf, type Source } from './visit/sources.ts';
import { Trail } from './visit/trail.ts';

/**
 * Yields the person's rows of a record in the order of their names, in pages, and undeclared
 * documents. Those below a row come directly after it, in the person's own place also between rows.
 */
export async function* readRows(context: Context, named: NamedRecord, scope: Scope): AsyncIterable<Row> {
  const policy = apart(scope.policy);
  const from = fromCursor(scope.cursor);
  const places = placesOf(context.clients, named.record, scope.subject);
  const sources: Source[] = hasUndeclared(policy, named)
    ? sourcesOf(policy, named, scope.subject, places)
    : places.map((place) => ({ place, rows: place }));
  for (const [index, source] of sources.entries()) {
    if (index < from.place) continue;
    yield* readSource(policy, named, source, index === from.place ? from : { place: index });
  }
}

/**
 * Returns the same policy, in which every record that ends with another is a record of its own: an
 * export has it there.
 */
function apart(policy: Policy): Policy {
  const records = Object.entries(policy.records).map(([id, record]) => {
    const alone = { ...record };
    delete alone.endsWith;
    return [id, alone] as const;
  });
  return { ...policy, records: Object.fromEntries(records) };
}

/** The place to begin at: a source, and in it after a document. */
interface From {
  readonly place: number;
  readonly after?: string;
}

function fromCursor(cursor: Cursor | undefined): From {
  const { place, after } = cursor ?? {};
  return { place: typeof place === 'number' ? place : 0, ...(typeof after === 'string' ? { after } : {}) };
}

async function* readSource(policy: Policy, named: NamedRecord, source: Source, from: From): AsyncIterable<Row> {
  const { place, whole, withFollowers } = source;
  if (place.document !== undefined) {
    const document = await place.document.get();
    const at = { place: from.place };
    if (document.exists)
      yield { path: document.ref.path, data: exactData(document), at, ...(whole === undefined ? {} : UNDECLARED) };
    if (withFollowers) yield* followerRows(policy, named, place.document);
    return;
  }
  const trail = new Trail(policy, named, from.after);
  let before = from.after;
  for await (const document of documentsFrom(place, before)) {
    const { path } = document.ref;
    const row = { path, data: exactData(document), at: { place: from.place, ...defined({ after: before }) } };
    before = path;
    if (whole === undefined) {
      yield row;
      if (withFollowers) yield* followerRows(policy, named, document.ref);
      continue;
    }
    const unmet = trail.unmetAbove(path, whole.within);
    if (unmet.length > 0) {
      const above = await place.db.getAll(...unmet.map((one) => place.db.doc(one)));
      for (const one of above) if (one.exists) trail.know(one.ref.path);
    }
    const met = trail.meet(path);
    if (met.is === 'row') yield row;
    else if (met.is === 'below' && (met.row !== null || isKept(whole, named, path))) yield { ...row, ...UNDECLARED };
  }
}

const UNDECLARED = { undeclared: true } as const;

/** The documents of a place from one on, in pages: the next one is read while this one is used. */
async function* documentsFrom(place: Place, after: string | undefined): AsyncGenerator<QueryDocumentSnapshot> {
  let next: Promise<Page> | undefined = nextPage(place, after === undefined ? {} : { path: after }, null);
  while (next !== undefined) {
    const { documents, full, last, size }: Page = await next;
    next = full && last !== undefined ? ahead(nextPage(place, { path: last.ref.path, last, size }, null)) : undefined;
    yield* documents;
  }
}

/** The caller that waits gets a failure, if anybody waits. */
function ahead(page: Promise<Page>): Promise<Page> {
  page.catch(() => undefined);
  return page;
}

async function* followerRows(
  policy: Policy,
  named: NamedRecord,
  row: NonNullable<Place['document']>,
): AsyncIterable<Row> {
  for await (const page of followersOf(policy, named, row, true))
    for (const document of page) yield { path: document.ref.path, data: exactData(document), ...UNDECLARED };
}
