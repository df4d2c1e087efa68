import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { nameOf, namedBy, sourcesOf } from '../../../../functions/src/erasure/restore/find.ts';
import { recordOf } from '../../../../functions/src/policy/lookup.ts';
import { policyWith, record } from '../../export/helpers.ts';

const AT = Date.parse('2026-03-01T10:00:00Z');

describe('the places in which people are searched', () => {
  it('names of collections once each, and rows that name people in fields', () => {
    expect(sourcesOf(amikeo).map((source) => [source.kind, nameOf(source)])).toEqual([
      ['names', 'users'],
      ['names', 'customers'],
      ['fields', 'contactRequests/*'],
      ['fields', 'systemLogs/*'],
    ]);
  });

  it('also in fields that mention people in rows of others', () => {
    const policy = policyWith({
      teams: record('firestore', 'teams/{id}', {
        subject: { none: { en: 'a team', fr: 'une équipe' } },
        mentions: [
          { field: 'members', as: 'array' },
          { field: 'roles', as: 'key' },
        ],
      }),
      backend: record('firestore', 'secrets/{uid}', { database: 'compliance' }),
    });
    expect(sourcesOf(policy)).toEqual([expect.objectContaining({ kind: 'fields', fields: ['members', 'roles'] })]);
    const data: Record<string, unknown> = { members: ['ada', 7, 'eve'], roles: { bob: 'admin' } };
    const named = [...namedBy(recordOf(policy, 'teams'), 'teams/1', (field) => data[field])];
    expect(named).toEqual([{ uid: 'ada' }, { uid: 'eve' }, { uid: 'bob' }]);
  });

  it('in each field of a row that has several subjects', () => {
    const messages = record('firestore', 'messages/{id}', {
      subject: {
        parties: [
          { as: 'value', field: 'sender' },
          { as: 'array', field: 'to' },
        ],
      },
    });
    expect(sourcesOf(policyWith({ messages }))).toEqual([expect.objectContaining({ fields: ['sender', 'to'] })]);
    const data: Record<string, unknown> = { sender: 'ada', to: ['bob', 7, 'ada'] };
    expect([...namedBy(messages, 'messages/1', (field) => data[field])]).toEqual([{ uid: 'ada' }, { uid: 'bob' }]);
  });

  it('by the uid of a row, and by its address only if it names no uid', () => {
    const contact = recordOf(amikeo, 'contactRequests');
    const who = (data: Record<string, unknown>) => [...namedBy(contact, 'contactRequests/1', (field) => data[field])];
    const createdAt = Timestamp.fromMillis(AT);
    expect(who({ uid: 'eve', email: 'ada@example.com' })).toEqual([{ uid: 'eve' }]);
    expect(who({ uid: '', email: ' Ada@Example.com ', createdAt })).toEqual([
      { address: 'ada@example.com', path: 'contactRequests/1', writtenAt: AT },
    ]);
    expect(who({ email: 7 })).toEqual([]);
  });
});
