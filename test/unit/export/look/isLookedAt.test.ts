import { describe, expect, it } from 'vitest';
import { isLookedAt } from '../../../../functions/src/policy/parties.ts';
import type { PolicyRecord, SubjectOf } from '../../../../functions/src/policy/schema.ts';

const record = (subject: SubjectOf, look = true): Pick<PolicyRecord, 'subject' | 'export'> => ({
  subject,
  export: { access: true, portability: true, ...(look ? { look: { en: 'Others write here.' } } : {}) },
});
const isLooked = (subject: SubjectOf, row: Record<string, unknown>, uid = 'ada', look = true): boolean =>
  isLookedAt(record(subject, look), (field) => row[field], uid);

describe('rows that an officer looks at (Art. 15(4))', () => {
  const form: SubjectOf = { field: 'uid', email: 'email' };
  const chat: SubjectOf = {
    parties: [
      { as: 'value', field: 'sender', wrote: ['text'] },
      { as: 'value', field: 'recipient' },
    ],
  };

  it('are none if the policy asks for none', () => {
    expect(isLooked({ field: 'uid' }, {}, 'ada', false)).toBe(false);
  });

  it('are those of a form that name an address alone: the row of an account is its own', () => {
    expect(isLooked(form, { uid: 'ada', email: 'a@example.com' })).toBe(false);
    expect(isLooked(form, { email: 'a@example.com' })).toBe(true);
    expect(isLooked(form, { uid: '', email: 'a@example.com' }, '')).toBe(true);
  });

  it('are messages that somebody else wrote, also one whose writer was erased', () => {
    expect(isLooked(chat, { sender: 'ada', recipient: 'bob' })).toBe(false);
    expect(isLooked(chat, { sender: 'bob', recipient: 'ada' })).toBe(true);
    expect(isLooked(chat, { recipient: 'ada' })).toBe(true);
  });

  it('are all rows that a list of people shares: each of them may have written in them', () => {
    const list: SubjectOf = {
      parties: [
        { as: 'value', field: 'owner', wrote: ['title'] },
        { as: 'array', field: 'members' },
      ],
    };
    expect(isLooked(list, { owner: 'ada', members: ['ada', 'bob'] })).toBe(true);
  });

  it('are all rows if nothing of them tells who wrote', () => {
    for (const subject of [{ field: 'about' }, { pathVariable: 'uid' }, { parties: [{ as: 'array', field: 'of' }] }])
      expect(isLooked(subject as SubjectOf, { about: 'ada', of: ['ada'] })).toBe(true);
  });
});
