import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { append, emptyHead } from '../../../functions/src/ledger/chain.ts';
import { entryFromDocument, entryToDocument } from '../../../functions/src/ledger/documents.ts';

const AT = Date.UTC(2026, 0, 1);
const times = { occurredAt: AT, recordedAt: AT + 1, effectiveAt: AT - 1 };
const { entry } = append('v1_chain', emptyHead('v1_chain'), 'e1', { kind: 'consent', state: 'given', ...times });
const stored = entryToDocument(entry);

describe('an entry from its document', () => {
  it('is the one that was stored', () => {
    expect(entryFromDocument('e1', stored)).toEqual(entry);
  });

  // Each of these has the milliseconds, and so the hash, of the time that was recorded.
  it.each([
    ['a text', new Date(AT).toISOString()],
    ['a number', AT],
    ['a number as text', String(AT)],
    ['a moment between two milliseconds', new Timestamp(AT / 1000, 1)],
    ['a map of the same fields', { seconds: AT / 1000, nanoseconds: 0 }],
    ['nothing', null],
  ])('is unreadable if a time is %s', (_, value) => {
    for (const name of ['occurredAt', 'recordedAt', 'effectiveAt'])
      expect(() => entryFromDocument('e1', { ...stored, [name]: value })).toThrow(name);
  });

  it('is unreadable without the times that every entry has', () => {
    const without = (name: string) => Object.fromEntries(Object.entries(stored).filter(([field]) => field !== name));
    for (const name of ['occurredAt', 'recordedAt']) expect(() => entryFromDocument('e1', without(name))).toThrow(name);
    expect(entryFromDocument('e1', without('effectiveAt'))).not.toHaveProperty('effectiveAt');
  });
});
