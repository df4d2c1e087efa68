import { hasFollowers } from '../descendants/followers.ts';
import { OwnRows, type RowPass } from './ownRows.ts';
import { OwnTree } from './ownTree.ts';
import type { Place } from '../place.ts';
import { sourcesOf } from './sources.ts';
import type { Stage } from './walk.ts';

/** Returns the stages of a visit to the person's own rows, with all that follows them. */
export function ownStages(pass: RowPass, places: readonly Place[]): Stage[] {
  const { named, scope } = pass;
  if (!hasFollowers(scope.policy, named)) return places.map((place) => new OwnRows(pass, place, false));
  const visits = new Map<Place, OwnRows>();
  return sourcesOf(scope.policy, named, scope.subject, places).map(({ place, rows, whole, withFollowers = false }) => {
    const own = visits.get(rows) ?? new OwnRows(pass, rows, withFollowers);
    visits.set(rows, own);
    return whole === undefined ? own : new OwnTree(pass, place, own, whole);
  });
}
