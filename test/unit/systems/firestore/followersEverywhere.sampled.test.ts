import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchPath, recordsOfSystem } from '../../../../functions/src/policy/lookup.ts';
import type { PolicyRecord } from '../../../../functions/src/policy/schema.ts';
import { loadSystem } from '../../../../functions/src/systems/registry.ts';
import type { Outcome } from '../../../../functions/src/systems/system.ts';
import {
  erase,
  kept,
  LONG_AGO,
  open,
  PAID,
  readAll,
  scopeOf,
  sum,
  there,
  visit,
  withoutPerson,
  withPerson,
  write,
  type Documents,
} from './followersWorld.ts';
import { times } from '../../../kit/depth.ts';

const isInPlace = (path: string): boolean => `${path}/`.startsWith('people/ada/');

/** The documents that an erasure must leave: told document by document, from the paths alone. */
function leftOf(records: Record<string, PolicyRecord>, documents: Documents): string[] {
  const recordOfPath = (path: string): PolicyRecord | undefined =>
    Object.values(records).find((one) => matchPath(one.path, path) !== null);
  const stays = (path: string): boolean => {
    const one = recordOfPath(path);
    const data = documents[path] ?? {};
    if (one === undefined) return false;
    if ('field' in one.subject) return data['uid'] !== 'ada';
    return !isInPlace(path) || (one.fate.includes(kept) && data['paidAt'] === PAID);
  };
  return Object.keys(documents)
    .filter((path) => {
      const names = path.split('/');
      for (let length = names.length; length > 0; length -= 2) {
        const above = names.slice(0, length).join('/');
        if (documents[above] !== undefined && recordOfPath(above) !== undefined) return stays(above);
      }
      return !isInPlace(path);
    })
    .sort();
}

const documentsOf = fc.dictionary(
  fc
    .tuple(
      fc.constantFrom(
        'people/ada',
        'people/ada',
        'people/ada/notes/1',
        'people/ada/bills/1',
        'people/ada/rooms/1',
        'people/ada/rooms/1/messages/1',
        'people/ada/days/1/readings/1',
        'people/ada/days/1',
        'people/ada2/notes/1',
        'tickets/1',
        'tickets/2',
      ),
      fc.array(
        fc.tuple(fc.constantFrom('a', 'notes', 'messages', 'readings', 'rooms', 'z'), fc.constantFrom('1', '2')),
        { maxLength: 3 },
      ),
    )
    .map(([base, below]) => [base, ...below.flat()].join('/')),
  fc.record({
    uid: fc.constantFrom('ada', 'bob'),
    paidAt: fc.constantFrom(PAID, LONG_AGO),
  }),
  { minKeys: 1, maxKeys: 30 },
);

describe('documents below rows', () => {
  it.each([
    ['of a place whose document is declared', withPerson],
    ['of a place whose document is not', withoutPerson],
  ])('%s goes or stays with the next row above it that exists, wherever the walk stops', async (_, records) => {
    await fc.assert(
      fc.asyncProperty(documentsOf, fc.boolean(), async (documents, isInterrupted) => {
        const world = open(records);
        await write(world.app, documents);
        const left = leftOf(records, documents);
        const read = await readAll(world);
        const mine = Object.keys(documents).filter(
          (path) =>
            isInPlace(path) ||
            (path.startsWith('tickets/') && documents[path.split('/').slice(0, 2).join('/')]?.['uid'] === 'ada'),
        );
        expect(read.map(({ path }) => path).sort(), 'an export has all of it, once').toEqual(mine.sort());
        const undeclared = mine.filter((path) => !Object.values(records).some((one) => matchPath(one.path, path)));
        expect(read.flatMap(({ path, undeclared: is }) => (is ? [path] : [])).sort()).toEqual(undeclared.sort());

        const system = await loadSystem('firestore', world);
        const foretold: Record<string, readonly Outcome[]> = {};
        for (const named of recordsOfSystem(world.policy, 'firestore'))
          foretold[named.id] = await system.preview(named, scopeOf(world), erase);
        const outcomes = await visit(world, 'apply', isInterrupted ? { deadline: 0 } : {});
        expect(await there(world.app, Object.keys(documents))).toEqual(left);
        expect(sum(outcomes, 'done')).toBe(Object.keys(documents).length - left.length);
        expect(sum(foretold, 'done')).toBe(sum(outcomes, 'done'));
        await visit(world, 'check');
        const again = await visit(world, 'apply');
        expect(sum(again, 'done')).toBe(0);
      }),
      { numRuns: times(20, 60) },
    );
  });
});
