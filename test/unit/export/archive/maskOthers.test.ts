import fc from 'fast-check';
import { DocumentReference, Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { withoutOthers } from '../../../../functions/src/export/archive/maskOthers.ts';
import { exportRow } from '../../../../functions/src/export/archive/rows.ts';
import { record } from '../helpers.ts';
import { exported, list, policy } from '../sample.ts';
import { unzip } from '../helpers.ts';

const shared = record('firestore', 'teams/{id}', {
  subject: { field: 'owner' },
  mentions: [
    { field: 'owner', as: 'value' },
    { field: 'members', as: 'array' },
    { field: 'team.roles', as: 'key' },
  ],
  export: { access: true, portability: true, leaveOut: ['notes.about', 'phones'] },
});

/** A reference as Firestore answers it, without a database. */
const reference = (path: string): DocumentReference =>
  Object.create(DocumentReference.prototype, { path: { value: path } }) as DocumentReference;

describe('Art. 15(4), 20(4): a row that several people share', () => {
  const row = {
    owner: 'me',
    members: ['me', 'ada', 'bob', 'ada'],
    team: { roles: { me: 'child', ada: 'parent' }, name: 'Red' },
    notes: [{ about: 'Ada', text: 'mine' }, { text: 'mine too' }, 7],
    phones: { ada: '+33' },
    at: Timestamp.fromMillis(0),
  };

  it('is exported without other people’s data, and names the masked places', () => {
    const before = structuredClone({ ...row, at: null });
    const { data, withheld } = withoutOthers(shared, 'me', { path: 'teams/t', data: row });
    expect(data).toEqual({
      owner: 'me',
      members: ['me', 'somebody else 1', 'somebody else 2', 'somebody else 1'],
      team: { roles: { me: 'child' }, name: 'Red' },
      notes: [{ text: 'mine' }, { text: 'mine too' }, 7],
      at: row.at,
    });
    expect(withheld).toEqual(['/notes/0/about', '/phones', '/members/1', '/members/2', '/members/3', '/team/roles']);
    expect({ ...row, at: null }).toEqual(before);
  });

  it('comes without the seal of the backend; a field of the app that is called so stays', () => {
    const path = 'things/t';
    const inDatabase = (database: '(default)' | 'compliance') =>
      withoutOthers(record('firestore', 'things/{id}', { database }), 'me', { path, data: { owner: 'me', seal: 'x' } });
    expect(inDatabase('compliance')).toEqual({ path, data: { owner: 'me' }, withheld: [] });
    expect(inDatabase('(default)')).toEqual({ path, data: { owner: 'me', seal: 'x' }, withheld: [] });
  });

  it('masks references to documents of others as their uid is masked, and leaves those to the person’s own', () => {
    const [own, below] = [reference('users/me'), reference('users/me/friends/x')];
    const given = {
      owner: reference('users/ada'),
      members: [
        own,
        reference('users/ada'),
        'ada',
        reference('t/1/m/bob'),
        below,
        reference('t/1/m/cyd'),
        reference('t/1/m/bob'),
      ],
    };
    const { data, withheld } = withoutOthers(shared, 'me', { path: 'teams/t', data: given });
    expect(data).toEqual({
      owner: 'somebody else 1',
      members: [
        own,
        'somebody else 1',
        'somebody else 1',
        'somebody else 2',
        below,
        'somebody else 3',
        'somebody else 2',
      ],
    });
    expect(withheld).toEqual(['/owner', '/members/1', '/members/2', '/members/3', '/members/5', '/members/6']);
  });

  it('masks one value if the policy says a list, and a list if it says one', () => {
    const { data } = withoutOthers(shared, 'me', {
      path: 'teams/t',
      data: { owner: ['me', reference('users/ada')], members: reference('users/bob') },
    });
    expect(data).toEqual({ owner: ['me', 'somebody else 1'], members: 'somebody else 2' });
  });

  it('masks the others in the path too, which servers often make of uids; literals of the policy and parts of words stay', () => {
    const chat = record('firestore', 'chats/{id}/ada/{n}', {
      subject: { field: 'me' },
      mentions: [{ field: 'with', as: 'array' }],
      export: { access: true, portability: true, leaveOut: ['by'] },
    });
    const data = { me: 'me', with: ['ada', 'ada-2', 'a.b'], by: 'bob' };
    const masked = (path: string) => withoutOthers(chat, 'me', { path, data }).path;
    expect(masked('chats/me_ada/ada/1')).toBe('chats/me_somebody else 1/ada/1');
    expect(masked('chats/ada-2_me/ada/adam')).toBe('chats/somebody else 2_me/ada/adam');
    expect(masked('chats/bob+me/ada/a.b')).toBe('chats/somebody else+me/ada/somebody else 3');
    expect(masked('chats/axb/ada/1')).toBe('chats/axb/ada/1');
  });

  it('that has several subjects masks the others of them, and leaves out a field of another author if the policy masks it', () => {
    const message = record('firestore', 'chats/{chat}/messages/{id}', {
      subject: {
        parties: [
          { as: 'value', field: 'sender', wrote: ['text', 'from.phone'], masked: ['from.phone'] },
          { as: 'array', field: 'to' },
        ],
      },
      mentions: [{ field: 'likes', as: 'key' }],
    });
    const path = 'chats/ann_ben/messages/1';
    const data = {
      sender: 'ann',
      to: ['ben', 'cleo'],
      text: 'hello',
      from: { phone: '+33', app: 2 },
      likes: { cleo: 1 },
    };
    expect(withoutOthers(message, 'ann', { path, data })).toEqual({
      path: 'chats/ann_somebody else 1/messages/1',
      data: { ...data, to: ['somebody else 1', 'somebody else 2'], likes: {} },
      withheld: ['/to/0', '/to/1', '/likes'],
    });
    expect(withoutOthers(message, 'ben', { path, data })).toEqual({
      path: 'chats/somebody else 1_ben/messages/1',
      data: { sender: 'somebody else 1', to: ['ben', 'somebody else 2'], text: 'hello', from: { app: 2 }, likes: {} },
      withheld: ['/from/phone', '/sender', '/to/1', '/likes'],
    });
  });

  it('never lets another uid through the fields that the policy names', () => {
    const uid = fc.constantFrom('me', 'other-1', 'other-2');
    const named = fc.oneof(
      uid,
      uid.map((one) => reference(`users/${one}`)),
    );
    const rows = fc.record({
      owner: fc.oneof(named, fc.constant(null)),
      members: fc.oneof(fc.array(named), named),
      team: fc.oneof(fc.record({ roles: fc.dictionary(uid, fc.string()) }), fc.constant('none')),
      phones: fc.anything(),
    });
    fc.assert(
      fc.property(rows, (given) => {
        const { data } = withoutOthers(shared, 'me', { path: 'teams/t', data: given });
        expect(JSON.stringify(exportRow({ path: 'teams/t', data }))).not.toContain('other-');
      }),
    );
  });

  it('in the archive: JSON, table and page have nothing of them', async () => {
    const records = policy.records;
    const before = records['sessions'];
    if (before === undefined) throw new Error('no sessions');
    records['sessions'] = { ...before, mentions: [{ field: 'with', as: 'value' }] };
    try {
      const path = 'users/u1/sessions/1';
      const { zip } = await exported({ sessions: () => list([{ path, data: { n: 1, with: 'another-uid' } }]) });
      const entries = await unzip(zip);
      expect(JSON.parse(String(entries.get('data/sessions.json')))).toEqual([
        { path, data: { n: 1, with: 'somebody else 1' }, withheld: ['/with'] },
      ]);
      for (const [name, bytes] of entries) expect([name, bytes.includes('another-uid')]).toEqual([name, false]);
    } finally {
      records['sessions'] = before;
    }
  });
});
