import { isDeepStrictEqual } from 'node:util';
import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import type { Policy, PolicyRecord } from '../../../functions/src/policy/schema.ts';
import { fresh, NOW, subjectOf, testContext } from '../harness.ts';
import type { Planted } from '../suite.ts';
import { contentsOf, ground, record, source, withAccount, writeRows, type Rows } from './rows.ts';

/** People named by rows of others, and rows that only seem to name them. */

export const shared: NonNullable<PolicyRecord['mentions']> = [
  { field: 'members', as: 'array' },
  { field: 'owner', as: 'value' },
  { field: 'access.roles', as: 'key' },
];

/** An app in which people work together. */
export const policy: Policy = {
  ...amikeo,
  records: {
    teams: record('cmTeams/{team}', {
      subject: { none: { en: 'A team is nobody.', fr: "Une équipe n'est personne." } },
      timestamp: null,
      fate: [withAccount],
      mentions: shared,
    }),
    channels: record('cmTeams/{team}/cmChannels/{channel}', {
      subject: { none: { en: 'A channel is nobody.', fr: "Un canal n'est personne." } },
      fate: [withAccount],
      mentions: shared,
    }),
    // A row has a person of its own, and names others.
    notes: record('cmPeople/{uid}/cmNotes/{id}', {
      subject: { pathVariable: 'uid' },
      fate: [withAccount],
      mentions: [{ field: 'sharedWith', as: 'array' }],
    }),
    // Kept by law, with the person that it names as its own person.
    deeds: record('cmDeeds/{id}', {
      subject: { field: 'author' },
      fate: [withAccount, { when: { field: 'createdAt' }, after: 'P10Y', then: { do: 'retain', ground }, source }],
      mentions: [{ field: 'readers', as: 'array' }],
    }),
  },
};

export const context = testContext({}, policy);
const createdAt = Timestamp.fromMillis(NOW - 86_400_000);
export const db: Firestore = context.clients.app();

export const write = (rows: Rows): Promise<void> => writeRows(db, rows);
export const contents = (paths: readonly string[]) => contentsOf(db, paths);

/** Rows that name a person, each with the rest of it without them. */
function mentioning(uid: string): Record<string, readonly [Record<string, unknown>, Record<string, unknown>]> {
  const [a, b] = [`${uid}a`, uid.slice(0, -1)];
  const team = { name: 'Les Bleus', members: [a, uid, b], owner: uid, access: { roles: { [a]: 'x', [uid]: 'admin' } } };
  const without = { name: 'Les Bleus', members: [a, b], access: { roles: { [a]: 'x' } } };
  return {
    [`cmTeams/${uid}-all`]: [team, without],
    [`cmTeams/${uid}-twice`]: [{ members: [uid, a, uid] }, { members: [a] }],
    [`cmTeams/${uid}-owner`]: [
      { owner: uid, members: [a], about: uid },
      { members: [a], about: uid },
    ],
    [`cmTeams/${uid}-role`]: [{ access: { roles: { [uid]: { since: createdAt } } } }, { access: { roles: {} } }],
    [`cmTeams/${uid}-null`]: [
      { owner: a, access: { roles: { [uid]: null } } },
      { owner: a, access: { roles: {} } },
    ],
    [`cmTeams/t/cmChannels/${uid}`]: [{ owner: uid, members: [uid] }, { members: [] }],
    [`cmPeople/${a}/cmNotes/${uid}`]: [{ sharedWith: [uid] }, { sharedWith: [] }],
    [`cmDeeds/${uid}-read`]: [
      { createdAt, author: a, readers: [uid] },
      { createdAt, author: a, readers: [] },
    ],
  };
}

export async function plant(): Promise<Planted> {
  // Characters that a path of fields would take for its own.
  const uid = fresh('cm.a`b c-');
  const named = mentioning(uid);
  const [a, b] = [`${uid}a`, uid.slice(0, -1)];
  const own = { [`cmPeople/${uid}/cmNotes/n`]: { createdAt, sharedWith: [a] } };
  // Of the person themselves, and retained: it goes on naming them, also as a reader of it.
  const kept = { [`cmDeeds/${uid}-own`]: { createdAt, author: uid, readers: [uid, a] } };
  const others: Rows = {
    [`cmTeams/${uid}`]: { name: uid, members: [a, b, uid.toUpperCase()], owner: a, access: { roles: { [b]: 'x' } } },
    [`cmTeams/${uid}-claims`]: {
      members: { [uid]: true },
      owner: [uid],
      access: { roles: [uid] },
      roles: { [uid]: 1 },
    },
    [`cmTeams/${uid}-map`]: { members: [{ id: uid }], access: { [uid]: 'x' }, 'access.roles': { [uid]: 1 } },
    // Collections of the same name elsewhere, and in the other database.
    [`cmElsewhere/t/cmTeams/${uid}`]: { members: [uid], owner: uid, access: { roles: { [uid]: 1 } } },
    [`cmElsewhere/t/cmChannels/${uid}`]: { members: [uid], owner: uid, access: { roles: { [uid]: 1 } } },
    [`cmTeams/t/cmChannels/${uid}/cmChannels/c`]: { members: [uid], owner: uid },
    [`cmPeople/${a}/cmNotes/other`]: { sharedWith: [b], owner: uid },
    [`cmElsewhere/${uid}/cmNotes/n`]: { sharedWith: [uid] },
    [`cmElsewhere/t/cmDeeds/${uid}`]: { createdAt, author: uid, readers: [uid] },
  };
  await write({ ...own, ...kept, ...others });
  await write(Object.fromEntries(Object.entries(named).map(([path, [before]]) => [path, before])));
  await context.clients
    .own()
    .doc(`cmTeams/${uid}`)
    .set({ members: [uid] });
  const still = async () => [
    ...(await contents(Object.keys(own))).filter((data) => data !== undefined),
    ...(await contents(Object.keys(named))).filter(
      (data, index) => !isDeepStrictEqual(data, Object.values(named)[index]?.[1]),
    ),
  ];
  return {
    subject: subjectOf(uid),
    stranger: subjectOf(fresh('nobody')),
    left: async () => (await still()).length,
    retained: { deeds: 1 },
    others: async () => [
      await contents([...Object.keys(others), ...Object.keys(kept)]),
      (await context.clients.own().doc(`cmTeams/${uid}`).get()).data(),
    ],
    rows: { notes: 1, deeds: 1 },
    counts: { teams: 5, channels: 1, notes: 2, deeds: 2 },
  };
}
