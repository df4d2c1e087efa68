import type { Party, PolicyRecord } from './schema.ts';

/**
 * Rows of several people (`subject.parties`), as in a chat or a message. Pure: the people that a
 * row names, and how one of them is taken out of it.
 */

/** Reads a field of a row; a dot leads into a map. */
export type Get = (field: string) => unknown;

/** The parties of a record's rows; none if a row is of one person. */
export const partiesOf = ({ subject }: Pick<PolicyRecord, 'subject'>): readonly Party[] =>
  'parties' in subject ? subject.parties : [];

/** True if a row has several subjects under this record. */
export const isShared = (record: Pick<PolicyRecord, 'subject'>): boolean => 'parties' in record.subject;

/** The fields that name the subjects of a shared row, each once. */
export const partyFields = (record: Pick<PolicyRecord, 'subject'>): string[] => [
  ...new Set(partiesOf(record).map(({ field }) => field)),
];

/**
 * Returns the uids in a party's field. A row may hold one although the policy says a list, and the
 * other way round.
 */
function uidsIn({ field }: Party, get: Get): string[] {
  const value = get(field);
  const all: unknown[] = Array.isArray(value) ? value : [value];
  return all.filter((uid): uid is string => typeof uid === 'string' && uid !== '');
}

/** The uids of a row's subjects, each once, in the order of the policy. */
export const subjectsIn = (record: Pick<PolicyRecord, 'subject'>, get: Get): string[] => [
  ...new Set(partiesOf(record).flatMap((party) => uidsIn(party, get))),
];

/** True if a row names somebody beside this person: it does not end with them. */
export const hasOthers = (record: Pick<PolicyRecord, 'subject'>, get: Get, uid: string): boolean =>
  subjectsIn(record, get).some((other) => other !== uid);

/** One change of a row that takes a person out of it. */
export type Removal =
  /** The field goes with all below it. */
  | { readonly remove: 'field'; readonly at: readonly string[] }
  /** The uid leaves the list in the field. */
  | { readonly remove: 'uid'; readonly at: readonly string[] };

/**
 * Says how a person is taken out of a row that lives on for others. Their uid goes from the fields
 * of the parties and of `mentions`. With a field go those that they wrote (`wrote`). A field that
 * another party wrote as well stays while that one is named by somebody else. No change lies below
 * another one.
 */
export function takingOut(record: Pick<PolicyRecord, 'subject' | 'mentions'>, get: Get, uid: string): Removal[] {
  const fields = new Set<string>();
  const lists = new Set<string>();
  const keys: (readonly string[])[] = [];
  const clear = (field: string): void => {
    if (Array.isArray(get(field))) lists.add(field);
    else fields.add(field);
  };
  const parties = partiesOf(record);
  const isOfOthers = (field: string): boolean =>
    parties.some((party) => wrote(party).includes(field) && uidsIn(party, get).some((other) => other !== uid));
  for (const party of parties) {
    if (!uidsIn(party, get).includes(uid)) continue;
    clear(party.field);
    for (const field of wrote(party)) if (!isOfOthers(field)) fields.add(field);
  }
  for (const { field, as } of record.mentions ?? []) {
    const value = get(field);
    if (as === 'key') {
      if (typeof value === 'object' && value !== null && Object.hasOwn(value, uid))
        keys.push([...field.split('.'), uid]);
    } else if (value === uid || (Array.isArray(value) && value.includes(uid))) clear(field);
  }
  const all: Removal[] = [
    ...[...fields].map((field): Removal => ({ remove: 'field', at: field.split('.') })),
    ...keys.map((at): Removal => ({ remove: 'field', at })),
    ...[...lists].map((field): Removal => ({ remove: 'uid', at: field.split('.') })),
  ];
  return all.filter(({ at }) => !all.some((other) => other.remove === 'field' && isAbove(other.at, at)));
}

const wrote = (party: Party): readonly string[] => (party.as === 'value' ? (party.wrote ?? []) : []);

const isAbove = (above: readonly string[], at: readonly string[]): boolean =>
  above.length < at.length && above.every((name, n) => name === at[n]);

/**
 * The fields of a row that an export for this person leaves out, since others wrote them and the
 * policy masks them.
 */
export const maskedFor = (record: Pick<PolicyRecord, 'subject'>, get: Get, uid: string): string[] => [
  ...new Set(
    partiesOf(record).flatMap((party) =>
      party.as === 'value' && !uidsIn(party, get).includes(uid) ? (party.masked ?? []) : [],
    ),
  ),
];

/**
 * Does an officer look at this row before the person gets it (`export.look`, Art. 15(4))? Not at
 * one that the person wrote for certain. Then each party that wrote is the person, or the row names
 * their account and not only an address, which anybody can type. Pure.
 *
 * @param uid of the person; empty if they have no account
 */
export function isLookedAt(record: Pick<PolicyRecord, 'subject' | 'export'>, get: Get, uid: string): boolean {
  if (record.export.look === undefined) return false;
  const fields = writersIn(record);
  return fields.length === 0 || fields.some((field) => get(field) !== uid || uid === '');
}

/**
 * The fields of a row that tell who wrote it; none: nothing tells. Each of a list of parties may
 * have written in it.
 */
export function writersIn({ subject }: Pick<PolicyRecord, 'subject'>): string[] {
  if (partiesOf({ subject }).some(({ as }) => as === 'array')) return [];
  if ('field' in subject) return subject.email === undefined ? [] : [subject.field];
  return partiesOf({ subject }).flatMap((party) =>
    party.as === 'value' && party.wrote !== undefined ? [party.field] : [],
  );
}
