import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addOfficer,
  hasOfficers,
  listOfficers,
  officerNamed,
  removeOfficer,
} from '../../../functions/src/subject/officers.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { testContext } from '../requests/helpers.ts';

/** The directory of officers: a declared name leads to a pseudonym, and only for who may decide. */

const NOW = Date.parse('2026-06-01T00:00:00Z');
const PSEUDONYM = /^v1_[A-Za-z0-9_-]{43}$/;

describe('an officer', () => {
  it('is known by name once added, in any case and with any blanks, and no more once removed', async () => {
    const context = testContext(NOW);
    expect(await hasOfficers(context)).toBe(false);
    expect(await officerNamed(context, 'Ines Marchal')).toBeNull();
    const added = await addOfficer(context, ' Ines  Marchal ');
    expect(added).toEqual({ pseudonym: expect.stringMatching(PSEUDONYM), changed: true });
    expect(await addOfficer(context, 'ines marchal')).toEqual({ ...added, changed: false });
    expect(await officerNamed(context, 'INES MARCHAL')).toBe(added.pseudonym);
    expect(await officerNamed(context, 'Ines')).toBeNull();
    context.time.now += DAY_MS;
    expect(await removeOfficer(context, 'ines marchal')).toEqual(added);
    expect(await removeOfficer(context, added.pseudonym)).toEqual({ ...added, changed: false });
    expect(await officerNamed(context, 'Ines Marchal')).toBeNull();
    // The name stays for its period, and a directory that had somebody is not empty.
    expect(await hasOfficers(context)).toBe(true);
    expect(await listOfficers(context)).toEqual([
      { pseudonym: added.pseudonym, name: 'Ines Marchal', addedAt: NOW, removedAt: NOW + DAY_MS, isSealed: true },
    ]);
    expect(await addOfficer(context, 'Ines Marchal')).toEqual(added);
    expect(await officerNamed(context, 'Ines Marchal')).toBe(added.pseudonym);
    expect(await removeOfficer(context, 'nobody')).toBeNull();
  });

  it('is listed behind those who may decide, once removed', async () => {
    const context = testContext(NOW);
    for (const name of ['Ada', 'Ines', 'Noor']) await addOfficer(context, name);
    await removeOfficer(context, 'Ada');
    expect((await listOfficers(context)).map(({ name }) => name)).toEqual(['Ines', 'Noor', 'Ada']);
  });

  it('keeps their pseudonym when the key changes', async () => {
    const context = testContext(NOW);
    const { pseudonym } = await addOfficer(context, 'Ines');
    const later = { ...context, keys: { current: 2, keys: { ...context.keys.keys, 2: 'the next key' } } };
    expect(await officerNamed(later, 'Ines')).toBe(pseudonym);
    expect(await addOfficer(later, 'Ines')).toEqual({ pseudonym, changed: false });
    expect((await addOfficer(later, 'Noor')).pseudonym).toMatch(/^v2_/);
  });

  it.each([
    ['without a seal', (row: object) => ({ ...row, seal: 'v1_none' })],
    ['with another name under the same seal', (row: object) => ({ ...row, name: 'Mallory' })],
    ['with a field more', (row: object) => ({ ...row, admin: true })],
  ])('is nobody if somebody else wrote the row: %s', async (_, forge) => {
    const context = testContext(NOW);
    const { pseudonym } = await addOfficer(context, 'Ines');
    const ref = context.own.doc(`officers/${pseudonym}`);
    await ref.set(forge((await ref.get()).data() ?? {}));
    expect(await officerNamed(context, 'Ines')).toBeNull();
    expect(await listOfficers(context)).toEqual([{ pseudonym, isSealed: false }]);
    expect(await hasOfficers(context)).toBe(true);
    expect(await removeOfficer(context, pseudonym)).toEqual({ pseudonym, changed: true });
    expect((await ref.get()).exists).toBe(false);
  });

  it('is nobody under a row that was moved from another one', async () => {
    const context = testContext(NOW);
    const ines = await addOfficer(context, 'Ines');
    const noor = await addOfficer(context, 'Noor');
    const row = (await context.own.doc(`officers/${ines.pseudonym}`).get()).data() ?? {};
    await context.own.doc(`officers/${noor.pseudonym}`).set(row);
    expect(await officerNamed(context, 'Noor')).toBeNull();
  });

  it('has a name: no text without one, and none with control characters, is taken', async () => {
    const context = testContext(NOW);
    for (const text of ['', '  ', 'a\nb', 'x'.repeat(101), 'a\u0000'])
      await expect(addOfficer(context, text)).rejects.toMatchObject({ code: 'officer.name' });
    expect(await hasOfficers(context)).toBe(false);
  });

  it('may decide exactly if they were last added and not removed, after any history', async () => {
    const order = fc.record({ what: fc.constantFrom('add', 'remove'), name: fc.constantFrom('Ines', 'Noor', 'Éva') });
    await fc.assert(
      fc.asyncProperty(fc.array(order, { maxLength: 12 }), async (orders) => {
        const context = testContext(NOW);
        const may = new Set<string>();
        for (const { what, name } of orders) {
          context.time.now += 1;
          if (what === 'add') expect((await addOfficer(context, name)).changed).toBe(!may.has(name));
          else expect((await removeOfficer(context, name))?.changed ?? false).toBe(may.has(name));
          if (what === 'add') may.add(name);
          else may.delete(name);
        }
        for (const name of ['Ines', 'Noor', 'Éva'])
          expect((await officerNamed(context, name.toUpperCase())) !== null).toBe(may.has(name));
      }),
      { numRuns: 40 },
    );
  });
});
