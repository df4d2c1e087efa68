import { expect, it } from 'vitest';
import { throughQueries } from '../../../functions/src/jobs/pages.ts';
import type { Cursor } from '../../../functions/src/systems/system.ts';
import { memoryDatabases } from '../../kit/firestore.ts';

/** Several queries are one piece of work: an interruption between pages loses no place. */

it('several queries are gone through one after the other, also in tasks with time for one page each', async () => {
  const db = memoryDatabases('demo-pages').own;
  const rows = db.collection('rows');
  const tagged = { x: 25, y: 12, z: 1 };
  for (const [tag, count] of Object.entries(tagged)) {
    const batch = db.batch();
    for (let index = 0; index < count; index += 1)
      batch.set(rows.doc(`${tag}${String(index).padStart(4, '0')}`), { tags: [tag] });
    await batch.commit();
  }
  await rows.doc('both').set({ tags: ['x', 'z'] });
  const queries = [['x'], ['none'], ['y', 'z']].map((some) => rows.where('tags', 'array-contains-any', some));
  const visited: string[] = [];
  let cursor: Cursor | undefined;
  let tasks = 0;
  while (tasks < 20) {
    tasks += 1;
    const { count, more } = await throughQueries(
      { db, queries },
      (page) => {
        visited.push(...page.map(({ id }) => id));
        return Promise.resolve(page.length);
      },
      { deadline: 0, now: () => 1, ...(cursor === undefined ? {} : { cursor }) },
    );
    expect(count).toBe(visited.length);
    if (more === undefined) break;
    cursor = JSON.parse(JSON.stringify(more)) as Cursor;
  }
  expect(tasks).toBeGreaterThan(3);
  expect(tasks).toBeLessThan(20);
  expect(new Set(visited).size).toBe(39);
  // A row of two queries comes twice, and no other one.
  expect(visited).toHaveLength(40);
});
