import type { Job } from '../../jobs/types.ts';
import type { Head } from '../../ledger/chain.ts';
import type { OrderedBy } from '../../ledger/entry.ts';
import type { TaskOrder } from '../../officerTasks/task.ts';
import { defined } from '../../platform/defined.ts';
import type { Instant } from '../../platform/time.ts';
import { addPeriod } from '../../policy/calendar.ts';
import { manualRecipients, nameIn } from '../../policy/lookup.ts';
import { endedByObjection, marketingChannels } from '../../policy/purposes/marketing.ts';
import type { Policy, PurposeId } from '../../policy/schema.ts';
import { CHANNELS } from '../../requests/request.ts';
import type { RequestRecord } from '../../requests/store.ts';
import type { Outcome } from '../../systems/system.ts';
import { inLanguages } from '../../texts/index.ts';
import type { Language } from '../../texts/languages.ts';

/** Decisions about an objection to direct marketing, from policy, head and record. Pure. */

/**
 * Returns the purposes that a request objects to: those of the channel that it names, else of
 * every channel.
 */
export function objectedPurposes(policy: Policy, channel: PurposeId | undefined): PurposeId[] {
  const channels = marketingChannels(policy);
  return endedByObjection(policy, channel !== undefined && channels.includes(channel) ? [channel] : channels);
}

/** Was this request carried out? Then only a new yes of the person takes it back. */
export const isCarriedOut = ({ answer }: Pick<RequestRecord, 'answer'>): boolean =>
  answer?.['objectedAt'] !== undefined;

const isByLetter = (channel: string): boolean => CHANNELS.some((one) => one === channel);

/** Returns the actor of the ledger's entries: an officer entered a letter, a call or a visit. */
export function objectedBy(record: Pick<RequestRecord, 'channel' | 'entered' | 'onBehalf'>): OrderedBy {
  if (record.onBehalf !== undefined) return { actor: 'holder' };
  return isByLetter(record.channel)
    ? { actor: 'officer', ...defined({ officer: record.entered?.by }) }
    : { actor: 'subject' };
}

/** The ways on which a page, or the other company, tells the person at once. */
const TOLD_AT_ONCE: readonly string[] = ['link', 'message', 'brevo'];

/** Was the person told already? Then no message follows. */
export const isToldAlready = ({ channel }: Pick<RequestRecord, 'channel'>): boolean => TOLD_AT_ONCE.includes(channel);

/**
 * Returns the officers' part: recipients without an interface of these purposes. A purpose that
 * rests on the consent alone, and that nobody ever answered, has given them nothing.
 *
 * @param head of the person; absent: they have no account
 */
export function recipientsToAsk(
  policy: Policy,
  purposes: readonly PurposeId[],
  { at, head }: { readonly at: Instant; readonly head?: Pick<Head, 'consents'> | undefined },
): Extract<Outcome, { outcome: 'manual' }>[] {
  const used = purposes.filter((id) => {
    const { subject, holder } = head?.consents[id] ?? {};
    return policy.purposes[id]?.legalBasis !== 'consent' || subject !== undefined || holder !== undefined;
  });
  return manualRecipients(policy).flatMap(({ id, recipient, within }) => {
    const theirs = recipient.purposes.filter((purpose) => used.includes(purpose));
    if (theirs.length === 0) return [];
    const names = (language: Language): string =>
      theirs.map((purpose) => nameIn(policy.purposes, purpose, language)).join(', ');
    const what = inLanguages(policy, ({ officer }, language) => officer.objected(names(language)));
    return [
      { recipient: id, count: 1, outcome: 'manual', what, by: addPeriod(at, within, policy.controller.timeZone) },
    ];
  });
}

/** Returns the orders of the officers' tasks, as the steps so far report them. */
export const ordersOf = ({ id, createdAt, pseudonym = '', steps }: Job): TaskOrder[] =>
  ['silenced', 'asked'].flatMap((step) =>
    (steps[step]?.outcomes ?? []).flatMap((outcome): TaskOrder[] => {
      if (outcome.outcome !== 'manual') return [];
      const { what, by } = outcome;
      const part = 'record' in outcome ? { record: outcome.record } : { recipient: outcome.recipient };
      return [{ for: part, what, job: id, jobCreatedAt: createdAt, pseudonym, by }];
    }),
  );
