import { describe, expect, it } from 'vitest';
import { decideConsent } from '../../../functions/src/consent/decide.ts';
import type { Answer, ConsentChange } from '../../../functions/src/consent/documents.ts';
import { decidePermission } from '../../../functions/src/consent/permissions.ts';
import { allowedIn, stands } from '../../../functions/src/ledger/standing.ts';
import { emptyHead, type Head } from '../../../functions/src/ledger/chain.ts';
import type { Verdict } from '../../../functions/src/ledger/store.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { withTexts } from './texts.ts';

const policy = withTexts('2026-01-01', '2026-06-01');
const NOW = Date.UTC(2026, 10, 1, 12);
const WRITTEN = NOW - 500;
const head = emptyHead('v1_x');
const erasing = { ...head, erasing: { at: NOW, accountCreatedAt: 1 } };

const answer = (granted: boolean, more: Partial<Answer> = {}): Answer => ({
  granted,
  policyVersion: '2026-01-01',
  source: 'app',
  updatedAt: WRITTEN,
  ...more,
});
const change = (before: Answer | null, after: Answer | null): ConsentChange => ({
  purpose: 'messages',
  before,
  after,
  writtenAt: WRITTEN,
});
const decide = (before: Answer | null, after: Answer | null, at: Head = head) =>
  draftOf(decideConsent(change(before, after), at, { policy, now: NOW }));
const draftOf = (verdict: Verdict) => ('record' in verdict ? verdict.record : verdict);
const other = { policyVersion: '2026-06-01' };

describe('the entry for a change of a consent document', () => {
  it.each([
    ['a first yes', null, answer(true), 'given'],
    ['a first no', null, answer(false), 'refused'],
    ['a yes that becomes a no (Art. 7(3))', answer(true), answer(false), 'withdrawn'],
    ['a no that becomes a yes', answer(false), answer(true), 'given'],
    ['the same yes to a new text', answer(true), answer(true, other), 'reconfirmed'],
    ['the same no to a new text', answer(false), answer(false, other), 'refused'],
    ['a yes that is deleted while the account lives', answer(true), null, 'withdrawn'],
  ])('%s', (_, before, after, state) => {
    expect(decide(before, after)).toMatchObject({ kind: 'consent', purpose: 'messages', legalBasis: 'consent', state });
  });

  it.each([
    ['the same answer again', answer(true), answer(true, { updatedAt: WRITTEN + 1, deviceId: 'other' })],
    ['a no that is deleted', answer(false), null],
    ['nothing before and nothing after', null, null],
  ])('%s is no decision', (_, before, after) => {
    expect(decide(before, after)).toEqual({ ignore: true });
  });

  it('a consent that an erasure deletes is not a withdrawal, and nothing new of that account is accepted', () => {
    expect(decide(answer(true), null, erasing)).toEqual({ ignore: true });
    expect(decide(null, answer(true), erasing)).toEqual({ reject: 'late' });
  });

  it('a time in the future is taken as the time the server wrote it, and says so', () => {
    expect(decide(null, answer(true, { givenAt: WRITTEN + 3_600_000 }))).toMatchObject({
      occurredAt: WRITTEN,
      clamped: true,
    });
    expect(decide(null, answer(true, { updatedAt: WRITTEN + 1001 }))).toMatchObject({
      occurredAt: WRITTEN,
      clamped: true,
    });
    expect(decide(null, answer(true))).not.toHaveProperty('clamped');
  });

  it('a yes given offline counts from its own time; a withdrawal from its receipt, despite the time of a device', () => {
    expect(decide(null, answer(true, { givenAt: WRITTEN - 5000 }))).toMatchObject({ occurredAt: WRITTEN - 5000 });
    expect(decide(answer(true), answer(false, { givenAt: WRITTEN - 5000 }))).toMatchObject({ occurredAt: WRITTEN });
  });

  it('keeps the text and the source that the app declared', () => {
    const declared = { appVersion: '4.2.0', locale: 'fr' };
    expect(decide(null, answer(true, declared))).toMatchObject({
      ...declared,
      policyVersion: '2026-01-01',
      source: 'app',
      recordedAt: NOW,
    });
  });

  it('stands only as given or reconfirmed', () => {
    const states = ['given', 'reconfirmed', 'refused', 'withdrawn', 'expired', 'pending', undefined];
    expect(states.filter(stands)).toEqual(['given', 'reconfirmed']);
  });
});

describe('the entry for a change of a device permission', () => {
  const after = (granted: boolean, updatedAt = WRITTEN) => ({ granted, permission: 'camera', updatedAt });
  const permission = (before: { granted: boolean } | null, next: ReturnType<typeof after> | null, at: Head = head) =>
    draftOf(decidePermission({ before, after: next, writtenAt: WRITTEN }, at, NOW, 'device-hash'));

  it('history of the permissions of the device, without a legal basis and without a purpose', () => {
    const entry = permission(null, after(true));
    expect(entry).toMatchObject({
      kind: 'devicePermission',
      state: 'granted',
      permission: 'camera',
      device: 'device-hash',
    });
    expect(entry).not.toHaveProperty('legalBasis');
    expect(permission({ granted: true }, after(false))).toMatchObject({ state: 'denied' });
  });

  it('nothing if nothing changed, nothing for a deleted document', () => {
    expect(permission({ granted: true }, after(true))).toEqual({ ignore: true });
    expect(permission({ granted: true }, null)).toEqual({ ignore: true });
    expect(permission(null, after(true), erasing)).toEqual({ reject: 'late' });
  });

  it('a time in the future is clamped, and says so', () => {
    expect(permission(null, after(true, WRITTEN + 60_000))).toMatchObject({ occurredAt: WRITTEN, clamped: true });
  });
});

describe('the messages that several consents together allow Brevo', () => {
  const allowed = (current: Record<string, string>) => allowedIn(amikeo, 'brevo', { current });

  it('a person who withdrew the messages is not written to again because of the other marketing consent', () => {
    expect(allowed({ messages: 'withdrawn', marketingAutomation: 'given' })).toEqual({
      contact: true,
      messages: false,
    });
    expect(allowed({ messages: 'given', marketingAutomation: 'withdrawn' })).toEqual({ contact: true, messages: true });
  });

  it('nothing if no consent stands, also not from purposes that have nothing to do with it', () => {
    expect(allowed({ messages: 'refused', marketingAutomation: 'expired', analytics: 'given' })).toEqual({
      contact: false,
      messages: false,
    });
    expect(allowed({})).toEqual({ contact: false, messages: false });
  });
});
