import { trunkAt, type Place, type Trunk } from '../place.ts';
import type { Home } from './trunks.ts';

/**
 * All that lies below the place's own document outside the trunks of its records, read whole.
 *
 * @param place the one of that document
 */
export function restOf({ db, exact, fields, mine }: Place, home: Home): Place {
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
