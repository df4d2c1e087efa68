import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { walk, walkFree } from '../../../functions/src/jobs/eachRecord.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { allRecords } from '../../../functions/src/policy/lookup.ts';
import type { Cursor, Progress } from '../../../functions/src/systems/system.ts';

const records = allRecords(amikeo).slice(0, 4);

describe('walking through the records of a step', () => {
  it('visits every page of every record once and keeps every outcome, wherever time runs out or another company lets it wait', async () => {
    const pages = fc.array(fc.nat(3), { minLength: records.length, maxLength: records.length });
    await fc.assert(
      fc.asyncProperty(
        pages,
        fc.infiniteStream(fc.boolean()),
        fc.infiniteStream(fc.boolean()),
        async (counts, late, waits) => {
          const visited: string[] = [];
          let cursor: Cursor | undefined;
          for (let task = 0; task < 100; task++) {
            const progress: Progress = await walk(
              records,
              async ({ id }, inner) => {
                const page = Number(inner?.['page'] ?? 0);
                visited.push(`${id}:${page}`);
                const last = counts[records.findIndex((r) => r.id === id)] ?? 0;
                if (page === last) return { settled: [{ record: id, count: page, outcome: 'done' }] };
                const next = { page: page + 1 };
                return waits.next().value ? { wait: 5, why: 'polling', cursor: next } : { more: next };
              },
              { ...(cursor === undefined ? {} : { cursor }), deadline: 1, now: () => (late.next().value ? 2 : 0) },
            );
            if ('settled' in progress) {
              expect(progress.settled.map((o) => o.count)).toEqual(counts);
              expect(visited).toEqual(
                records.flatMap(({ id }, i) =>
                  Array.from({ length: (counts[i] ?? 0) + 1 }, (_, page) => `${id}:${page}`),
                ),
              );
              return;
            }
            const next = 'more' in progress ? progress.more : progress.cursor;
            cursor = JSON.parse(JSON.stringify(next)) as Cursor;
          }
          throw new Error('the walk does not end');
        },
      ),
    );
  });

  it('shows the settled and submitted outcomes so far while it waits', async () => {
    const progress = await walk(
      records,
      async ({ id }) =>
        id === records[0]?.id
          ? { settled: [{ record: id, count: 1, outcome: 'done' }] }
          : {
              wait: 9,
              why: 'polling',
              soFar: [{ record: id, count: 2, outcome: 'submitted', providerId: 'p', finishBy: 9 }],
            },
      { deadline: 1, now: () => 0 },
    );
    expect(progress).toMatchObject({ wait: 9, soFar: [{ outcome: 'done' }, { outcome: 'submitted' }] });
  });
});

describe('walking through records of which some must stay for now', () => {
  it('visits one that was passed over, also if nothing keeps it when the walk ends in a later task', async () => {
    const visited: string[] = [];
    const [first] = records;
    let cursor: Cursor | undefined;
    for (let task = 0; task < 20; task++) {
      const run = { ...(cursor === undefined ? {} : { cursor }), deadline: 1, now: () => 2 };
      const action = async ({ id }: { readonly id: string }): Promise<Progress> => (visited.push(id), { settled: [] });
      const progress = await walkFree(records, action, run, ({ id }) => (task === 0 && id === first?.id ? 9 : null));
      if ('settled' in progress) break;
      cursor = 'more' in progress ? progress.more : progress.cursor;
    }
    expect(visited).toContain(first?.id);
  });
});
