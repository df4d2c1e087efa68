import { Timestamp, type DocumentData, type DocumentReference } from 'firebase-admin/firestore';
import * as z from 'zod/mini';
import type { Instant } from '../platform/time.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { issuesOf, type Issue } from '../platform/intake.ts';
import { lazily } from '../platform/shapes.ts';
import { contract } from '../policy/contract.ts';
import { fillPath, isConsentPurpose } from '../policy/lookup.ts';
import type { Policy, PurposeId } from '../policy/schema.ts';

export const consentRef = (context: Pick<Context, 'clients'>, uid: string, purpose: PurposeId): DocumentReference =>
  context.clients.app().doc(fillPath(contract.consents, { uid, purpose }));

/** One delivery of a Firestore event, without the SDK's wrapping. */
export interface DocumentEvent {
  readonly id: string;
  readonly uid: string;
  /** The document's own id. */
  readonly key: string;
  readonly before: DocumentData | undefined;
  readonly after: DocumentData | undefined;
  /** When the server wrote it, epoch milliseconds. */
  readonly writtenAt: number;
}

/**
 * The shapes of the app's documents. Every length and pattern is that of firestore.rules, so that
 * everything an owner may write is read. A test holds both together. A document that a server
 * writes past the rules is measured by the same numbers.
 */

const timestamp = () => z.custom<Timestamp>((value) => value instanceof Timestamp, { error: 'timestamp' });

/**
 * Rules count characters, not UTF-16 units. A text with more units than twice the limit need not be
 * counted.
 */
const isWithin = (value: string, max: number): boolean => value.length <= 2 * max && Array.from(value).length <= max;

const text = (max: number) =>
  z.string().check(({ value, issues }) => {
    if (!isWithin(value, max)) issues.push({ code: 'too_big', origin: 'string', maximum: max, input: value });
  });

/** An optional text that is empty says nothing. */
const optionalText = (max: number) =>
  z.optional(
    z.pipe(
      text(max),
      z.transform((value) => (value === '' ? undefined : value)),
    ),
  );

/**
 * A language tag (BCP 47; apps write `_` as well). Only language, script and region are kept: the
 * rest is up to eight characters of anybody's choice, and the ledger outlives the person.
 */
export const locale = () =>
  z.optional(
    z.pipe(
      text(35).check(z.regex(/^([A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*)?$/)),
      z.transform(
        (tag) => /^[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|[0-9]{3}))?(?![A-Za-z0-9])/.exec(tag)?.[0],
      ),
    ),
  );

/**
 * An app's version: up to four numbers. The ledger outlives the person, so it takes no other text.
 */
export const appVersion = () =>
  z.optional(
    z.pipe(
      text(27).check(z.regex(/^([0-9]{1,6}([.][0-9]{1,6}){0,3})?$/)),
      z.transform((version) => (version === '' ? undefined : version)),
    ),
  );

/**
 * The rules' pattern: a version is a name with the form of a date. The notice that it names decides
 * whether there is one.
 */
const policyVersion = () => z.string().check(z.regex(/^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/));

/** `users/{uid}/consents/{purpose}` as the contract has it: nothing more, nothing longer. */
export const consentDocument = lazily(() =>
  z.strictObject({
    granted: z.boolean(),
    policyVersion: policyVersion(),
    source: z.enum(['app', 'web']),
    updatedAt: timestamp(),
    locale: locale(),
    appVersion: appVersion(),
    deviceId: optionalText(128),
    givenAt: z.optional(timestamp()),
    /** The backend's own mark that the person is to be asked again. */
    reconsentRequired: z.optional(z.boolean()),
    /** The backend's own mark: the person objected then, and the document says no since. */
    objectedAt: z.optional(timestamp()),
  }),
);
export type ConsentDocument = z.infer<ReturnType<typeof consentDocument>>;

/**
 * A consent document that was read. Of a yes everything is there that has to be shown of it later.
 * A no needs nothing but the answer itself (Art. 7(3): as easy as giving).
 */
type Answering = Pick<ConsentDocument, 'granted'> & Partial<ConsentDocument>;

/** `dropped` names the fields that a refusal was read without, as codes and field names. */
type Read<T> =
  | ({ readonly ok: true; readonly dropped: readonly Issue[] } & T)
  | { readonly ok: false; readonly issues: readonly Issue[] };

const has = (data: unknown, field: string): data is Readonly<Record<string, unknown>> =>
  typeof data === 'object' && data !== null && Object.hasOwn(data, field);

/**
 * Reads a consent document. A grant is read as the contract has it or not at all: a consent that
 * cannot be shown later is none (Art. 7(1)). A document whose `granted` is exactly `false` is
 * always read: wrong fields beside it are left out and named. So no old app, no server and no
 * mistake of theirs swallows a withdrawal (Art. 7(3)).
 *
 * @param data the document
 * @param before the document before: a refusal without a valid `policyVersion` or `source` is one
 * of that answer
 * @example readConsent({ granted: false, appVersion: 7 })
 * // ok, { granted: false }, dropped: policyVersion, source, updatedAt, appVersion
 */
export function readConsent(data: unknown, before?: unknown): Read<{ readonly document: Answering }> {
  if (has(data, 'granted') && data['granted'] === false) return readRefusal(data, before);
  const parsed = consentDocument().safeParse(data);
  if (!parsed.success) return { ok: false, issues: issuesOf(parsed.error, '(document)') };
  return { ok: true, document: parsed.data, dropped: [] };
}

/** Fields that a refusal keeps from the answer that it follows, if it lacks them. */
const INHERITED = ['policyVersion', 'source'];

function readRefusal(data: Readonly<Record<string, unknown>>, before: unknown): ReturnType<typeof readConsent> {
  const dropped: Issue[] = [];
  const kept: Record<string, unknown> = {};
  const besides = z.omit(consentDocument(), { granted: true }).shape;
  for (const [field, shape] of Object.entries(besides)) {
    const own = shape.safeParse(has(data, field) ? data[field] : undefined);
    if (!own.success) dropped.push({ code: codeOf(own.error), field });
    const inherited = INHERITED.includes(field) && has(before, field) ? shape.safeParse(before[field]) : undefined;
    const value = own.success ? own.data : inherited?.data;
    if (value !== undefined) kept[field] = value;
  }
  if (Object.keys(data).some((field) => !Object.hasOwn(consentDocument().shape, field))) {
    dropped.push({ code: 'unrecognized_keys', field: '(document)' });
  }
  // Each value was parsed by its field's own shape.
  return { ok: true, document: { ...kept, granted: false }, dropped };
}

const codeOf = (error: z.core.$ZodError): Issue['code'] => error.issues[0]?.code ?? 'custom';

/** `users/{uid}/devicePermissions/{deviceId}_{permission}` as the contract has it. */
export const devicePermissionDocument = lazily(() =>
  z.strictObject({
    permission: z.enum(['camera', 'microphone', 'storage', 'imageLibrary']),
    granted: z.boolean(),
    deviceId: text(128).check(z.minLength(1)),
    updatedAt: timestamp(),
    platform: optionalText(50),
  }),
);
export type DevicePermissionDocument = z.infer<ReturnType<typeof devicePermissionDocument>>;

/**
 * A consent document's answer, as plain data; times in epoch milliseconds. A no may lack everything
 * but itself.
 */
export interface Answer {
  readonly granted: boolean;
  readonly policyVersion?: string;
  readonly source?: string;
  readonly updatedAt?: Instant;
  /**
   * When the person answered, by the device's clock: an answer given offline reaches the server
   * later.
   */
  readonly givenAt?: Instant;
  readonly locale?: string;
  readonly appVersion?: string;
  readonly deviceId?: string;
  /** The backend's mark stands on it: the person was to be asked again. */
  readonly askedAgain?: boolean;
  /** The backend's mark stands on it: the person objected then. */
  readonly objectedAt?: Instant;
}

/** One change of a consent document. */
export interface ConsentChange {
  readonly purpose: PurposeId;
  readonly before: Answer | null;
  readonly after: Answer | null;
  /** When the server wrote it. */
  readonly writtenAt: Instant;
  /**
   * No event told of it: the document and the ledger were compared, and `before` is the ledger's
   * knowledge.
   */
  readonly reconciled?: true;
}

/** A consent document as an answer; times in epoch milliseconds. */
function answerOf(document: Answering): Answer {
  const { updatedAt, givenAt, reconsentRequired, objectedAt, ...rest } = document;
  const times = { updatedAt: updatedAt?.toMillis(), givenAt: givenAt?.toMillis(), objectedAt: objectedAt?.toMillis() };
  return {
    ...defined({ ...rest, ...times }),
    ...(reconsentRequired === true ? { askedAgain: true } : {}),
  };
}

/** Reads a stored consent document as an answer, or null if it cannot be read as one. */
export function readAnswer(data: unknown): Answer | null {
  const read = readConsent(data);
  return read.ok ? answerOf(read.document) : null;
}

/** Says why a purpose takes no yes: the policy does not ask for it, or does not have it. */
export function notAskedIn(policy: Policy, purpose: PurposeId): Issue | null {
  if (isConsentPurpose(policy, purpose)) return null;
  return { code: Object.hasOwn(policy.purposes, purpose) ? 'not_asked' : 'unknown_purpose', field: '(id)' };
}

/**
 * Reads the event of a consent document: nothing else parses it. A no is always read,
 * also to a purpose that is no longer asked for, since it can be taken back.
 */
export function readChange(
  policy: Policy,
  { key: purpose, before, after, writtenAt }: DocumentEvent,
): Read<{ readonly change: ConsentChange }> {
  const read = after && readConsent(after, before);
  const notAsked = notAskedIn(policy, purpose);
  if (notAsked !== null && (after?.['granted'] === true || read?.ok === false))
    return { ok: false, issues: [notAsked] };
  if (read?.ok === false) return read;
  // A document that was wrong before counts as no answer: the one that corrects it is the decision.
  const known = before === undefined ? null : readAnswer(before);
  const answer = read ? answerOf(read.document) : null;
  return { ok: true, change: { purpose, before: known, after: answer, writtenAt }, dropped: read?.dropped ?? [] };
}
