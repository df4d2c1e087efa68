import type { Policy } from '../../../policy/schema.ts';
import type { NamedRecord, Subject } from '../../system.ts';
import { trunkAt, type Place, type Trunk } from '../place.ts';
import { homeOf, type Home } from './trunks.ts';

/** A part of the person's own place that is read whole. */
export interface Whole {
  /** All of the part lies below this path. */
  readonly within: string;
  /** Null: the policy does not know the record. */
  readonly home: Home | null;
}

/** Rows that are read one way. */
export interface Source {
  readonly place: Place;
  /** The place of the rows in it. */
  readonly rows: Place;
  /** Absent: rows are read, and nothing else. */
  readonly whole?: Whole;
  /** Is each row asked for documents below it? */
  readonly withFollowers?: true;
}

/** Do documents below no row belong to this record? */
export const isKept = ({ home }: Whole, { id }: NamedRecord, path: string): boolean =>
  home === null || home.keeperOf(path) === id;

/**
 * Returns how the person's rows are found with all that lies below them. In the person's own place
 * each trunk is read whole; a row elsewhere is asked for documents below it.
 */
export function sourcesOf(policy: Policy, named: NamedRecord, subject: Subject, places: readonly Place[]): Source[] {
  const [first] = places;
  if (first === undefined) return [];
  const home = homeOf(policy, named, subject);
  const sources = places.flatMap((rows): Source[] => {
    const { trunk, document } = rows;
    if (trunk !== undefined)
      return [{ place: { ...rows, parts: () => Promise.resolve([trunk]) }, rows, whole: { within: trunk.path, home } }];
    if (document === undefined || home === null) return [{ place: rows, rows, withFollowers: true }];
    return [
      { place: rows, rows },
      { place: restOf(rows, home), rows, whole: { within: home.path, home } },
    ];
  });
  if (home === null || home.isDeclared || home.holder !== named.id) return sources;
  // No record has the place's own document: it is theirs as all that lies below it.
  const rows: Place = { ...first, document: first.db.doc(home.path), query: null };
  const whole = { within: home.path, home };
  return [...sources, { place: rows, rows, whole }, { place: restOf(rows, home), rows, whole }];
}

/**
 * All that lies below the place's own document outside the trunks of its records, read whole.
 *
 * @param place the one of that document
 */
function restOf({ db, exact, fields, mine }: Place, home: Home): Place {
  return { db, exact, fields, mine, query: null, parts: partsOf(db, home) };
}

/**
 * The collections below the place's document that are no trunks, in the order of their names, as
 * they are at the first look. Costs one list; nothing if there are no trunks.
 */
function partsOf(db: Place['db'], home: Home): () => Promise<readonly Trunk[]> {
  let listed: Promise<readonly Trunk[]> | undefined;
  const list = async (): Promise<readonly Trunk[]> => {
    if (home.trunks.length === 0) return [trunkAt(db, home.path)];
    const collections = await db.doc(home.path).listCollections();
    const others = collections.filter(({ path }) => !home.trunks.includes(path));
    return others.sort((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)));
  };
  return () => (listed ??= list());
}
