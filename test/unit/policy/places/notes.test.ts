import { expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { example } from '../../../../functions/policies/example/index.ts';
import { notesOn } from '../../../../functions/src/policy/check.ts';

it('the check names the functions that a policy does without', () => {
  expect(notesOn(amikeo)).toEqual([]);
  expect(notesOn(example).join()).toContain('requestByEmail and links');
  expect(notesOn(example).join()).toContain('the function contact');
});
