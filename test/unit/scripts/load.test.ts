import { expect, it } from 'vitest';
import { firstEvents } from '../../../bench/inside/loadEvents.ts';
import { policy } from '../../../functions/policies/deployed.ts';
import { createCompliance } from '../../../functions/src/compliance.ts';

it('has a first event of each function, so that each cold start is measured', () => {
  const functions = Object.entries(createCompliance(policy)).filter(([, deployed]) => deployed !== undefined);
  expect(Object.keys(firstEvents({ current: 1, keys: { 1: 'key' } }))).toEqual(
    expect.arrayContaining(functions.map(([name]) => name)),
  );
});
