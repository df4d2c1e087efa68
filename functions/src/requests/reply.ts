import type { Timestamp } from 'firebase-admin/firestore';
import type { Language } from '../texts/languages.ts';

/**
 * The reasons for which an officer refuses a request (Art. 12(4)):
 *
 * - `unidentified`: the asker could not be identified (12(2), 12(6));
 * - `excessive`, `unfounded`: the request is so (12(5));
 * - `lawKeeps`: a law keeps the data (17(3), 23);
 * - `othersRights`: others would be harmed (15(4), 20(4));
 * - `compellingGround`, `legalClaims`: of an objection, a compelling ground overrides it, or legal
 *   claims need the data (21(1));
 * - `conditions`: the conditions of the right are not met.
 */
export const refusalReasons = [
  'unidentified',
  'excessive',
  'unfounded',
  'lawKeeps',
  'othersRights',
  'compellingGround',
  'legalClaims',
  'conditions',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** The most characters of an officer's own words. */
export const MAX_WORDS = 4_000;

/** How the person was told: by e-mail, or only by their own document and the officer's page. */
export type ReplyEnd = 'sent' | 'refused' | 'noSender' | 'noAddress';

/** The decisions of which a person is told. `lifting`: a restriction ends (Art. 18(3)). */
export const replyKinds = ['extended', 'answered', 'refused', 'lifting'] as const;

/** The last reply to a request: of an officer, or of the machine. */
export interface Reply {
  readonly kind: (typeof replyKinds)[number];
  readonly at: Timestamp;
  readonly language: Language;
  /** SHA-256 of the text, hexadecimal: it shows which words the person got. */
  readonly sha256: string;
  /** The officer's pseudonym, if one was named; `backend`: the machine answered. */
  readonly by?: string;
  /** The words, until the person has them: then they stand in the person's own document alone. */
  readonly words?: { readonly subject: string; readonly text: string };
  /** Absent until the job that tells the person has done so. */
  readonly end?: ReplyEnd;
}

/** Names a reply of a request. */
export interface ReplyName {
  readonly kind: Reply['kind'];
  /** Epoch milliseconds. */
  readonly at: number;
}

/** True if it is the reply of this name. */
export const isSame = (reply: Reply, { kind, at }: ReplyName): boolean =>
  reply.kind === kind && reply.at.toMillis() === at;
