import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { spend, type Head, type PurposeAnswers } from '../../ledger/chain.ts';
import type { Draft, OrderedBy } from '../../ledger/entry.ts';
import { patchOf, withObjection } from '../../ledger/standing.ts';
import type { Amendment } from '../../ledger/store.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { millisOf } from '../../platform/firestore.ts';
import type { Instant } from '../../platform/time.ts';
import type { Policy, PurposeId } from '../../policy/schema.ts';
import { generationOf } from '../../subject/pseudonym.ts';
import { consentRef } from '../documents.ts';
import { amendWithEffects } from '../effects.ts';

/** An objection of a person with an account (Art. 21). */
export interface Objection {
  readonly uid: string;
  /** Their chain: one of the next person with this uid gets no entry. */
  readonly chain: string;
  readonly purposes: readonly PurposeId[];
  /** When they objected: the same for every attempt. */
  readonly at: Instant;
  /** The way it came: `app`, `message`, `letter` … */
  readonly source: string;
  readonly by: OrderedBy;
  /** Names the objection: its entries are made once. */
  readonly id: string;
}

/**
 * Decides about an objection from the head: one entry for each purpose, `objected`. It needs no
 * answer before it. One that a later yes has ended already, or that is recorded, adds nothing. Past
 * the day's budget an objection is recorded that ends something, and no repetition. Pure.
 */
export function decideObjection(policy: Policy, head: Head, objection: Objection, now: Instant): Amendment | null {
  const { purposes, at, source, by, id } = objection;
  let { budget } = head;
  const changed: Record<PurposeId, PurposeAnswers> = {};
  const entries: { readonly id: string; readonly draft: Draft }[] = [];
  for (const purpose of purposes) {
    const known = head.consents[purpose] ?? {};
    const next = withObjection(known, at);
    if (next.objectedAt !== at || known.objectedAt === at) continue;
    const spent = spend(budget, 'consent', now, by.holder);
    if (spent === null && known.objectedAt !== undefined) continue;
    budget = spent ?? budget;
    changed[purpose] = next;
    const times = { occurredAt: at, recordedAt: now };
    entries.push({
      id: `${id}_${purpose}`,
      draft: { kind: 'consent', purpose, state: 'objected', ...defined({ ...by }), source, ...times },
    });
  }
  return entries.length === 0
    ? null
    : { entries, patch: { ...patchOf(policy, head, changed, now), ...defined({ budget }) } };
}

/**
 * Records an objection in the person's chain, with the jobs of its effects, in one transaction, and
 * shows it in the app's documents. Runs twice harmlessly. Nothing is done if their erasure has
 * begun: it ends everything. Costs 1 read and 2 writes, 2 writes more for each further purpose and
 * its job, and 1 read for each document.
 */
export async function recordObjection(context: Context, objection: Objection): Promise<void> {
  const { uid, chain: own, purposes, at } = objection;
  const seen = { isTheirs: false };
  await amendWithEffects(context, uid, (head, chain) => {
    seen.isTheirs = generationOf(chain) === generationOf(own);
    return seen.isTheirs ? decideObjection(context.policy, head, objection, context.now()) : null;
  });
  if (!seen.isTheirs) return;
  for (const purpose of purposes) await showObjection(context, uid, purpose, at);
}

/**
 * Lets a document that says yes say no from now on, with the time of the objection. A newer answer
 * stays, and the time of the old one too. Its event adds nothing to the ledger (`showsObjection`).
 */
async function showObjection(context: Context, uid: string, purpose: PurposeId, at: Instant): Promise<void> {
  const ref = consentRef(context, uid, purpose);
  await context.clients.app().runTransaction(async (tx) => {
    const stored = await tx.get(ref);
    if (stored.get('granted') !== true || (millisOf(stored.get('updatedAt')) ?? -Infinity) > at) return;
    const mark = { granted: false, objectedAt: Timestamp.fromMillis(at), reconsentRequired: FieldValue.delete() };
    tx.update(ref, mark);
  });
}
