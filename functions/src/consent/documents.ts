import type { DocumentReference } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { fillPath } from '../policy/lookup.ts';
import type { PurposeId } from '../policy/schema.ts';
import type { Answer } from './plan.ts';
import type { Grant, Refusal } from './shapes.ts';

/** Where the app writes the answers (the contract). */
export const CONSENTS = 'users/{uid}/consents/{purpose}';

export const consentRef = (context: Pick<Context, 'clients'>, uid: string, purpose: PurposeId): DocumentReference =>
  context.clients.app().doc(fillPath(CONSENTS, { uid, purpose }));

/** A consent document as an answer; times in epoch milliseconds. */
export function answerOf(document: Grant | Refusal): Answer {
  const { updatedAt, givenAt, reconsentRequired, ...rest } = document;
  return {
    ...defined({ ...rest, updatedAt: updatedAt?.toMillis(), givenAt: givenAt?.toMillis() }),
    ...(reconsentRequired === true ? { askedAgain: true } : {}),
  };
}
