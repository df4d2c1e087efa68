import { effectJob } from '../../consent/effects.ts';
import { createJob } from '../../jobs/store.ts';
import type { Head } from '../../ledger/chain.ts';
import { allowedIn } from '../../ledger/standing.ts';
import type { Context } from '../../platform/context.ts';
import type { Instant } from '../../platform/time.ts';
import { purposesWithEffect, recordsOfSystem } from '../../policy/lookup.ts';
import type { PurposeId } from '../../policy/schema.ts';
import type { Subject } from '../../subject/identity.ts';
import { prove } from '../../subject/prove.ts';
import { visitPerson } from '../../systems/person.ts';
import { loadSystem } from '../../systems/registry.ts';
import type { NamedRecord, Outcome, Progress } from '../../systems/system.ts';

/**
 * Stops the systems that write to a person for these purposes, at once, and reads back that they
 * have stopped. Their contact stays there, blocked, so that nobody adds them anew. A system that
 * may write to them for another purpose is left to the job of its effects. So is one that may write
 * to them by a yes of this very moment: that job is made anew, since it may have run before the
 * block. Runs twice harmlessly.
 *
 * @param objection.at when the person objected: the same for every attempt
 * @returns the outcomes; a `manual` one is an officer's
 */
export async function silence(
  context: Context,
  objection: {
    readonly uid: string;
    readonly chain: string;
    readonly subject: Subject;
    readonly purposes: readonly PurposeId[];
    readonly at: Instant;
    /** Reads the head of this moment. Absent: they have no account. */
    readonly head?: (() => Promise<Head | undefined>) | undefined;
  },
  deadline: Instant,
): Promise<Progress> {
  const { policy } = context;
  const { uid, chain, subject, purposes, at, head } = objection;
  const [email] = subject.verifiedEmails;
  const outcomes: Outcome[] = [];
  for (const { purpose, named } of carriers(context, purposes)) {
    const allowing = async (): Promise<Head | undefined> => {
      const now = await head?.();
      return now !== undefined && allowedIn(policy, named.record.system, now).messages ? now : undefined;
    };
    if ((await allowing()) !== undefined) continue;
    const system = await loadSystem(named.record.system, context);
    const person = { subject, ...prove(subject, await system.find(subject)) };
    const change = { kind: 'consent', purpose, granted: false, email, decidedAt: at } as const;
    const visit = visitPerson(
      context,
      person,
      async () => ((await allowing()) === undefined ? change : undefined),
      deadline,
    );
    const progress = await visit.apply(named, undefined);
    if (!('settled' in progress)) return progress;
    const readBack = await visit.check(named, undefined);
    if (!('settled' in readBack)) return readBack;
    const meanwhile = await allowing();
    if (meanwhile === undefined) outcomes.push(...progress.settled);
    else await carryAnew(context, { uid, chain, purpose, seq: meanwhile.seq });
  }
  return { settled: outcomes };
}

/** Makes the job that carries the person's answers to other systems, as a new answer would. */
async function carryAnew(
  context: Context,
  { seq, ...of }: { readonly uid: string; readonly chain: string; readonly purpose: PurposeId; readonly seq: number },
): Promise<void> {
  const job = effectJob(context, { ...of, id: `silenced_${of.chain}_${of.purpose}_${seq}` });
  if (job !== undefined) await createJob(context, job);
}

/** The record of each system that carries messages of these purposes, and one that steers it. */
function carriers(
  { policy }: Context,
  purposes: readonly PurposeId[],
): { readonly purpose: PurposeId; readonly named: NamedRecord }[] {
  const found = new Map<string, { purpose: PurposeId; named: NamedRecord }>();
  for (const { purpose, effects } of purposesWithEffect(policy)) {
    if (!purposes.includes(purpose)) continue;
    for (const { change, system } of effects) {
      if (change !== 'messages' || found.has(system)) continue;
      const named = recordsOfSystem(policy, system).find(({ record }) => record.purposes.includes(purpose));
      if (named !== undefined) found.set(system, { purpose, named });
    }
  }
  return [...found.values()];
}
