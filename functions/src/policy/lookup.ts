import { inLanguage, type Language } from '../texts/languages.ts';
import { OWN_PLACES } from './own/places.ts';
import { matchPath } from './paths.ts';
import type {
  DataTypeId,
  DevicePermissionId,
  Effect,
  FateRule,
  LegalBasis,
  Period,
  Policy,
  PolicyRecord,
  Purpose,
  PurposeId,
  Recipient,
  RecipientId,
  RecordId,
  Source,
  Text,
} from './schema.ts';

export {
  collectionId,
  collectionPath,
  fillPath,
  isRoot,
  isSegment,
  matchPath,
  parentPath,
  parseTemplate,
  samePath,
} from './paths.ts';

/**
 * Pure look-ups in a policy. Everything comes in the order of the policy file, so that everything
 * derived from it is deterministic.
 */

export interface NamedRecord {
  readonly id: RecordId;
  readonly record: PolicyRecord;
}

/** Returns the record of an id. @throws RangeError if the policy has none */
export function recordOf(policy: Policy, id: RecordId): PolicyRecord {
  const record = Object.hasOwn(policy.records, id) ? policy.records[id] : undefined;
  if (!record) throw new RangeError(`the policy has no record '${id}'`);
  return record;
}

export const allRecords = (policy: Policy): NamedRecord[] =>
  Object.entries(policy.records).map(([id, record]) => ({ id, record }));

/** Purposes for which the person is asked: the ids of `users/{uid}/consents/{purpose}`. */
export const consentPurposes = (policy: Policy): PurposeId[] =>
  Object.entries(policy.purposes).flatMap(([id, purpose]) => (purpose.consent ? [id] : []));

/**
 * True if the policy asks for a consent to this purpose. The id comes from a client: a name such as
 * `constructor` is none.
 */
export const isConsentPurpose = ({ purposes }: Policy, purpose: PurposeId): boolean =>
  Object.hasOwn(purposes, purpose) && purposes[purpose]?.consent === true;

/** Consents on which the service as a whole rests: taken back, the account ends. */
export const endsAccount = ({ purposes }: Pick<Policy, 'purposes'>, purpose: PurposeId): boolean =>
  Object.hasOwn(purposes, purpose) && purposes[purpose]?.endsAccount !== undefined;

/** Longer than any account: such a consent is asked again only if the policy changes. */
const NO_PERIOD: Period = 'P100Y';

/** Returns how long a consent counts. One that the service rests on lasts as the account does. */
export const reconsentPeriod = (policy: Policy, purpose: PurposeId): Period =>
  endsAccount(policy, purpose) ? NO_PERIOD : policy.rights.reconsentAfter.period;

/** Ids of the permissions that a device can be asked for. */
export const devicePermissionIds = (policy: Policy): DevicePermissionId[] => Object.keys(policy.devicePermissions);

/** True for a basis to which the person can object for reasons of their own (Art. 21(1)). */
export const isObjectable = (basis: LegalBasis): boolean => basis === 'legitimateInterest' || basis === 'publicTask';

/** True for a basis to which people may object: by the law, or since the controller promises it. */
export const mayObject = ({ rights }: Pick<Policy, 'rights'>, basis: LegalBasis): boolean =>
  isObjectable(basis) || (basis !== 'consent' && rights.objectionToEveryBasis !== undefined);

/** True if a no of the person can stop processing on this basis: the law, or a life, needs none. */
export const canBeStopped = (basis: LegalBasis): boolean => basis !== 'legalObligation' && basis !== 'vitalInterest';

/** Consents whose change has to reach another company's system. */
export const purposesWithEffect = (policy: Policy): { purpose: PurposeId; effects: readonly Effect[] }[] =>
  Object.entries(policy.purposes).flatMap(([purpose, { effects }]) => (effects?.length ? [{ purpose, effects }] : []));

/**
 * The record of a system that an answer to a purpose changes: one for the purpose itself, if there
 * is one. Else it is one for another purpose with an effect there, if only older texts of this one
 * allowed it.
 */
export function recordOfEffect(policy: Policy, system: string, purpose: PurposeId): NamedRecord | undefined {
  const records = recordsOfSystem(policy, system);
  const others = purposesWithEffect(policy).filter(({ effects }) => effects.some((effect) => effect.system === system));
  return [purpose, ...others.map((other) => other.purpose)]
    .map((id) => records.find(({ record }) => record.purposes.includes(id)))
    .find((named) => named !== undefined);
}

/** The data types of a purpose that are stored or read on a device. */
export const trackersOf = ({ dataTypes }: Policy, purpose: Purpose): DataTypeId[] =>
  purpose.dataTypes.filter((type) => dataTypes[type]?.tracker !== undefined);

/** The records that a system holds. */
export const recordsOfSystem = (policy: Policy, system: string): NamedRecord[] =>
  allRecords(policy).filter(({ record }) => record.system === system);

/** Returns the record of people's subscriptions at Stripe; undefined: the policy has none. */
export const subscriptionsRecord = (policy: Policy): NamedRecord | undefined =>
  recordsOfSystem(policy, 'stripe').find(({ record }) => record.path.startsWith('subscriptions/'));

/** Every system that the policy names, in its records, recipients and effects. */
export function systemIds(policy: Policy): string[] {
  const ids = [
    ...allRecords(policy).map(({ record }) => record.system),
    ...Object.values(policy.recipients).flatMap(({ reach }) => ('systems' in reach ? reach.systems : [])),
    ...purposesWithEffect(policy).flatMap(({ effects }) => effects.map((e) => e.system)),
  ];
  return [...new Set(ids)];
}

/**
 * The records that belong into an answer to a request of portability (Art. 20) or access (Art. 15).
 */
export const recordsFor = (policy: Policy, product: { export: 'portability' | 'access' }): NamedRecord[] =>
  allRecords(policy).filter(({ record }) => record.export[product.export]);

/** The records of files in the app's bucket that are found under a person's own prefix. */
export const personalFiles = (
  policy: Policy,
): { readonly id: RecordId; readonly path: string; readonly variable: string }[] =>
  allRecords(policy).flatMap(({ id, record: { system, bucket, path, subject } }) =>
    system === 'storage' && bucket === undefined && 'pathVariable' in subject
      ? [{ id, path, variable: subject.pathVariable }]
      : [],
  );

/**
 * Lists the records of which rows end with rows of this one: itself, its parts (`endsWith`), and
 * the person's files if its rows name some (`files`). A hold on one keeps them all: they stay
 * together.
 */
export const endingTogether = (policy: Policy, { id, record }: NamedRecord): ReadonlySet<RecordId> =>
  new Set([
    id,
    ...allRecords(policy).flatMap((one) => (one.record.endsWith === id ? [one.id] : [])),
    ...(record.files === undefined ? [] : personalFiles(policy).map((files) => files.id)),
  ]);

/**
 * Lists the records of the very rows of this one, and itself: each sees them as data of another of
 * their people.
 */
export const ofSameRows = (policy: Policy, { record }: NamedRecord): NamedRecord[] =>
  recordsOfSystem(policy, record.system).filter(
    (one) =>
      one.record.path === record.path &&
      one.record.bucket === record.bucket &&
      databaseOf(one.record) === databaseOf(record),
  );

/** The variable of the path that names the person of a row; undefined: none does. */
export function variableOf({ subject }: PolicyRecord): string | undefined {
  if ('pathVariable' in subject) return subject.pathVariable;
  return 'pseudonymVariable' in subject ? subject.pseudonymVariable : undefined;
}

/** The Firestore database of a record. */
export const databaseOf = (record: PolicyRecord): '(default)' | 'compliance' => record.database ?? '(default)';

/**
 * The record that a document's full path belongs to, with the path's variables; null: the policy
 * does not declare it.
 */
export function recordAt(
  policy: Policy,
  place: { system: string; database?: '(default)' | 'compliance'; path: string },
): (NamedRecord & { variables: Record<string, string> }) | null {
  for (const named of recordsOfSystem(policy, place.system)) {
    if (databaseOf(named.record) !== (place.database ?? '(default)')) continue;
    const variables = matchPath(named.record.path, place.path);
    if (variables) return { ...named, variables };
  }
  return null;
}

/**
 * Can rows of a record that are somebody else's, or nobody's, name a person? Then an erasure visits
 * it, whichever people its rows belong to.
 */
export const hasMentions = ({ record }: NamedRecord): boolean => (record.mentions ?? []).length > 0;

export interface SweepRule extends NamedRecord {
  /** A rule that ends rows by the time in a field. */
  readonly rule: FateRule;
  readonly field: string;
  readonly from: 'instant' | 'financialYearEnd';
}

/**
 * Lists the rules by which a sweep over everybody's rows can end some by itself: one entry per
 * record and rule that counts from a field.
 */
export const sweepable = (policy: Policy, system?: string): SweepRule[] =>
  allRecords(policy)
    .filter(({ record }) => system === undefined || record.system === system)
    .flatMap(({ id, record }) =>
      record.fate.flatMap((rule) =>
        'field' in rule.when && rule.then.do !== 'retain'
          ? [{ id, record, rule, field: rule.when.field, from: rule.when.from ?? 'instant' }]
          : [],
      ),
    );

/** The records that a withdrawal of this consent can end. */
export const recordsEndedByWithdrawal = (policy: Policy, purpose: PurposeId): NamedRecord[] =>
  allRecords(policy).filter(({ record }) =>
    record.fate.some(({ when, then }) => 'withdrawn' in when && when.withdrawn === purpose && then.do !== 'retain'),
  );

/** A recipient without an interface, and the officer's task there. */
export type ManualRecipient = { readonly id: RecipientId; readonly recipient: Recipient } & Extract<
  Recipient['reach'],
  { manual: Text }
>;

/** Recipients without an interface: their part of every change is an officer's. */
export const manualRecipients = (policy: Policy): ManualRecipient[] =>
  Object.entries(policy.recipients).flatMap(([id, recipient]) =>
    'manual' in recipient.reach ? [{ id, recipient, ...recipient.reach }] : [],
  );

/** Names the statements about a recipient that the controller has yet to confirm. */
export const unconfirmed = ({ controllerFor, countriesSource, kept }: Recipient): string[] => [
  ...(controllerFor?.source.toBeConfirmed === true ? ['controllerFor'] : []),
  ...(countriesSource.toBeConfirmed === true ? ['countries', 'safeguards'] : []),
  ...(kept.source.toBeConfirmed === true || kept.followsPeriods?.toBeConfirmed === true ? ['kept'] : []),
];

/** The data types of a recipient, with `all` spelt out. */
export const recipientDataTypes = (policy: Policy, recipient: Recipient): readonly DataTypeId[] =>
  recipient.dataTypes === 'all' ? Object.keys(policy.dataTypes) : recipient.dataTypes;

/** Recipients that a system's interface reaches: `stripe` -> Stripe. */
export const recipientsOfSystem = (policy: Policy, system: string): { id: RecipientId; recipient: Recipient }[] =>
  Object.entries(policy.recipients).flatMap(([id, recipient]) =>
    'systems' in recipient.reach && recipient.reach.systems.includes(system) ? [{ id, recipient }] : [],
  );

/** The system that carries e-mails to people. */
export const MAIL_SYSTEM = 'brevo';

/** The place of messages about people's rights, until they are sent. */
const isMessages = ({ system, path }: PolicyRecord): boolean =>
  system === OWN_PLACES.notifications.system && path === OWN_PLACES.notifications.path;

/** The purposes for which people are written to about their rights. */
export const mailPurposes = (policy: Policy): PurposeId[] => [
  ...new Set(allRecords(policy).flatMap(({ record }) => (isMessages(record) ? record.purposes : []))),
];

/**
 * True if the policy says that messages about rights go by e-mail (Art. 13(1)(e), 30(1)(d)). A
 * purpose of theirs then names a recipient that is reached through the system that carries e-mails.
 */
export function sendsMail(policy: Policy): boolean {
  const carriers = recipientsOfSystem(policy, MAIL_SYSTEM).map(({ id }) => id);
  return mailPurposes(policy).some((id) => policy.purposes[id]?.recipients.some((one) => carriers.includes(one)));
}

/** Returns the reference of a source, in a language. */
export const referenceOf = ({ reference }: Source, language: Language): string =>
  typeof reference === 'string' ? reference : inLanguage(reference, language);

/** The name of a part of the policy, such as a purpose; its id if the policy has it no longer. */
export const nameIn = (
  parts: Readonly<Record<string, { readonly name: Text }>>,
  id: string,
  language: Language,
): string => (Object.hasOwn(parts, id) ? inLanguage(parts[id]?.name ?? {}, language) : id);
