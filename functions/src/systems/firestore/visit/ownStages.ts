import { hasFollowers } from '../descendants/followers.ts';
import { OwnRows, type RowPass } from './ownRows.ts';
import { OwnTree } from './ownTree.ts';
import type { Place } from '../place.ts';
import { restOf } from './rest.ts';
import { homeOf } from './trunks.ts';
import type { Stage } from './walk.ts';

/**
 * Returns the stages of a visit to the person's own rows, with all that follows them. In the
 * person's own place each trunk is read whole; a row elsewhere is asked for documents below it when
 * it ends.
 */
export function ownStages(pass: RowPass, places: readonly Place[]): Stage[] {
  const { named, scope } = pass;
  const [first] = places;
  if (first === undefined || !hasFollowers(scope.policy, named))
    return places.map((place) => new OwnRows(pass, place, false));
  const home = homeOf(scope.policy, named, scope.subject);
  const stages = places.flatMap((place): Stage[] => {
    const { trunk, document } = place;
    if (trunk === undefined && (document === undefined || home === null)) return [new OwnRows(pass, place, true)];
    const own = new OwnRows(pass, place, false);
    if (trunk !== undefined)
      return [new OwnTree(pass, { ...place, parts: () => Promise.resolve([trunk]) }, own, home, trunk.path)];
    return home === null ? [own] : [own, new OwnTree(pass, restOf(place, home), own, home, home.path)];
  });
  if (home === null || home.isDeclared || home.holder !== named.id) return stages;
  // No record has the place's own document: it is theirs as all that lies below it.
  const place: Place = { ...first, document: first.db.doc(home.path), query: null };
  const own = new OwnRows(pass, place, false);
  const both = [place, restOf(place, home)];
  return [...stages, ...both.map((one) => new OwnTree(pass, one, own, home, home.path))];
}
