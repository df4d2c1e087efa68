import { afterAll, describe, expect, it } from 'vitest';
import { calls } from './cases/calls.ts';
import { documents } from './cases/documents.ts';
import { work } from './cases/work.ts';
import { functions, kit, type Case, type Name } from './kit.ts';
import { isAmikeo } from '../kit/amikeo.ts';

/** Takes each function that is deployed through Firebase's own test kit: a good and a bad input. */

afterAll(() => kit.cleanup());

const cases: Readonly<Record<Name, Case>> = { ...documents, ...work, ...calls };

// The cases write documents of AMIKEO's people.
describe.skipIf(!isAmikeo)('each function that is deployed', () => {
  it('has a case here', () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(functions).sort());
  });

  describe.each(Object.entries(cases))('%s', (_, { good, bad }) => {
    it('takes a good input', good);
    it('takes a bad input', bad);
  });
});
