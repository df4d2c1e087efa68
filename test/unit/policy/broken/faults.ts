import { initializeApp, deleteApp } from 'firebase-admin/app';
import { getFirestore, type Firestore, type Query } from 'firebase-admin/firestore';
import { contactPath } from '../../../../functions/src/policy/contract.ts';
import { fate, noFacts, type Fate } from '../../../../functions/src/policy/fate.ts';
import {
  allRecords,
  databaseOf,
  fillPath,
  matchPath,
  parseTemplate,
  type NamedRecord,
} from '../../../../functions/src/policy/lookup.ts';
import type { OwnPlace } from '../../../../functions/src/policy/own/place.ts';
import { ownPlaces } from '../../../../functions/src/policy/own/places.ts';
import { queriesOf } from '../../../../functions/src/policy/queries.ts';
import type { Policy, PolicyRecord } from '../../../../functions/src/policy/schema.ts';
import type { Clients } from '../../../../functions/src/platform/context.ts';
import { planSweeps } from '../../../../functions/src/retention/plan.ts';
import type { Subject } from '../../../../functions/src/subject/identity.ts';
import { placesOf } from '../../../../functions/src/systems/firestore/place.ts';
import { prefixOf } from '../../../../functions/src/systems/storage/files.ts';
import { inLanguage } from '../../../../functions/src/texts/languages.ts';

/**
 * Finds out if the engine can keep the promises of a policy, by doing it. A row of a person is
 * found by the code that finds rows, ends, and names them no more. Knows nothing of the checks. No
 * server is asked; the SDK itself refuses a field or a path that Firestore cannot have.
 */

const NOW = Date.parse('2026-06-01T12:00:00Z');
/** Every period of a policy is over by then. */
const LATER = Date.parse('2400-01-01T00:00:00Z');

const app = initializeApp({ projectId: 'demo-faults' }, 'faults');
const [main, own] = [getFirestore(app), getFirestore(app, 'compliance')];
export const stop = (): Promise<void> => deleteApp(app);
const clients = { app: () => main, own: () => own } as unknown as Clients;

const ada = {
  uid: 'ada',
  pseudonym: 'v1_ada',
  verifiedEmails: ['ada@example.com'],
} as unknown as Subject & { readonly uid: string };

/** A row of the person: its path, and the fields that name people. */
interface Row {
  readonly path: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Says what goes wrong with a policy; null if nothing does. */
export function faultOf(policy: Policy): string | null {
  try {
    for (const named of allRecords(policy)) {
      personFault(policy, named);
      textFault(policy, named.record.name);
    }
    for (const { description } of Object.values(policy.purposes)) textFault(policy, description);
    for (const [id, place] of ownPlaces(policy)) ownFault(policy, id, place);
    contactFault(policy);
    for (const [database, db] of [
      ['(default)', main],
      ['compliance', own],
    ] as const)
      for (const query of queriesOf(policy, database)) asked(db, query);
    planSweeps(policy, NOW);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** The row of a record whose person is this one, under each way of naming them. */
function rowOf({ path, subject }: Pick<PolicyRecord, 'path' | 'subject'>): Row {
  const variables = Object.fromEntries(
    parseTemplate(path).flatMap((segment) => ('variable' in segment ? [[segment.variable, 'x']] : [])),
  );
  if ('pathVariable' in subject) variables[subject.pathVariable] = ada.uid;
  if ('pseudonymVariable' in subject) variables[subject.pseudonymVariable] = ada.pseudonym;
  const fields: Record<string, unknown> = {};
  if ('field' in subject) fields[subject.field] = ada.uid;
  if ('pseudonymField' in subject) fields[subject.pseudonymField] = ada.pseudonym;
  if ('parties' in subject)
    for (const { field, as } of subject.parties) fields[field] = as === 'array' ? [ada.uid] : ada.uid;
  const filled = fillPath(path, variables);
  return { path: path.endsWith('**') ? `${filled}file` : filled, fields };
}

const hasPerson = ({ subject }: PolicyRecord): boolean => !('none' in subject);

/** Does the code that finds a person's rows find this one? */
function isFound(record: PolicyRecord, row: Row): boolean {
  if (matchPath(record.path, row.path) === null) return false;
  if (record.system === 'storage') {
    const prefix = prefixOf(record, ada);
    return prefix !== null && row.path.startsWith(prefix);
  }
  return placesOf(clients, record, ada).some(({ mine }) => mine(row.path, (field) => row.fields[field]));
}

/**
 * A row of a person is found once, and ends with the account or by its time, without their name.
 */
function personFault(policy: Policy, { id, record }: NamedRecord): void {
  if (record.system !== 'firestore' && record.system !== 'storage') return;
  if (record.system === 'firestore') document(record);
  if (!hasPerson(record)) return;
  const row = rowOf(record);
  const finding = allRecords(policy).filter(
    ({ record: other }) =>
      other.system === record.system &&
      databaseOf(other) === databaseOf(record) &&
      other.bucket === record.bucket &&
      isFound(other, row),
  );
  check(finding.length === 1, `${id}: ${finding.length} records find its row`);
  leavesNobody(policy, id, record, row);
}

/** Is a path one that Firestore has, with a collection that queries can name? */
function document(record: PolicyRecord): void {
  const db: Firestore = databaseOf(record) === 'compliance' ? own : main;
  db.doc(rowOf(record).path);
}

function fateOf(policy: Policy, record: PolicyRecord): Fate {
  const names = record.fate.flatMap(({ when }) => ('field' in when ? [when.field] : []));
  const values = Object.fromEntries(names.map((field) => [field, NOW]));
  const events = { accountDeleted: NOW, inactive: NOW };
  return fate(record, { ...noFacts, values, events }, LATER, policy.controller);
}

function leavesNobody(policy: Policy, id: string, record: PolicyRecord, row: Row, seen: readonly string[] = []): void {
  const end = fateOf(policy, record);
  check(end.kind === 'end', `${id}: its row ends as '${end.kind}'`);
  if (end.kind !== 'end' || end.then.do === 'delete') return;
  if (end.then.do === 'anonymise') {
    const gone = end.then.fields;
    const left = Object.entries(row.fields).filter(([field]) => !gone.includes(field));
    check(!/ada/.test(JSON.stringify([row.path, left])), `${id}: an anonymous row names the person`);
    return;
  }
  const { to } = end.then;
  const target = policy.records[to];
  if (target === undefined) throw new Error(`${id}: no archive '${to}'`);
  check(!seen.includes(to) && target !== record, `${id}: archived for ever`);
  check(target.system === 'firestore' && record.system === 'firestore', `${id}: nothing copies its rows`);
  check(databaseOf(target) === 'compliance', `${id}: clients could read its archive`);
  const one = copied(record, target, row, 'x');
  // A record of one row a person has nothing else to tell rows by.
  check(isAlone(record, row) || one.path !== copied(record, target, row, 'y').path, `${id}: two rows have one place`);
  check(isFound(target, one), `${id}: nobody finds the person in '${to}'`);
  leavesNobody(policy, to, target, one, [...seen, to]);
}

/** The variables of a row's path that do not name the person. */
const othersOf = (record: PolicyRecord, row: Row): string[] =>
  Object.entries(matchPath(record.path, row.path) ?? {}).flatMap(([name, value]) => (value === 'x' ? [name] : []));

const isAlone = (record: PolicyRecord, row: Row): boolean => othersOf(record, row).length === 0;

/** The copy of a row, whose last variable has this value unless it names the person. */
function copied(record: PolicyRecord, target: PolicyRecord, row: Row, last: string): Row {
  const name = othersOf(record, row).at(-1);
  const variables = { ...matchPath(record.path, row.path), ...(name === undefined ? {} : { [name]: last }) };
  return { path: fillPath(target.path, variables), fields: row.fields };
}

/** A record of the policy finds the rows that the backend writes about a person, and they end. */
function ownFault(policy: Policy, id: string, place: OwnPlace): void {
  const { subject } = place;
  if (subject === 'nobody') return;
  const row = rowOf({ path: place.path, subject });
  const there = allRecords(policy).find(
    ({ record }) =>
      record.system === place.system &&
      databaseOf(record) === (place.database ?? '(default)') &&
      record.bucket === place.bucket &&
      isFound(record, row),
  );
  if (there === undefined) throw new Error(`${id}: no record finds what the backend writes`);
  const ends = fateOf(policy, there.record);
  const isOfAccount = place.ends.some((end) => end === 'account' || end === 'proof');
  check(!isOfAccount || ends.kind === 'end', `${id}: it survives the account`);
}

/**
 * A row of the contact form is found by the uid, and by the address of somebody without an account.
 */
function contactFault(policy: Policy): void {
  const path = contactPath(policy);
  const record = policy.records['contactRequests'];
  if (path === null || record === undefined) return;
  const row = (fields: Row['fields']): Row => ({ path: fillPath(path, { [variableOf(path)]: 'x' }), fields });
  check(isFound(record, row({ uid: ada.uid, email: 'e@example.com' })), 'nobody finds a message of the account');
  check(isFound(record, row({ email: ada.verifiedEmails[0] })), 'nobody finds a message of the address');
  check(databaseOf(record) === '(default)' && record.timestamp === 'createdAt', 'no sweep finds a message');
}

const variableOf = (path: string): string => /\{(\w+)\}$/.exec(path)?.[1] ?? '';

function textFault({ languages }: Policy, text: Parameters<typeof inLanguage>[0]): void {
  for (const language of languages)
    check(inLanguage(text, language) === text[language], `a text is read in another language than '${language}'`);
}

/** Makes the query as the code does: the SDK refuses what Firestore would. */
function asked(db: Firestore, shape: ReturnType<typeof queriesOf>[number]): Query {
  check(!/[{}]/.test(shape.collection), `no collection is called ${shape.collection}`);
  let query: Query =
    shape.scope === 'COLLECTION' ? db.collection(shape.collection) : db.collectionGroup(shape.collection);
  for (const field of shape.equal ?? []) query = query.where(field, '==', 'x');
  for (const field of shape.contains ?? []) query = query.where(field, 'array-contains', 'x');
  for (const { field, direction } of shape.order ?? [])
    query = query.orderBy(field, direction === 'ASCENDING' ? 'asc' : 'desc');
  return query;
}
