import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';
import { loadSystem } from '../../functions/src/systems/registry.ts';
import { NO_FIGURES, type Sweep } from '../../functions/src/systems/system.ts';
import { at, contents, context, db, exist, named, record, write } from './worlds/firestore.ts';
import { fresh, NOW } from './harness.ts';
import { heldPeople } from '../kit/sealed/held.ts';
import { source } from './worlds/rows.ts';

const system = await loadSystem('firestore', context);

describe('a sweep of Firestore', () => {
  const sweepPolicy = (name: string): Policy => ({
    ...amikeo,
    records: {
      rows: record(`cfSweep/{uid}/${name}/{id}`, {
        fate: [{ when: { field: 'createdAt' }, after: 'P1Y', then: { do: 'delete' }, source }],
      }),
    },
  });
  const cutoff = Date.parse('2025-05-20T10:00:00Z');
  const sweepOf = (swept: Policy, more: Partial<Sweep> = {}): Sweep => ({
    policy: swept,
    now: NOW,
    field: 'createdAt',
    cutoff,
    held: heldPeople(),
    figures: NO_FIGURES,
    deadline: Date.now() + 60_000,
    ...more,
  });
  const run = async (swept: Policy, more: Partial<Sweep> = {}) => {
    if (!system.expire) throw new Error('no expire');
    let sweep = sweepOf(swept, more);
    for (let calls = 1; ; calls++) {
      const progress = await system.expire(named('rows', swept), sweep);
      if (!progress.more) return { figures: progress.figures, calls };
      sweep = { ...sweep, figures: progress.figures, cursor: JSON.parse(JSON.stringify(progress.more)) };
    }
  };

  it('ends rows up to the cut-off to the millisecond, in pages, and leaves held persons and other parents alone', async () => {
    const name = `cfs${fresh('c').slice(2)}`;
    const swept = sweepPolicy(name);
    const old = at('2025-01-01T00:00:00Z');
    const many = Object.fromEntries(
      Array.from({ length: 700 }, (_, i) => [`cfSweep/a/${name}/n${i}`, { createdAt: old }]),
    );
    const stay = {
      [`cfSweep/a/${name}/after`]: { createdAt: Timestamp.fromMillis(cutoff + 1) },
      [`cfSweep/a/${name}/undated`]: { createdAt: '2025-01-01' },
      [`cfSweep/a/${name}/none`]: {},
      [`cfSweep/held/${name}/h`]: { createdAt: old },
      [`cfTeams/a/${name}/t`]: { createdAt: old },
      [`cfTeams/a/cfSweep/a/${name}/t`]: { createdAt: old },
    };
    await write({ ...many, ...stay, [`cfSweep/a/${name}/at`]: { createdAt: Timestamp.fromMillis(cutoff) } });
    expect(await system.undated?.(named('rows', swept))).toBe(2);
    const before = await contents(Object.keys(stay));
    const { figures, calls } = await run(swept, { held: heldPeople(['held']), deadline: 0 });
    expect(figures).toEqual({ ...NO_FIGURES, deleted: 701, held: 1 });
    expect(calls).toBeGreaterThan(1);
    expect(await exist(Object.keys(many))).toBe(0);
    expect(await contents(Object.keys(stay))).toEqual(before);
    expect((await run(swept)).figures.deleted).toBe(1); // the hold is over
  });

  it('leaves rows that were written meanwhile to the next run', async () => {
    const name = `cfs${fresh('c').slice(2)}`;
    const swept = sweepPolicy(name);
    const path = `cfSweep/a/${name}/n`;
    await write({ [path]: { createdAt: at('2025-01-01T00:00:00Z') } });
    // The device writes between the query and the delete.
    const racing = await loadSystem('firestore', racingContext(path));
    const { figures } = await (racing.expire?.(named('rows', swept), sweepOf(swept)) ?? Promise.reject(new Error()));
    expect(figures.deleted).toBe(0);
    expect((await db.doc(path).get()).get('createdAt')).toEqual(at('2026-05-19T00:00:00Z'));
  });

  /**
   * A database with a writer that comes second: the document is written before its delete is sent.
   */
  function racingContext(path: string): typeof context {
    const app = new Proxy(db, {
      get(target, key) {
        if (key === 'bulkWriter') {
          return () => {
            const writer = target.bulkWriter();
            const wrapped = new Proxy(writer, {
              get(inner, name) {
                if (name === 'flush') {
                  return async () => {
                    await target.doc(path).set({ createdAt: at('2026-05-19T00:00:00Z') });
                    await inner.flush();
                  };
                }
                const value: unknown = Reflect.get(inner, name, inner);
                return typeof value === 'function' ? (value.bind(inner) as unknown) : value;
              },
            });
            return wrapped;
          };
        }
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    return { ...context, clients: { ...context.clients, app: () => app } };
  }
});
