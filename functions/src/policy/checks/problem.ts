import { parseTemplate } from '../paths.ts';
import type { FateRule, Policy, PolicyRecord } from '../schema.ts';

/**
 * A problem of a policy: stable code, place, and a sentence that says the problem and its remedy.
 */
export interface Problem {
  readonly code: string;
  /** Dotted path into the policy: `records.sessions.fate.0`. */
  readonly path: string;
  readonly message: string;
}

/** Place and problem; the code is the key under which the check is listed. */
export type Finding = Omit<Problem, 'code'>;

/** A check of a policy whose shape is right. Pure. */
export type Check = (policy: Policy) => Finding[];

/** A sentence about something that is wrong; undefined: nothing is. */
export type Message = string | undefined;

/** The finding at a place; none without a message. */
export const finding = (path: string, message: Message): Finding[] =>
  message === undefined ? [] : [{ path, message }];

/** The place of a finding in a part, such as `.client`; empty: the part itself. */
type Place = '' | `.${string}`;

/** Makes checks that ask about each part of a section. */
const eachOf =
  <T>(section: string, partsOf: (policy: Policy) => Readonly<Record<string, T>>) =>
  (at: Place, find: (part: T, policy: Policy, id: string) => Message): Check =>
  (policy) =>
    Object.entries(partsOf(policy)).flatMap(([id, part]) => finding(`${section}.${id}${at}`, find(part, policy, id)));

export const eachPurpose = eachOf('purposes', ({ purposes }) => purposes);
export const eachRecipient = eachOf('recipients', ({ recipients }) => recipients);
export const eachRecord = eachOf('records', ({ records }) => records);

/** Makes a check that asks about each rule by which rows of a record end. */
export const eachRule =
  (at: Place, find: (rule: FateRule, record: PolicyRecord, policy: Policy) => Message): Check =>
  (policy) =>
    Object.entries(policy.records).flatMap(([id, record]) =>
      record.fate.flatMap((rule, index) => finding(`records.${id}.fate.${index}${at}`, find(rule, record, policy))),
    );

export const quote = (items: Iterable<string>): string => [...items].map((item) => `'${item}'`).join(', ');

/** The named ids that are not among those that exist. */
export const unknown = (ids: readonly string[], known: object): string[] =>
  ids.filter((id) => !Object.hasOwn(known, id));

/** Sections of which other parts name a part, with the word for one. */
const SECTIONS = {
  dataTypes: 'data type',
  purposes: 'purpose',
  recipients: 'recipient',
  records: 'record',
  subjectCategories: 'category of data subjects',
} as const;

/** Names the ids that a section of the policy lacks. */
export function undeclared(policy: Policy, section: keyof typeof SECTIONS, ids: readonly string[]): Message {
  const stray = unknown(ids, policy[section]);
  return stray.length === 0
    ? undefined
    : `unknown ${SECTIONS[section]} ${quote(stray)}: declare it under '${section}', or correct the name`;
}

/** Reads a path; answers the fallback if it is none, which `bad-path` reports. */
export function ifReadable<T>(read: () => T, fallback: T): T {
  try {
    return read();
  } catch {
    return fallback;
  }
}

/** The variables of a path, in its order; none of a path that cannot be read. */
export const variablesOf = (template: string): string[] =>
  ifReadable(() => parseTemplate(template), []).flatMap((segment) => ('variable' in segment ? [segment.variable] : []));
