import type { DocumentReference, Firestore } from 'firebase-admin/firestore';
import type { Context } from '../../platform/context.ts';
import { OWN_PLACES } from '../../policy/own/places.ts';
import { fillPath } from '../../policy/paths.ts';
import { isUid } from '../../subject/identity.ts';
import { erasureOf, type Head } from '../chain.ts';
import { sameState, shownState, stateToDocument } from './state.ts';

/** Everything that showing a state needs. */
export interface Showing extends Pick<Context, 'policy' | 'now'> {
  readonly clients: Pick<Context['clients'], 'app'>;
}

/** The state of a person in the app's database. */
export const stateRef = (app: Firestore, uid: string): DocumentReference =>
  app.doc(fillPath(OWN_PLACES.privacyState.path, { uid, id: 'state' }));

/** The head before a change and after it. */
export interface Heads {
  readonly before: Head;
  readonly after: Head;
}

/**
 * Shows the app the state that a head says: 1 write. An erasure takes the document with the
 * account, so nothing is written once one has begun. A write that comes late can put an older state
 * over a newer one: the nightly comparison finds it (consent/shownStates.ts).
 */
export async function showState({ clients, policy, now }: Showing, uid: string, head: Head): Promise<void> {
  if (!isUid(uid) || erasureOf(head) !== undefined) return;
  const at = now();
  await stateRef(clients.app(), uid).set(stateToDocument(shownState(head, policy, at), at));
}

/**
 * Shows the state after a change of the head, if the app can see a difference. The app's database
 * takes no part in the ledger's transaction: called after its commit. Whoever dies in between is
 * called again with the same event, or the nightly comparison shows it.
 */
export async function showChange(showing: Showing, uid: string, { before, after }: Heads): Promise<void> {
  const at = showing.now();
  const [was, is] = [before, after].map((head) => shownState(head, showing.policy, at));
  if (was === undefined || is === undefined || sameState(was, is)) return;
  await showState(showing, uid, after);
}
