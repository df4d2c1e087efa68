import { Timestamp } from 'firebase-admin/firestore';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import type { Policy, PolicyRecord } from '../../../functions/src/policy/schema.ts';
import type { NamedRecord } from '../../../functions/src/systems/system.ts';
import { proven } from '../../kit/proven.ts';
import { fresh, ownProject, recordsOf, subjectOf, testContext } from '../harness.ts';
import type { Planted } from '../suite.ts';
import { ground, record as anyRecord, source, withAccount, writeRows, type Rows } from './rows.ts';

/**
 * The world of Firestore's tests: a policy of paths of their own, and people planted in it. Each
 * file of tests has a project of its own.
 */

export const record = (path: string, more: Partial<PolicyRecord>): PolicyRecord =>
  anyRecord(path, { subject: { pathVariable: 'uid' }, timestamp: 'createdAt', fate: [withAccount], ...more });

/** Paths of our own, so that no deployed function hears of them. */
export const policy: Policy = {
  ...amikeo,
  records: {
    person: record('cfPeople/{uid}', { subcollections: true }),
    notes: record('cfPeople/{uid}/cfNotes/{id}', {
      fate: [withAccount, { when: { field: 'createdAt' }, after: 'P1Y', then: { do: 'delete' }, source }],
    }),
    deep: record('cfPeople/{uid}/cfDays/{day}/cfReadings/{id}', {}),
    bills: record('cfPeople/{uid}/cfBills/{id}', {
      fate: [withAccount, { when: { field: 'createdAt' }, after: 'P10Y', then: { do: 'retain', ground }, source }],
    }),
    folders: record('cfPeople/{uid}/cfFolders/{id}', { subcollections: true }),
    tickets: record('cfTickets/{id}', { subject: { field: 'uid' } }),
    posts: record('cfGroups/{group}/cfPosts/{id}', { subject: { field: 'uid' } }),
    forms: record('cfForms/{id}', { subject: { field: 'uid', email: 'contact.email' } }),
    wishes: record('cfGroups/{group}/cfWishes/{id}', { subject: { field: 'uid', email: 'email' } }),
    logs: record('cfLogs/{id}', {
      subject: { field: 'uid' },
      fate: [
        {
          when: { event: 'accountDeleted' },
          after: 'P0D',
          then: { do: 'anonymise', fields: ['uid', 'client.ip'] },
          source,
        },
        { when: { field: 'createdAt' }, after: 'P1Y', then: { do: 'delete' }, source },
      ],
    }),
    own: record('cfOwn/{uid}/cfRows/{id}', { database: 'compliance' }),
  },
};

ownProject();
export const context = testContext({}, policy);
export const db = context.clients.app();
const own = context.clients.own();
export const at = (text: string) => Timestamp.fromMillis(Date.parse(text));
/** Rows of the largest record: more than a page. */
export const NOTES = 520;
const NAME = 'Camille Martin';
const EMAIL = 'camille@example.com';

/** Writes documents by path. */
export const write = (rows: Rows, target = db): Promise<void> => writeRows(target, rows);
/** Counts which of these are there. */
export const exist = async (paths: readonly string[], target = db): Promise<number> => {
  const found = await target.getAll(...paths.map((path) => target.doc(path)));
  return found.filter((document) => document.exists).length;
};
/** Reads documents, each with the time of its last write. */
export const contents = async (paths: readonly string[], target = db): Promise<unknown> => {
  const found = await target.getAll(...paths.map((path) => target.doc(path)));
  return found.map((document) => [document.ref.path, document.data(), document.updateTime?.toMillis()]);
};

/**
 * Rows that name nobody by uid, in which an address stands as people and forms write it; and rows
 * in which it proves nothing.
 */
function byEmail(email: string): { mine: Record<string, Record<string, unknown>>; others: typeof mine } {
  const key = fresh('f');
  const createdAt = at('2026-05-01T00:00:00Z');
  const form = (address: unknown, more = {}) => ({ createdAt, contact: { email: address }, ...more });
  const [local = '', domain = ''] = email.split('@');
  const words = local.replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase());
  const mine: Record<string, Record<string, unknown>> = {
    [`cfForms/${key}-lower`]: form(email),
    [`cfForms/${key}-upper`]: form(email.toUpperCase(), { uid: null }),
    [`cfForms/${key}-first`]: form(`${email.slice(0, 1).toUpperCase()}${email.slice(1)}`, { uid: '' }),
    [`cfForms/${key}-words`]: form(`${words}@${domain}`),
    [`cfGroups/g/cfWishes/${key}`]: { createdAt, email },
  };
  const others: typeof mine = {
    // Names an account: it is that account's, with any typed address.
    [`cfForms/${key}-named`]: form(email, { uid: 'somebody-else' }),
    [`cfForms/${key}-list`]: form(email, { uid: [] }),
    [`cfForms/${key}-other`]: form(`x${email}`),
    [`cfForms/${key}-longer`]: form(`${email}.org`),
    [`cfForms/${key}-array`]: form([email]),
    [`cfForms/${key}-kelvin`]: form(email.replace('k', '\u212a')),
    [`cfForms/${key}-field`]: { createdAt, email, name: email },
    [`cfTeams/t/cfForms/${key}`]: form(email),
    [`cfTeams/t/cfWishes/${key}`]: { createdAt, email },
    [`cfTickets/${key}`]: { createdAt, email },
  };
  return { mine, others };
}

/** Plants a person without an account, with letters to the company. */
export async function plantNoAccount(): Promise<Planted> {
  const email = `kim.${fresh('cf')}@example.com`;
  const { mine, others } = byEmail(email);
  const createdAt = at('2026-05-01T00:00:00Z');
  // Rows that an empty uid must not find.
  const empty = {
    [`cfTickets/${fresh('t')}`]: { createdAt, uid: '' },
    [`cfLogs/${fresh('l')}`]: { createdAt, uid: '' },
  };
  await write({ ...mine, ...others, ...empty });
  const none = { accountCreatedAt: null, pseudonym: 'v1_nobody' };
  return {
    subject: subjectOf('', { ...none, verifiedEmails: proven(email) }),
    stranger: subjectOf('', { ...none, verifiedEmails: proven(`${fresh('nobody')}@example.com`) }),
    left: async () => exist(Object.keys(mine)),
    retained: {},
    others: async () => contents([...Object.keys(others), ...Object.keys(empty)]),
    rows: { forms: 4, wishes: 1 },
  };
}

/**
 * Plants somebody with rows in every record of the policy, strangers, and rows that only look like
 * theirs.
 */
export async function plant(): Promise<Planted> {
  const uid = fresh('cf');
  const email = `kim.${uid}@example.com`;
  const written = byEmail(email);
  const createdAt = at('2026-05-01T00:00:00Z');
  const row = { createdAt, name: NAME, email: EMAIL };
  const notes = Object.fromEntries(Array.from({ length: NOTES }, (_, i) => [`cfPeople/${uid}/cfNotes/n${i}`, row]));
  const gone = {
    [`cfPeople/${uid}`]: row,
    ...notes,
    [`cfPeople/${uid}/cfDays/2026-05-01/cfReadings/r1`]: row,
    [`cfPeople/${uid}/cfDays/2026-05-02/cfReadings/r2`]: row,
    // Not declared: ends with the person's document, also below a document that does not exist.
    [`cfPeople/${uid}/cfUndeclared/u1`]: row,
    [`cfPeople/${uid}/cfUndeclared/ghost/cfLeaf/l1`]: row,
    // Below rows, and between them: below rows that do not exist.
    [`cfPeople/${uid}/cfNotes/n1/cfLines/l1`]: row,
    [`cfPeople/${uid}/cfNotes/n1/cfLines/ghost/cfWords/w1`]: row,
    [`cfPeople/${uid}/cfNotes/a-ghost/cfLines/l1`]: row,
    [`cfPeople/${uid}/cfNotes/z-ghost/cfLines/ghost/cfNotes/n1`]: row,
    [`cfPeople/${uid}/cfDays/2026-05-01`]: row,
    [`cfPeople/${uid}/cfDays/2026-05-01/cfReadings/r1/cfParts/p1`]: row,
    [`cfPeople/${uid}/cfDays/2026-05-03/cfOthers/o1`]: row,
    [`cfPeople/${uid}/cfBills/ghost/cfItems/i1`]: row,
    // Below rows that lie elsewhere, under the same name as well.
    [`cfTickets/${uid}-1/cfFiles/f1`]: row,
    [`cfTickets/${uid}-1/cfFiles/f1/cfParts/p1`]: row,
    [`cfTickets/${uid}-2/cfGhosts/ghost/cfFiles/f1`]: row,
    [`cfGroups/g/cfPosts/${uid}/cfPosts/${uid}`]: { ...row, uid },
    [`cfForms/${uid}/cfFiles/f1`]: row,
    [`cfTickets/${uid}-1`]: { ...row, uid },
    [`cfTickets/${uid}-2`]: { ...row, uid },
    [`cfGroups/g/cfPosts/${uid}`]: { ...row, uid },
    ...written.mine,
    [`cfForms/${uid}`]: { createdAt, uid, contact: { email: 'another@example.com' } },
    [`cfForms/${uid}-both`]: { createdAt, uid, contact: { email } },
  };
  const anonymous = {
    [`cfLogs/${uid.slice(3)}a`]: { createdAt, uid, client: { ip: '192.0.2.1', os: 'x' }, line: 'ok' },
  };
  const kept = {
    [`cfPeople/${uid}/cfBills/b1`]: { createdAt, total: 12 },
    // It follows the row, and stays with it.
    [`cfPeople/${uid}/cfBills/b1/cfItems/i1`]: { price: 12 },
    [`cfLogs/${uid.slice(3)}a/cfTraces/t1`]: { line: 'ok' },
  };
  const strangers = {
    ...written.others,
    // A uid that begins with the person's, and one that the person's begins with.
    [`cfPeople/${uid}x`]: row,
    [`cfPeople/${uid}x/cfNotes/n1`]: row,
    [`cfPeople/${uid}x/cfDays/2026-05-01/cfReadings/r1`]: row,
    [`cfPeople/${uid.slice(0, -1)}/cfNotes/n1`]: row,
    // Collections of the same name under other parents, with the person's uid in places that name
    // nobody.
    [`cfTeams/${uid}/cfNotes/n1`]: { ...row, uid },
    [`cfTeams/${uid}/cfTickets/t1`]: { ...row, uid },
    [`cfTeams/t/cfPosts/${uid}`]: { ...row, uid },
    [`cfGroups/g/cfPosts/${uid}x`]: { ...row, uid: `${uid}x` },
    [`cfGroups/g/cfPosts/${uid}x/cfPosts/${uid}`]: { ...row, uid },
    [`cfTickets/${uid}-ghost/cfFiles/f1`]: { ...row, uid },
    [`cfTickets/${uid}-other/cfFiles/f1`]: { ...row, uid },
    [`cfPeople/${uid}x/cfNotes/ghost/cfLines/l1`]: row,
    [`cfTeams/t/cfPeople/${uid}`]: { ...row, uid },
    [`cfTeams/t/cfPeople/${uid}/cfDays/d/cfReadings/r1`]: { ...row, uid },
    // Claims: the same e-mail and name; the uid in another field, or in another case.
    [`cfTickets/${uid}-other`]: { ...row, uid: `${uid}x`, about: uid },
    [`cfTickets/${uid}-upper`]: { ...row, uid: uid.toUpperCase() },
    [`cfTickets/${uid}-list`]: { ...row, uid: [uid] },
    [`cfLogs/${uid}-other`]: { createdAt, uid: `${uid}x`, client: { ip: '192.0.2.1' }, line: uid },
  };
  await write({ ...gone, ...anonymous, ...kept, ...strangers });
  const ownGone = { [`cfOwn/${uid}/cfRows/o1`]: row };
  const ownStrangers = { [`cfOwn/${uid}x/cfRows/o1`]: row };
  await write({ ...ownGone, ...ownStrangers }, own);
  // The same paths in the other database are other documents.
  await write({ [`cfOwn/${uid}/cfRows/o1`]: row });
  const [logPath = ''] = Object.keys(anonymous);
  return {
    subject: subjectOf(uid, { verifiedEmails: proven(email, EMAIL) }),
    stranger: subjectOf(fresh('nobody')),
    left: async () => {
      const log = await db.doc(logPath).get();
      const named = log.get('uid') !== undefined || log.get('client.ip') !== undefined ? 1 : 0;
      return (await exist(Object.keys(gone))) + named + (await exist(Object.keys(ownGone), own));
    },
    retained: { bills: 2 },
    others: async () => [
      await contents([...Object.keys(strangers), ...Object.keys(kept), `cfOwn/${uid}/cfRows/o1`]),
      await contents(Object.keys(ownStrangers), own),
    ],
    rows: {
      person: 3,
      notes: NOTES + 4,
      deep: 5,
      bills: 3,
      tickets: 5,
      posts: 2,
      forms: 7,
      wishes: 1,
      logs: 2,
      own: 1,
    },
    // The documents below an anonymised row stay with it, and name nobody.
    counts: { logs: 1 },
  };
}

/** A record of these tests, with its id. */
export function named(id: string, from = policy): NamedRecord {
  const found = recordsOf(from, 'firestore').find((one) => one.id === id);
  if (!found) throw new Error(id);
  return found;
}
