import { describe, expect, it } from 'vitest';
import type { FaultKind } from '../../emulator/standins/faults.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';
import type { Change, NamedRecord, Subject, System } from '../../functions/src/systems/system.ts';
import { drive, scopeFor } from './harness.ts';
import type { Control } from './faults.ts';

/** A person with wrong values in a real system, and strangers. */
export interface Wrong {
  readonly subject: Subject;
  /** The values that are right. */
  readonly values: Readonly<Record<string, string>>;
  /** The same values as the system has them now, looked up past it. */
  readonly now: () => Promise<Readonly<Record<string, unknown>>>;
  /** Everything of the person that a correction leaves as it is. */
  readonly rest: () => Promise<unknown>;
  /** Everything of everybody else. */
  readonly others: () => Promise<unknown>;
}

export interface CorrectionSeed {
  readonly policy: Policy;
  readonly record: NamedRecord;
  /** A fresh person each time. */
  readonly plant: () => Promise<Wrong>;
}

const FAULTS: readonly FaultKind[] = ['429', '500', '500-no-error', 'reset-before', 'reset-after', 'garbage'];

/**
 * Holds a system to everything that system.ts says of a correction (Art. 16). Where the system has
 * a server that fails, it asks the same under each fault of each kind of call.
 */
export function corrects(
  system: System,
  { policy, record, plant }: CorrectionSeed,
  calls: { readonly control: Control; readonly of: readonly { readonly method: string; readonly path: string }[] },
): void {
  const changed = [{ record: record.id, count: 1, outcome: 'done', how: 'changed' }];
  const changeOf = ({ values }: Wrong): Change => ({ kind: 'rectify', values });
  const apply = async (wrong: Wrong, options: { interrupted?: boolean; attempts?: number } = {}) => {
    const scope = await scopeFor(system, policy, wrong.subject);
    return (await drive((s) => system.apply(record, s, changeOf(wrong)), scope, options)).outcomes;
  };

  describe(`${system.id}, a correction`, () => {
    it('is foretold without touching anything', async () => {
      const wrong = await plant();
      const before = [await wrong.now(), await wrong.rest()];
      const scope = await scopeFor(system, policy, wrong.subject);
      expect(await system.preview(record, scope, changeOf(wrong))).toEqual(changed);
      expect([await wrong.now(), await wrong.rest()]).toEqual(before);
    });

    it.each([{}, { interrupted: true }])(
      'sets the values of this person, leaves all else, and reads them back; twice is once (%j)',
      async (options) => {
        const wrong = await plant();
        const [rest, others] = [await wrong.rest(), await wrong.others()];
        for (let times = 0; times < 2; times++) {
          expect(await apply(wrong, options)).toEqual(changed);
          expect(await wrong.now()).toMatchObject(wrong.values);
        }
        const scope = await scopeFor(system, policy, wrong.subject);
        const { outcomes } = await drive((s) => system.check(record, s, changeOf(wrong)), scope);
        expect(outcomes).toEqual(changed);
        expect([await wrong.rest(), await wrong.others()]).toEqual([rest, others]);
      },
    );

    it('asks nothing and writes nothing more if everything is right already', async () => {
      const wrong = await plant();
      await apply(wrong);
      const scope = await scopeFor(system, policy, wrong.subject);
      await calls.control.clear();
      await drive((s) => system.apply(record, s, changeOf(wrong)), scope);
      expect((await calls.control.requests()).map(({ method }) => method)).toEqual(['GET']);
    });

    it('leaves a value that the person has not, and says that an officer compares it', async () => {
      const wrong = await plant();
      const before = [await wrong.now(), await wrong.rest()];
      const scope = await scopeFor(system, policy, wrong.subject);
      const change = { kind: 'rectify', values: {}, lacking: Object.keys(wrong.values) } as const;
      const { outcomes } = await drive((s) => system.apply(record, s, change), scope);
      expect(outcomes).toMatchObject([{ record: record.id, count: 1, outcome: 'manual' }]);
      expect([await wrong.now(), await wrong.rest()]).toEqual(before);
    });

    it('is no success while a value differs', async () => {
      const wrong = await plant();
      const scope = await scopeFor(system, policy, wrong.subject);
      await expect(drive((s) => system.check(record, s, changeOf(wrong)), scope)).rejects.toMatchObject({
        code: `${system.id}.left`,
      });
    });

    it('makes nothing for a person who is not there', async () => {
      const wrong = await plant();
      const uid = `${wrong.subject.uid}-nobody`;
      const scope = await scopeFor(system, policy, { ...wrong.subject, uid, verifiedEmails: [], providerIds: {} });
      const { outcomes } = await drive((s) => system.apply(record, s, changeOf(wrong)), scope);
      expect(outcomes).toEqual([{ record: record.id, count: 0, outcome: 'done' }]);
    });

    it.each(FAULTS)('is there, and nowhere else, after %s of any call', async (kind) => {
      for (const { method, path } of calls.of) {
        const wrong = await plant();
        const others = await wrong.others();
        const scope = await scopeFor(system, policy, wrong.subject);
        await calls.control.clear();
        // Once more than the SDK tries by itself.
        await calls.control.faults([{ method, path, kind, times: 3 }]);
        const { outcomes } = await drive((s) => system.apply(record, s, changeOf(wrong)), scope, { attempts: 8 });
        const met = (await calls.control.requests()).some(({ fault }) => fault === kind);
        expect(met, `${method} met ${kind}`).toBe(true);
        // A call that arrived is not made again.
        await calls.control.faults([]);
        expect(outcomes).toEqual(changed);
        expect(await wrong.now(), `${method} ${kind}`).toMatchObject(wrong.values);
        expect(await wrong.others()).toEqual(others);
      }
    });
  });
}
