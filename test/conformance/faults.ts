import { describe, expect, it } from 'vitest';
import { faultKinds, type FaultKind } from '../../emulator/standins/faults.ts';
import type { RecordedRequest } from '../../emulator/standins/requests.ts';
import type { System } from '../../functions/src/systems/system.ts';
import { eachNth, isAll } from '../kit/depth.ts';
import { collect, drive, erase, recordsOf, scopeFor } from './harness.ts';
import { sum, type Planted, type Seed } from './suite.ts';

/** `timeout` makes the SDKs wait for their own 20 seconds; tried once, not for every call. */
const kinds: readonly FaultKind[] = faultKinds.filter((kind) => kind !== 'timeout');

/** Deals the faults to calls in turn. */
const kindAt = (index: number): FaultKind => kinds[index % kinds.length] ?? '500';

/** More often than an SDK tries again by itself, so that each fault reaches our own code. */
const TIMES = 3;

/** A call of the cascade, without ids: these are other ones for every person. */
interface Call {
  readonly method: string;
  readonly path: string;
}

export class Control {
  readonly #url: string;
  constructor(url: string) {
    this.#url = url;
  }

  async faults(faults: readonly { method: string; path: string; kind: FaultKind; times?: number }[]): Promise<void> {
    await this.#send('PUT', 'faults', faults);
  }

  async pending(): Promise<number> {
    return ((await (await fetch(`${this.#url}/_control/faults`)).json()) as unknown[]).length;
  }

  async requests(): Promise<RecordedRequest[]> {
    return (await (await fetch(`${this.#url}/_control/requests`)).json()) as RecordedRequest[];
  }

  async clear(): Promise<void> {
    await this.#send('DELETE', 'requests');
  }

  async reset(): Promise<void> {
    await this.#send('DELETE', 'state');
    await this.clear();
  }

  async put(control: string, value: object): Promise<void> {
    await this.#send('PUT', control, value);
  }

  async #send(method: string, control: string, body?: unknown): Promise<void> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const answer = await fetch(`${this.#url}/_control/${control}`, init);
    if (!answer.ok) throw new Error(`${method} ${control}: ${answer.status} ${await answer.text()}`);
  }
}

/**
 * Runs every call of an export and of the whole cascade (find, read, erase, read back) with every
 * fault; `npm test` tries one fault each. The calls are those that the system really sends. In
 * every case no list of rows is shorter, nothing is `done` while the data is there, and nobody
 * else's data is touched. Once the fault is over, the work completes.
 *
 * @param shape makes a path of one person's comparable with another person's
 */
export function survivesFaults(system: System, seed: Seed, control: Control, shape: (path: string) => string): void {
  const records = recordsOf(seed.policy, system.id);

  /**
   * An export's reading and the cascade as a job runs it: each step again until it is done, with a
   * look at the truth at every `done`.
   */
  async function cascade(planted: Planted): Promise<void> {
    const attempts = { attempts: 6 };
    const scope = await again(() => scopeFor(system, seed.policy, planted.subject));
    // As an export reads it: every row, or an error.
    for (const record of records) {
      const rows = await again(() => collect(system.read(record, scope)));
      expect(rows.length, `rows of ${record.id}`).toBe(planted.rows[record.id] ?? 0);
    }
    for (const record of records) {
      const { outcomes } = await drive((s) => system.apply(record, s, erase), scope, attempts);
      expect(outcomes.length).toBeGreaterThan(0);
      await truth(planted, record.id, sum(outcomes, 'manual'));
    }
    for (const record of records) await drive((s) => system.check(record, s, erase), scope, attempts);
    expect(await planted.left(), 'rows of the person that are left').toBe(0);
  }

  async function truth(planted: Planted, id: string, byHand: number): Promise<void> {
    const left = await planted.leftOf?.(id);
    if (byHand === 0 && left !== undefined) expect(left, `${id}: done while rows are left`).toBe(0);
  }

  async function again<T>(call: () => Promise<T>, attempts = 6): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (attempt >= attempts) throw error;
      }
    }
  }

  describe(`${system.id} and a server that fails`, () => {
    it('survives every fault of every call of the cascade', { timeout: 600_000 }, async () => {
      const clean = await seed.plant();
      await control.clear();
      await cascade(clean);
      const calls = shapes((await control.requests()).map(({ method, path }) => ({ method, path: shape(path) })));
      expect(calls.length).toBeGreaterThan(2);
      const survived: string[] = [];
      const tried = calls.map((call, index) => ({ call, faults: isAll ? kinds : [kindAt(index)] }));
      for (const { call, faults } of tried) {
        for (const kind of faults) {
          const planted = await seed.plant();
          const others = await planted.others();
          await control.clear();
          await control.faults([{ method: call.method, path: call.path, kind, times: TIMES }]);
          const name = `${call.method} ${call.path} ${kind}`;
          await cascade(planted).catch((error: unknown) => {
            throw new Error(name, { cause: error });
          });
          const met = (await control.requests()).some(({ fault }) => fault === kind);
          expect(met, `${name}: the fault was met`).toBe(true);
          await control.faults([]);
          expect(await planted.others(), name).toEqual(others);
          survived.push(name);
        }
      }
      expect(survived.length).toBe(calls.length * (isAll ? kinds.length : 1));
    });

    it('says nothing is done while the server fails for good', async () => {
      for (const kind of eachNth(6, kinds)) {
        const planted = await seed.plant();
        const others = await planted.others();
        const scope = await scopeFor(system, seed.policy, planted.subject);
        const before = await planted.left();
        await control.faults([{ method: '*', path: '/v', kind, times: 10_000 }]);
        try {
          for (const record of records) {
            await expect(
              drive((s) => system.apply(record, s, erase), scope),
              `${record.id} ${kind}`,
            ).rejects.toBeDefined();
            await expect(
              drive((s) => system.check(record, s, erase), scope),
              `${record.id} ${kind}`,
            ).rejects.toBeDefined();
            await expect(collect(system.read(record, scope)), `${record.id} ${kind}`).rejects.toBeDefined();
          }
          await expect(system.find(planted.subject), kind).rejects.toBeDefined();
        } finally {
          await control.faults([]);
        }
        if (kind !== 'reset-after') expect(await planted.left()).toBe(before);
        expect(await planted.others()).toEqual(others);
      }
    });
  });
}

/**
 * Calls of one shape once each: the first of them meets the fault, and a try again is a second one.
 */
function shapes(calls: readonly { method: string; path: string }[]): Call[] {
  const seen = new Map<string, Call>();
  for (const { method, path } of calls) seen.set(`${method} ${path}`, { method, path });
  return [...seen.values()];
}
