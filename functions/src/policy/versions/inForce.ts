import { hasBegun, startOfDate } from '../calendar.ts';
import type { ChangeKind, Policy, PurposeFacts, PurposeId, RecipientId, VersionChange } from '../schema.ts';

/**
 * The versions of a policy at a moment. A version takes effect on its day, in the controller's
 * time zone. One that describes a change does so only if people were told of it before.
 */

type Versioned = Pick<Policy, 'controller' | 'version' | 'notices' | 'changes'>;

/** A version that people are told of, and that is not in force yet. */
interface Announced {
  /** Its date, which consents to its texts will name. */
  readonly version: string;
  /** When it takes effect, in epoch milliseconds. */
  readonly from: number;
  readonly kind: ChangeKind;
}

export interface Versions {
  /** The date of the version that counts now. */
  readonly inForce: string;
  /** The next version to take effect, from its announcement on. */
  readonly announced?: Announced;
}

/** Every version of which the policy has something, the oldest first; the last one is its own. */
export const versionsOf = ({ version, notices, changes = {} }: Omit<Versioned, 'controller'>): string[] =>
  [...new Set([...Object.keys(notices), ...Object.keys(changes), version])].filter((one) => one <= version).sort();

/**
 * True if the day of a version has come, in the controller's time zone. A draft, of which nobody
 * was told, never takes effect.
 */
export const isPublished = (policy: Pick<Versioned, 'controller' | 'changes'>, version: string, now: number): boolean =>
  !isDraft(policy, version) && hasBegun(version, policy.controller.timeZone, now);

/** True if people are told of a version: its announcement, or else its own day, has come. */
function isAnnounced(policy: Pick<Versioned, 'controller' | 'changes'>, version: string, now: number): boolean {
  const announced = policy.changes?.[version]?.announced;
  if (announced !== undefined && hasBegun(announced, policy.controller.timeZone, now)) return true;
  return isPublished(policy, version, now);
}

/** The versions in force so far, the oldest first; the last one counts. */
const publishedVersions = (policy: Versioned, now: number): string[] =>
  versionsOf(policy).filter((version) => isPublished(policy, version, now));

/**
 * Returns the version that counts at a moment, and the next one of which people are told. Before
 * the day of the first version that one counts: nothing else was ever in force. Pure.
 *
 * @param now in epoch milliseconds
 * @example versionsAt(policy, Date.now())
 * // { inForce: '2025-06-15', announced: { version: '2027-03-01', from: 1803855600000, kind } }
 */
export function versionsAt(policy: Versioned, now: number): Versions {
  const all = versionsOf(policy);
  const inForce = publishedVersions(policy, now).at(-1) ?? all[0] ?? policy.version;
  const next = all.find((version) => version > inForce && isAnnounced(policy, version, now));
  const change = next === undefined ? undefined : policy.changes?.[next];
  if (next === undefined || change === undefined) return { inForce };
  const from = startOfDate(next, policy.controller.timeZone);
  return { inForce, announced: { version: next, from, kind: change.kind } };
}

/** Returns the date of the version that counts at a moment. */
export const versionInForce = (policy: Versioned, now: number): string => versionsAt(policy, now).inForce;

/** True if a version ends older agreements to this purpose. One without a written change does. */
function endsConsent({ changes = {} }: Pick<Versioned, 'changes'>, version: string, purpose: PurposeId): boolean {
  const change = changes[version];
  return change === undefined || Object.hasOwn(change.endsConsents, purpose);
}

/**
 * Returns the facts of a purpose as an older text told them; undefined if no later version, in
 * force or not, has changed them.
 *
 * @param version as the app declared it
 */
export const formerFacts = (
  policy: Omit<Versioned, 'controller'>,
  purpose: PurposeId,
  version: string,
): PurposeFacts | undefined => former(policy, version, purpose, ({ endsConsents }) => endsConsents);

/**
 * Returns the countries of a recipient as an older text named them; undefined if no later version,
 * in force or not, has changed them.
 *
 * @param version as the app declared it
 */
export const formerCountries = (
  policy: Omit<Versioned, 'controller'>,
  recipient: RecipientId,
  version: string,
): readonly string[] | undefined => former(policy, version, recipient, ({ formerCountries: of = {} }) => of);

/** Returns the value of before, of the first later version that changed it. */
function former<T>(
  policy: Omit<Versioned, 'controller'>,
  version: string,
  id: string,
  of: (change: VersionChange) => Readonly<Record<string, T>>,
): T | undefined {
  const { changes = {} } = policy;
  for (const later of versionsOf(policy)) {
    const change = changes[later];
    if (later <= version || change === undefined) continue;
    const before = of(change);
    if (Object.hasOwn(before, id)) return before[id];
  }
  return undefined;
}

/**
 * True if a yes to this version no longer covers the purpose: a later one in force changed its
 * facts. The difference decides, and nothing else.
 *
 * @param version as the app declared it; undefined, or one before the first: older than all
 */
export const isSuperseded = (
  policy: Versioned,
  purpose: PurposeId,
  version: string | undefined,
  now: number,
): boolean =>
  publishedVersions(policy, now).some((later) => later > (version ?? '') && endsConsent(policy, later, purpose));

/** True if a version in force no longer asks for a purpose: nothing rests on a consent to it. */
export const isNoLongerAsked = (
  policy: Versioned & Pick<Policy, 'purposes'>,
  purpose: PurposeId,
  now: number,
): boolean => policy.purposes[purpose]?.consent !== true && isPublished(policy, policy.version, now);

/** Names the text of a purpose in a version, as heads of the ledger do: `analytics 2025-06-15`. */
export const textName = (purpose: PurposeId, version: string): string => `${purpose} ${version}`;

/** Names every text that consents were given to which have ended by now, with its version. */
export const endedTexts = (policy: Versioned & Pick<Policy, 'purposes'>, now: number): string[] =>
  Object.entries(policy.notices).flatMap(([version, texts]) =>
    Object.keys(texts)
      .filter((purpose) => isNoLongerAsked(policy, purpose, now) || isSuperseded(policy, purpose, version, now))
      .map((purpose) => textName(purpose, version)),
  );

/**
 * Returns the first version with a text that asks for this consent; undefined: none has one.
 *
 * @returns `from`: when it takes effect; absent for the first version of a policy, which always
 *   counted, and for a draft, which never does (`isDraft`)
 */
export function firstAsked(
  policy: Versioned,
  purpose: PurposeId,
): { readonly version: string; readonly isDraft: boolean; readonly from?: number } | undefined {
  const version = versionsOf(policy).find((one) => Object.hasOwn(policy.notices[one] ?? {}, purpose));
  if (version === undefined) return undefined;
  if (isDraft(policy, version)) return { version, isDraft: true };
  const isFirst = policy.changes?.[version] === undefined;
  return { version, isDraft: false, ...(isFirst ? {} : { from: startOfDate(version, policy.controller.timeZone) }) };
}

/**
 * Returns the newest version in force that ended some consent: agreements to it or to a later one
 * all count. The first version ended everything before it.
 */
export function endedBefore(policy: Versioned, now: number): string | undefined {
  const { changes = {} } = policy;
  return publishedVersions(policy, now)
    .filter((version) => Object.keys(changes[version]?.endsConsents ?? { all: true }).length > 0)
    .at(-1);
}

/**
 * Returns the newest version that is no draft: documents name it as the policy by which they were
 * made.
 */
export const statedVersion = (policy: Omit<Versioned, 'controller'>): string =>
  versionsOf(policy)
    .filter((version) => !isDraft(policy, version))
    .at(-1) ?? policy.version;

/** True of a version that describes a change of which nobody is told yet. */
export function isDraft({ changes = {} }: Pick<Versioned, 'changes'>, version: string): boolean {
  const change = Object.hasOwn(changes, version) ? changes[version] : undefined;
  return change !== undefined && change.announced === undefined;
}
