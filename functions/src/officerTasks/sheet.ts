import { Timestamp, type DocumentData } from 'firebase-admin/firestore';
import { isSealed, sealed } from '../crypto/seal.ts';
import { openSheet, sealSheet, type SheetKeys } from '../crypto/sheet.ts';
import { millisOf } from '../platform/firestore.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import { manualRecipients } from '../policy/lookup.ts';
import type { Policy } from '../policy/schema.ts';
import { identifiersOf, type Subject } from '../subject/identity.ts';
import { partOf, type OfficerTask, type TaskFor } from './task.ts';

/** One thing by which the other side knows the person. */
interface Known {
  /** `uid`, `email`, `phone`, `installation`, or the name of an id at another company. */
  readonly kind: string;
  readonly value: string;
  /** False: it was theirs once, or they said so. The officer compares. */
  readonly proven: boolean;
}

/** The content of a sheet: only the things that the other side has already. */
export interface SheetContent {
  readonly known: readonly Known[];
}

/** The person, as far as a sheet can tell of them. */
export type SheetSubject = Pick<
  Subject,
  'uid' | 'verifiedEmails' | 'phones' | 'unproven' | 'providerIds' | 'installations'
>;

/** The identifiers of a recipient for which the policy names none. */
const BY_ADDRESS: readonly string[] = ['email'];
/** An officer looks by all of these for rows of a record or a system. */
const OF_RECORDS: readonly string[] = ['uid', 'email', 'phone', 'stripeCustomer', 'brevoContact'];

/** `export look` finds the rows: nobody needs an address or a telephone to read them. */
const OF_LOOK: readonly string[] = ['uid'];

/** Is a recipient asked, and not a record or a system looked at? Both can have one id. */
const isAsked = (policy: Policy, part: TaskFor): boolean =>
  'recipient' in part || ('part' in part && manualRecipients(policy).some(({ id }) => id === part.part));

/**
 * Decides the content of a sheet. Pure. A recipient gets its own id for the person if one is known;
 * else the identifiers by which the policy says that it knows people (`knownBy`). For an export
 * nobody is asked by a former or claimed address: the answer could be about somebody else.
 */
export function sheetContent(policy: Policy, part: TaskFor, person: SheetSubject): SheetContent {
  const [id, isRecipient] = [partOf(part), isAsked(policy, part)];
  const known = Object.hasOwn(policy.recipients, id) ? policy.recipients[id]?.knownBy : undefined;
  const ofRecord = 'look' in part ? OF_LOOK : OF_RECORDS;
  const kinds = isRecipient ? (known ?? BY_ADDRESS) : ofRecord;
  const subject = isRecipient && 'part' in part ? { ...person, unproven: [] } : person;
  const own = kinds.flatMap((kind): Known[] => {
    const value = Object.hasOwn(subject.providerIds, kind) ? subject.providerIds[kind] : undefined;
    // A row of ours is the person's only if it names them as well (subject/prove.ts).
    return value === undefined ? [] : [{ kind, value, proven: isRecipient }];
  });
  const others = kinds.flatMap((kind) => identifiers(subject, kind));
  return { known: isRecipient && own.length > 0 ? own : [...own, ...others] };
}

function identifiers(subject: SheetSubject, kind: string): Known[] {
  const { uid, installations = [] } = subject;
  if (kind === 'uid') return uid === '' ? [] : [{ kind, value: uid, proven: true }];
  // The app wrote them: claims.
  if (kind === 'installation') return installations.map((value) => ({ kind, value, proven: false }));
  if (kind !== 'email' && kind !== 'phone') return [];
  const proven: readonly string[] = kind === 'email' ? subject.verifiedEmails : (subject.phones ?? []);
  return identifiersOf(subject as Subject, kind).map((value) => ({ kind, value, proven: proven.includes(value) }));
}

/** The path of a task's sheet. */
const sheetPath = (id: string): string => `officerSheets/${id}`;

/**
 * `officerSheets/{id}` as its document, sealed twice: its content to the officers' public key, the
 * document as everything that the backend writes. Deleting it is its end, but for the windows that
 * a certificate names (`remains`).
 *
 * @throws RangeError if the public key is none
 */
export function sheetDocument(
  { id, pseudonym, createdAt, until }: OfficerTask,
  content: SheetContent,
  publicKey: string,
  keys: PseudonymKeys,
): DocumentData {
  const path = sheetPath(id);
  const fields = {
    pseudonym,
    createdAt: Timestamp.fromMillis(createdAt),
    until: Timestamp.fromMillis(until),
    content: sealSheet(path, JSON.stringify(content), publicKey),
  };
  return sealed(path, fields, keys);
}

/** Is this the sheet of a task, as the backend wrote it? */
export const isSheetOf = ({ id, until }: OfficerTask, data: DocumentData | undefined, keys: PseudonymKeys): boolean =>
  data !== undefined && isSealed(sheetPath(id), data, keys) && millisOf(data['until']) === until;

/**
 * Opens the content of a sheet's document.
 *
 * @throws RangeError if the private key is not the right one
 */
export const openContent = (id: string, data: DocumentData, keys: SheetKeys): SheetContent =>
  JSON.parse(openSheet(sheetPath(id), String(data['content']), keys)) as SheetContent;
