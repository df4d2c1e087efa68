import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { find, unknownPerson } from '../../erasure/officer.ts';
import type { Head } from '../../ledger/chain.ts';
import { latestHead } from '../../ledger/find.ts';
import { later, stands } from '../../ledger/standing.ts';
import type { Verdict } from '../../ledger/store.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { keyedHash } from '../../platform/keys.ts';
import type { Instant } from '../../platform/time.ts';
import { isConsentPurpose } from '../../policy/lookup.ts';
import type { PurposeId } from '../../policy/schema.ts';
import type { PersonQuery } from '../../proof/findPerson.ts';
import type { Channel } from '../../requests/request.ts';
import { pseudonymsOf } from '../../subject/pseudonym.ts';
import { conclude, powerToAnswer, stateOf, withReconciled, type Deciding } from '../decide.ts';
import { consentRef, readAnswer } from '../documents.ts';
import { recordDecision } from '../recordDecision.ts';
import { answerFields } from '../terms.ts';

/**
 * A withdrawal that reached the controller outside the app, as an officer enters it. It is as easy
 * as giving the consent was (Art. 7(3)): nobody has to prove who they are to say no. It erases no
 * account, since that cannot be undone: an officer asks the person first.
 */
export interface EnteredNo {
  readonly purpose: PurposeId;
  readonly channel: Channel;
  /** When the letter came in. */
  readonly receivedAt: Instant;
  /** When the consent ends, whenever the letter is entered; absent: at receipt. */
  readonly countsFrom?: Instant | undefined;
  /** Pseudonym of the officer, if one was named. */
  readonly officer?: string | undefined;
}

/**
 * Decides how an officer's entry of a no is recorded: as an answer of the person, or of the holder
 * who wrote for them. A later yes of the same person stands. A second letter records nothing. Pure.
 *
 * @param holder pseudonyms of a holder of parental responsibility or guardian, the newest key first
 */
export function decideEntered(no: EnteredNo, head: Head, deciding: Deciding, holder?: readonly string[]): Verdict {
  const { purpose, channel, receivedAt, countsFrom: at = receivedAt, officer } = no;
  const { policy, now } = deciding;
  if (head.erasing !== undefined) return { reject: 'late' };
  if (holder !== undefined && powerToAnswer(policy, head, holder, now) === null) return { reject: 'denied' };
  if (!isConsentPurpose(policy, purpose) && !stands(head.current[purpose])) return { reject: 'notAsked' };
  const answers = head.consents[purpose] ?? {};
  const by = holder === undefined ? 'subject' : 'holder';
  const known = answers[by];
  if (known?.granted === false) return { ignore: true };
  const { policyVersion } = known ?? {};
  const answered = {
    granted: false,
    at,
    state: stateOf(known, { granted: false }),
    ...defined({ policyVersion }),
    entered: true as const,
  };
  // The person's document follows: its event finds that the ledger knows it.
  const isLatest = by === 'subject' && later(known, answered) === answered;
  const written = isLatest
    ? { written: { at: now, granted: false, ...defined({ policyVersion }) }, ...withReconciled(answers, now, now) }
    : {};
  return conclude(head, deciding, {
    purpose,
    draft: {
      ...answerFields(purpose, { granted: false, ...defined({ policyVersion }) }, deciding),
      source: channel,
      state: answered.state,
      actor: 'officer',
      ...defined({ officer, holder: holder?.[0] }),
      occurredAt: at,
      recordedAt: now,
    },
    answers: { ...answers, ...written },
    answered,
    by,
    receivedAt: at,
  });
}

/** The state of a consent after an officer entered a no. */
export interface Entered {
  /** The state that applies now. */
  readonly state: string;
  /** The person said yes again since, and that stands. */
  readonly stands: boolean;
  /** It was entered before, or the person had said no themselves. */
  readonly before: boolean;
}

/**
 * Enters a withdrawal that came by letter, call, visit or e-mail. Its effects are those of a no in
 * the app: other systems, and the records that rest on the consent. The app's own document follows,
 * so that the app shows it. Entered again, it does the rest that a crash left.
 *
 * @param holder uid of the holder of parental responsibility, or guardian, who wrote; absent: the
 *   person wrote
 * @throws ComplianceError `officer.*` as `find` does, `officer.unknown` if nobody knows the uid,
 *   `request.erased` if the account was erased. `consent.entry` if an address has no account, the
 *   policy asks for no such consent, or nobody named the holder
 */
export async function enterWithdrawal(
  context: Context,
  person: PersonQuery,
  no: EnteredNo,
  holder?: string,
): Promise<Entered> {
  const { subject, isKnown } = await find(context, person);
  const { uid } = subject;
  if (uid === '') throw wrong('no account has verified this address: an address alone can object to marketing');
  if (!isKnown) throw unknownPerson();
  const { purpose, channel, receivedAt, countsFrom: at = receivedAt } = no;
  const names = [uid, purpose, channel, String(receivedAt), holder ?? ''];
  const id = `entered_${keyedHash('withdrawal', names, context.keys)}`;
  const pseudonyms = holder === undefined ? undefined : pseudonymsOf(holder, context.keys);
  const outcome = await recordDecision(context, { uid, id, purpose, at }, (head) =>
    decideEntered(no, head, { policy: context.policy, now: context.now() }, pseudonyms),
  );
  if (!outcome.recorded) {
    if (outcome.because === 'late') throw gone();
    if (outcome.because === 'notAsked') throw wrong('the policy asks for no consent to this purpose');
    if (outcome.because === 'denied') throw wrong('nobody named this holder as one of the person');
  }
  const { head } = await latestHead(context, uid);
  const written = head.consents[purpose]?.written;
  if (written?.granted === false) await follow(context, uid, purpose, written.at);
  const state = head.current[purpose] ?? 'refused';
  return { state, stands: stands(state), before: !outcome.recorded };
}

const gone = (): ComplianceError =>
  new ComplianceError('request.erased', 'this account was erased, or its erasure has begun: no consent of it is left');

const wrong = (what: string): ComplianceError => new ComplianceError('consent.entry', what);

/** Turns the app's document to the no of the ledger, unless the person has written since. */
async function follow(context: Context, uid: string, purpose: PurposeId, at: Instant): Promise<void> {
  const ref = consentRef(context, uid, purpose);
  await context.clients.app().runTransaction(async (tx) => {
    const answer = readAnswer((await tx.get(ref)).data());
    if (answer?.granted !== true || (answer.updatedAt ?? 0) >= at) return;
    const gone = { givenAt: FieldValue.delete(), reconsentRequired: FieldValue.delete() };
    tx.update(ref, { granted: false, updatedAt: Timestamp.fromMillis(at), ...gone });
  });
}
