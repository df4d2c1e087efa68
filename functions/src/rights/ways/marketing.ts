import { FieldValue } from 'firebase-admin/firestore';
import { consentRef } from '../../consent/documents.ts';
import { isTakenBack } from '../../ledger/standing.ts';
import { latestHead } from '../../ledger/find.ts';
import type { Context } from '../../platform/context.ts';
import type { Instant } from '../../platform/time.ts';
import { purposesWithEffect, recordsOfSystem } from '../../policy/lookup.ts';
import type { PurposeId } from '../../policy/schema.ts';
import { statedVersion } from '../../policy/versions/inForce.ts';
import type { ProvenEmail, Subject } from '../../subject/identity.ts';
import { prove } from '../../subject/prove.ts';
import { suppress } from '../../subject/suppression.ts';
import { visitPerson } from '../../systems/person.ts';
import { loadSystem } from '../../systems/registry.ts';
import type { NamedRecord, Outcome, Progress } from '../../systems/system.ts';

/** A person with a proven mailbox. */
export interface Objector {
  readonly subject: Subject;
  readonly email: ProvenEmail;
  /** When they objected: the same for every attempt. */
  readonly at: Instant;
}

/**
 * Stops marketing to a proven mailbox (Art. 21(3)). Of somebody with an account, the answers that
 * let them be written to are taken back in the app's own documents: ledger and systems follow as
 * with an answer in the app. Of somebody without one, the objection is kept by the hash of the
 * address. In both cases the contact there is blocked at once, and read back. Runs twice
 * harmlessly.
 *
 * @returns the outcomes; a `manual` one is an officer's
 */
export async function stopMarketing(context: Context, objector: Objector, deadline: Instant): Promise<Progress> {
  const { subject, email, at } = objector;
  if (subject.uid === '') await suppress(context.clients.own(), [email], context.keys, at);
  else await takeBack(context, subject.uid);
  const outcomes: Outcome[] = [];
  for (const { purpose, named } of carriers(context)) {
    const system = await loadSystem(named.record.system, context);
    const person = { subject, ...prove(subject, await system.find(subject)) };
    const change = { kind: 'consent', purpose, granted: false, email, decidedAt: at } as const;
    const visit = visitPerson(context, person, change, deadline);
    const progress = await visit.apply(named, undefined);
    if (!('settled' in progress)) return progress;
    const readBack = await visit.check(named, undefined);
    if (!('settled' in readBack)) return readBack;
    outcomes.push(...progress.settled);
  }
  return { settled: outcomes };
}

/** Takes back each yes that lets the person be written to. */
async function takeBack(context: Context, uid: string): Promise<void> {
  const { head } = await latestHead(context, uid);
  for (const { purpose, effects } of purposesWithEffect(context.policy)) {
    const state = head.current[purpose];
    if (!effects.some(({ change }) => change === 'messages') || state === undefined || isTakenBack(state)) continue;
    const ref = consentRef(context, uid, purpose);
    await context.clients.app().runTransaction(async (tx) => {
      const stored = await tx.get(ref);
      if (stored.get('granted') === false) return;
      const no = { granted: false, policyVersion: statedVersion(context.policy), source: 'web' };
      tx.set(ref, { ...no, updatedAt: FieldValue.serverTimestamp() });
    });
  }
}

/** The record of each system that carries messages, and a purpose that steers it. */
function carriers({ policy }: Context): { readonly purpose: PurposeId; readonly named: NamedRecord }[] {
  const found = new Map<string, { purpose: PurposeId; named: NamedRecord }>();
  for (const { purpose, effects } of purposesWithEffect(policy)) {
    for (const { change, system } of effects) {
      if (change !== 'messages' || found.has(system)) continue;
      const named = recordsOfSystem(policy, system).find(({ record }) => record.purposes.includes(purpose));
      if (named !== undefined) found.set(system, { purpose, named });
    }
  }
  return [...found.values()];
}
