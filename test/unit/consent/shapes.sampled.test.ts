import fc from 'fast-check';
import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { consentDocument, devicePermissionDocument, readConsent } from '../../../functions/src/consent/documents.ts';
import { times } from '../../kit/depth.ts';

const at = Timestamp.fromMillis(Date.parse('2026-03-01T09:00:00Z'));
const answer = (more: object = {}): object => ({
  granted: true,
  policyVersion: '2026-01-31',
  source: 'app',
  updatedAt: at,
  ...more,
});
const refusal = (more: object = {}): object => answer({ granted: false, ...more });

describe('reading a consent', () => {
  test.each([answer(), refusal()])('the contract’s fields, as they are', (document) => {
    const full = { ...document, locale: 'fr', appVersion: '2.1', deviceId: 'd1', givenAt: at, reconsentRequired: true };
    expect(readConsent(document)).toEqual({ ok: true, document, dropped: [] });
    expect(readConsent(full)).toEqual({ ok: true, document: full, dropped: [] });
  });

  test('of any language tag only language, script and region are kept', () => {
    const kept = (locale: string) => {
      const read = readConsent(answer({ locale }));
      return read.ok && read.document.locale;
    };
    expect(['fr', 'fr_FR', 'zh-Hant-TW', 'es-419', 'fr-FR-u-mu-celsius'].map(kept)).toEqual([
      ...['fr', 'fr_FR', 'zh-Hant-TW', 'es-419', 'fr-FR'],
    ]);
    expect(['fr-lovelace', 'fr-x-ada', 'fr-Lovel', 'fr-FRA'].map(kept)).toEqual(['fr', 'fr', 'fr', 'fr']);
  });

  test('an empty optional text, which the rules let through, says nothing', () => {
    const read = readConsent(answer({ locale: '', appVersion: '', deviceId: '' }));
    expect(read).toEqual({ ok: true, document: answer(), dropped: [] });
  });

  test.each([
    ['a text that is too long', { appVersion: 'x'.repeat(51) }, 'too_big', 'appVersion'],
    ['a version of an app that is a name', { appVersion: 'Ada Lovelace' }, 'invalid_format', 'appVersion'],
    ['a language that is a sentence', { locale: 'ask ada@example.com' }, 'invalid_format', 'locale'],
    ['a version that is none', { policyVersion: 'v3' }, 'invalid_format', 'policyVersion'],
    ['another source', { source: 'ada@example.com' }, 'invalid_value', 'source'],
    ['no server time', { updatedAt: '2026-03-01' }, 'custom', 'updatedAt'],
    ['a further field', { 'ada@example.com': 1 }, 'unrecognized_keys', '(document)'],
  ])('Art. 7(1): %s is no grant; named by code and field, without its value', (_name, more, code, field) => {
    expect(readConsent(answer(more))).toEqual({ ok: false, issues: [{ code, field }] });
  });

  test.each([undefined, null, 'no', [], {}, { granted: 'no' }, { granted: 0 }, { granted: null }])(
    'a document without an answer is none: %j',
    (data) => {
      expect(readConsent(data).ok).toBe(false);
    },
  );
});

describe('Art. 7(3): a refusal is read despite any fault beside it', () => {
  test.each([
    ['a text that is too long', { appVersion: 'x'.repeat(51) }, 'too_big', 'appVersion'],
    ['a version of an app that is a name', { appVersion: 'Ada Lovelace' }, 'invalid_format', 'appVersion'],
    ['a language that is a sentence', { locale: 'ask ada@example.com' }, 'invalid_format', 'locale'],
    ['a value of another type', { locale: 7 }, 'invalid_type', 'locale'],
    ['a time that is none', { givenAt: 'yesterday' }, 'custom', 'givenAt'],
    ['a mark that is none', { reconsentRequired: 'yes' }, 'invalid_type', 'reconsentRequired'],
  ])('%s is left out and named', (_name, more, code, field) => {
    expect(readConsent(refusal(more))).toEqual({ ok: true, document: refusal(), dropped: [{ code, field }] });
  });

  test('further fields are left out and not named', () => {
    expect(readConsent(refusal({ 'ada@example.com': 1, why: 'x' }))).toEqual({
      ok: true,
      document: refusal(),
      dropped: [{ code: 'unrecognized_keys', field: '(document)' }],
    });
  });

  test('with nothing but the answer', () => {
    expect(readConsent({ granted: false })).toEqual({
      ok: true,
      document: { granted: false },
      dropped: [
        { code: 'invalid_type', field: 'policyVersion' },
        { code: 'invalid_value', field: 'source' },
        { code: 'custom', field: 'updatedAt' },
      ],
    });
  });

  test('version and source are those of the answer before, if it has valid ones; nothing else is', () => {
    const before = answer({ policyVersion: '2025-06-30', source: 'web', locale: 'fr', deviceId: 'd1' });
    const read = readConsent({ granted: false, updatedAt: at }, before);
    expect(read.ok && read.document).toEqual({
      granted: false,
      updatedAt: at,
      policyVersion: '2025-06-30',
      source: 'web',
    });
    expect(readConsent({ granted: false, locale: 7, source: 'app' }, before)).toMatchObject({
      document: { granted: false, policyVersion: '2025-06-30', source: 'app' },
      dropped: [{ field: 'policyVersion' }, { field: 'updatedAt' }, { field: 'locale' }],
    });
    const unsaid = readConsent({ granted: false, locale: 7 }, before);
    expect(unsaid.ok && Object.keys(unsaid.document).sort()).toEqual(['granted', 'policyVersion', 'source']);
    expect(readConsent(refusal({ policyVersion: 'v3' }), before)).toEqual({
      ok: true,
      document: refusal({ policyVersion: '2025-06-30' }),
      dropped: [{ code: 'invalid_format', field: 'policyVersion' }],
    });
    expect(readConsent({ granted: false }, { policyVersion: 'v3', source: 'fax' })).toMatchObject({
      document: { granted: false },
    });
    expect(readConsent(refusal(), before)).toEqual({ ok: true, document: refusal(), dropped: [] });
  });

  const value = fc.oneof(fc.anything(), fc.string({ maxLength: 400, unit: 'binary' }), fc.constant(at));
  const junk = fc.record(
    Object.fromEntries([...Object.keys(consentDocument().shape), 'further', '__proto__'].map((name) => [name, value])),
    { requiredKeys: [] },
  );
  test('any junk with granted: false is readable, and the result is valid', () => {
    fc.assert(
      fc.property(junk, fc.oneof(junk, fc.anything()), (data, before) => {
        const read = readConsent({ ...data, granted: false }, before);
        expect(read.ok).toBe(true);
        if (!read.ok) return;
        expect(read.document.granted).toBe(false);
        expect(z.partial(consentDocument()).safeParse(read.document).success).toBe(true);
        // Names come from the contract only.
        const known = ['(document)', ...Object.keys(consentDocument().shape)];
        for (const { field } of read.dropped) expect(known).toContain(field);
      }),
      { numRuns: times(400, 2000) },
    );
  });

  test('junk is never a grant, unless it is the contract’s', () => {
    fc.assert(
      fc.property(junk, (data) => {
        const read = readConsent({ ...data, granted: true });
        expect(read.ok).toBe(consentDocument().safeParse({ ...data, granted: true }).success);
      }),
    );
  });
});

test('a device permission: lengths as in the rules', () => {
  const permission = { permission: 'camera', granted: true, deviceId: 'd1', updatedAt: at };
  expect(devicePermissionDocument().safeParse({ ...permission, platform: 'x'.repeat(50) }).success).toBe(true);
  expect(devicePermissionDocument().safeParse({ ...permission, platform: 'x'.repeat(51) }).success).toBe(false);
});
