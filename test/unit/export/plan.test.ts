import { describe, expect, test } from 'vitest';
import { relativePath } from '../../../functions/src/export/archive/fileContent.ts';
import { planExport } from '../../../functions/src/export/plan.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { allRecords } from '../../../functions/src/policy/lookup.ts';
import { policyWith, record } from './helpers.ts';

/** Archives that were made already, and rows that an erasure keeps. */
const LEFT_OUT = [
  'exports/{uid}/**',
  // A law forbids to tell the person of it for now.
  'hiddenDisclosures/{id}',
  'lastAnswers/{id}',
  'officerSheets/{id}',
  'subjects/{uid}/identities/{id}',
  'tombstones/{pseudonym}',
];

const policy = policyWith({
  profile: record('firestore', 'users/{uid}'),
  files: record('storage', 'users/{uid}/**'),
  logs: record('firestore', 'systemLogs/{id}', { export: { access: true, portability: false } }),
  counters: record('firestore', 'rateLimits/{id}', { subject: { none: { en: 'nobody', fr: 'personne' } } }),
});

describe('the contents of an export', () => {
  test('Art. 20: a person’s records that the policy names; and the recipients that may hold more on consent or contract', () => {
    const plan = planExport(policy, 'portability');
    expect(plan.records.map((r) => r.id)).toEqual(['profile', 'files']);
    expect(plan.manual.map((m) => m.id)).toEqual(['desk']);
  });

  test('Art. 15: everything of the person, and every recipient without an interface', () => {
    const plan = planExport(policy, 'access');
    expect(plan.records.map((r) => r.id)).toEqual(['profile', 'files', 'logs']);
    expect(plan.manual.map((m) => m.id)).toEqual(['desk', 'ledgerist']);
  });

  test('of AMIKEO: every trace of a person, but not archives, nor rows that an erasure keeps: under a uid that is used again they are another person’s', () => {
    const asked = new Set(planExport(amikeo, 'access').records.map(({ id }) => id));
    const left = allRecords(amikeo)
      .filter(({ id, record }) => !('none' in record.subject) && !asked.has(id))
      .map(({ record }) => record.path);
    expect(left.sort()).toEqual(LEFT_OUT);
  });

  test('for a holder against the person’s word: nothing that the person wrote or made, and it is named', () => {
    const whole = planExport(amikeo, 'access').records.map(({ id }) => id);
    const { records, leftOut = [] } = planExport(amikeo, 'access', { ownWords: true });
    expect(leftOut.map(({ id }) => id).sort()).toEqual(['contactRequests', 'privacyRequests', 'userFiles']);
    expect([...records, ...leftOut].map(({ id }) => id).sort()).toEqual([...whole].sort());
    expect(planExport(amikeo, 'access')).not.toHaveProperty('leftOut');
  });

  test.each([
    ['users/{uid}/**', 'users/u1/a/b.png', 'a/b.png'],
    ['users/{uid}/**', 'users/u1/', ''],
    ['invoices/{id}', 'invoices/in_1', 'invoices/in_1'],
  ])('a file of %s at %s is %j in the archive', (template, path, relative) =>
    expect(relativePath(template, path)).toBe(relative),
  );
});
