import { createHash } from 'node:crypto';
import { FieldPath, type Firestore } from 'firebase-admin/firestore';
import type { Context } from '../../../platform/context.ts';
import {
  collectionId,
  databaseOf,
  fillPath,
  isRoot,
  matchPath,
  parseTemplate,
  recordsOfSystem,
} from '../../../policy/lookup.ts';
import type { NamedRecord, Undeclared } from '../../system.ts';
import { undeclaredBelow } from './undeclaredBelow.ts';
import { databaseFor, everyRow } from '../place.ts';

/** Rows of each record that are asked for documents below them. */
const SAMPLE = 10;

/**
 * Finds places in the databases that are in no policy: root collections, all of them; and documents
 * below the rows of each record, in a sample. Names of collections and templates only. Below a
 * record with `subcollections` anything may lie: it ends with its document.
 */
export async function undeclaredPlaces(context: Context, seed: string): Promise<Undeclared> {
  const { policy, clients } = context;
  const records = recordsOfSystem(policy, 'firestore');
  const roots = async (db: Firestore, database: '(default)' | 'compliance'): Promise<string[]> => {
    const declared = new Set(
      records.filter(({ record }) => databaseOf(record) === database).map(({ record }) => record.path.split('/')[0]),
    );
    const found = (await db.listCollections()).map(({ id }) => id).filter((id) => !declared.has(id));
    return found.map((id) => (database === '(default)' ? id : `${database}: ${id}`));
  };
  const collections = await Promise.all([roots(clients.app(), '(default)'), roots(clients.own(), 'compliance')]);
  const below = new Set<string>();
  const recordsWithUndeclared: string[] = [];
  for (const named of records) {
    if (named.record.subcollections) continue;
    const found = await undeclaredInSample(context, named, seed);
    if (found.length > 0) recordsWithUndeclared.push(named.id);
    for (const one of found) below.add(one);
  }
  return { collections: collections.flat().sort(), below: [...below].sort(), records: recordsWithUndeclared };
}

async function undeclaredInSample(context: Context, { id, record }: NamedRecord, seed: string): Promise<string[]> {
  const db = databaseFor(context.clients, record);
  const rows = everyRow(db, record.path).orderBy(FieldPath.documentId()).limit(SAMPLE).select();
  // Somewhere among the names, which are random or ids of people; and at their beginning, if there
  // are too few behind it.
  const somewhere = placeAmong(record.path, `${seed} ${id}`);
  const behind = await rows.startAt(isRoot(record.path) ? db.doc(somewhere).id : db.doc(somewhere)).get();
  const sample = behind.size < SAMPLE ? [...behind.docs, ...(await rows.get()).docs] : behind.docs;
  const sampledRows = new Map(sample.map(({ ref }) => [ref.path, ref]));
  const found = new Set<string>();
  for (const [path, ref] of sampledRows) {
    if (matchPath(record.path, path) === null) continue;
    for (const collection of await undeclaredBelow(context.policy, record, ref))
      found.add(`${record.path}/${collectionId(`${collection.path}/x`)}`);
  }
  return [...found];
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A full path that a row of this template could have, chosen by the seed. */
function placeAmong(template: string, seed: string): string {
  const bytes = createHash('sha256').update(seed).digest();
  const name = [...bytes.subarray(0, 20)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
  const variables = parseTemplate(template).flatMap((segment) => ('variable' in segment ? [segment.variable] : []));
  return fillPath(template, Object.fromEntries(variables.map((variable) => [variable, name])));
}
