import type { Head } from '../../ledger/chain.ts';
import { isEnteredNo, isTakenBack, serviceWithdrawn, stands } from '../../ledger/standing.ts';
import type { Instruction, OfficerTask, TaskOrder, ToldConsent } from '../../officerTasks/task.ts';
import { addPeriod } from '../../policy/calendar.ts';
import { recipientsOfConsent } from '../../policy/purposes/recipients.ts';
import { endsAccount, recordsOfSystem, type ManualRecipient } from '../../policy/lookup.ts';
import type { Policy, RecipientId, Text } from '../../policy/schema.ts';
import type { Instant } from '../../platform/time.ts';
import { keyVersionOf } from '../../subject/pseudonym.ts';
import { inLanguages } from '../../texts/index.ts';
import { inLanguage } from '../../texts/languages.ts';

/** The recipients that hear of a changed consent from an officer alone, and their words. Pure. */

/** Is the instruction still right, by the state of the consent now? */
export const isStillSo = (tell: Instruction, current: string | undefined): boolean =>
  (tell === 'again') === stands(current);

/** The place of a change in a person's history. */
interface Place {
  readonly pseudonym: string;
  readonly consent?: Pick<ToldConsent, 'seq'>;
}

/** Compares two places. The chain under a newer key goes on after the older one, from 1. */
const inOrder = (a: Place, b: Place): number =>
  keyVersionOf(a.pseudonym) - keyVersionOf(b.pseudonym) || (a.consent?.seq ?? 0) - (b.consent?.seq ?? 0);

/**
 * Sorts the tasks of a person's chains around one change: those about the same consent.
 *
 * @param chain the one that the change is in
 * @returns `isReplaced`: a later change tells the recipients by now
 */
export function othersOf(
  tasks: readonly OfficerTask[],
  told: ToldConsent,
  chain: string,
): { readonly earlier: readonly OfficerTask[]; readonly isReplaced: boolean } {
  const place = { pseudonym: chain, consent: told };
  const same = tasks.filter(({ consent }) => consent?.purpose === told.purpose);
  return {
    earlier: same.filter((task) => inOrder(task, place) < 0),
    isReplaced: same.some((task) => inOrder(task, place) > 0),
  };
}

/**
 * Lists the recipients to tell. Those alone hear of a new yes that heard of the end before, and
 * that the policy still names for the purpose.
 */
export function recipientsToTell(
  policy: Policy,
  { purpose, tell }: ToldConsent,
  earlier: readonly OfficerTask[],
): ManualRecipient[] {
  const all = recipientsOfConsent(policy, purpose);
  if (tell !== 'again') return all;
  return all.filter(({ id, recipient }) => recipient.purposes.includes(purpose) && hasHeard(id, earlier));
}

/** Was the last word that an officer brought to a recipient to stop? */
function hasHeard(id: RecipientId, earlier: readonly OfficerTask[]): boolean {
  const heard = earlier
    .filter(({ for: part, status, closedBy }) => {
      const isTheirs = 'recipient' in part && part.recipient === id;
      return isTheirs && status !== 'open' && closedBy !== 'backend';
    })
    .sort(inOrder);
  const last = heard.at(-1)?.consent?.tell;
  return last !== undefined && last !== 'again';
}

/** The task at a recipient, in each language of the policy. */
export const taskAt = (
  policy: Policy,
  { recipient: { name, role }, manual }: ManualRecipient,
  { purpose, tell }: ToldConsent,
): Text =>
  inLanguages(policy, ({ officer: { consent } }, language) => {
    const what = inLanguage(policy.purposes[purpose]?.name ?? {}, language);
    const how = role === 'processor' ? consent.instruct : consent.tell;
    const text = consent[tell](name, what === '' ? purpose : what, how);
    return tell === 'delete' ? `${text} ${inLanguage(manual, language)}` : text;
  });

/**
 * The task about an account after its consent was taken back, by a parent or guardian alone or by a
 * letter that nobody proved. Undefined: there is none to decide about. That no stops the use at
 * once. It erases nothing: an erasure needs a word of the person, or their silence after they were
 * told (docs/guardians.md).
 */
export function accountToDecide(
  policy: Policy,
  head: Pick<Head, 'current' | 'consents'>,
  { purpose }: ToldConsent,
): Pick<TaskOrder, 'for' | 'what'> | undefined {
  const [account] = recordsOfSystem(policy, 'auth');
  const isTheirs = serviceWithdrawn(policy, head) !== null;
  if (account === undefined || !endsAccount(policy, purpose) || !isTakenBack(head.current[purpose]) || isTheirs)
    return undefined;
  const key = isEnteredNo(head.consents[purpose]?.subject) ? 'accountByLetter' : 'account';
  return { for: { record: account.id }, what: inLanguages(policy, ({ officer }) => officer.consent[key]) };
}

/** By when a recipient is to be told. */
export const tellBy = (policy: Policy, { within }: ManualRecipient, from: Instant): Instant =>
  addPeriod(from, within, policy.controller.timeZone);
