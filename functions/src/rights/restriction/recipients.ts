import { isStore } from '../../officerTasks/recipients.ts';
import { purposesWithEffect } from '../../policy/lookup.ts';
import type { Policy, PurposeId, Recipient, RecipientId, Text } from '../../policy/schema.ts';
import { inLanguages } from '../../texts/index.ts';
import { inLanguage } from '../../texts/languages.ts';

/** The recipients that are told of a restriction (Art. 19), and the words of the task: pure. */

/** A recipient that an officer tells, and by when. */
export interface ToldRecipient {
  readonly id: RecipientId;
  readonly recipient: Recipient;
  /** The restricted purposes for which it has data; null: all of its own. */
  readonly purposes: readonly PurposeId[] | null;
}

/**
 * Lists the recipients of restricted purposes that an officer tells. Those are not among them that
 * hear of it by themselves: a system that the answer to such a purpose steers is told by it.
 * Nor are the project's own stores: a restriction allows to store.
 *
 * @param scope the restricted purposes; undefined: all
 */
export function recipientsToTell(policy: Policy, scope: readonly PurposeId[] | undefined): ToldRecipient[] {
  const isIn = (purpose: PurposeId): boolean => scope?.includes(purpose) ?? true;
  const steered = purposesWithEffect(policy).flatMap(({ purpose, effects }) =>
    isIn(purpose) ? effects.map(({ system }) => system) : [],
  );
  const isTold = ({ reach }: Recipient): boolean =>
    'systems' in reach && reach.systems.every((system) => isStore(system) || steered.includes(system));
  return Object.entries(policy.recipients).flatMap(([id, recipient]): ToldRecipient[] => {
    const theirs = recipient.purposes.filter(isIn);
    if (theirs.length === 0 || isTold(recipient)) return [];
    return [{ id, recipient, purposes: scope === undefined ? null : theirs }];
  });
}

type StopsForGood = 'stopped' | 'stoppedAndHeld' | 'objected' | 'objectedAndHeld';

/**
 * The officer's task at a recipient, in each language of the policy. `stopped`: an objection to the
 * purposes was upheld. `objected`: they are direct marketing, which ends without a decision. With
 * `AndHeld`: a legal hold keeps the data. One that deletes says how (`manual` of the policy).
 */
export const taskAt = (
  policy: Policy,
  { recipient, purposes }: ToldRecipient,
  change: 'begun' | 'over' | StopsForGood,
): Text =>
  inLanguages(policy, ({ officer: { restriction } }, language) => {
    const names = purposes?.map((id) => inLanguage(policy.purposes[id]?.name ?? {}, language)) ?? null;
    const text = restriction[change](recipient.name, names?.join(', ') ?? restriction.everything);
    const isDeleting = change === 'stopped' || change === 'objected';
    return isDeleting && 'manual' in recipient.reach ? `${text} ${inLanguage(recipient.reach.manual, language)}` : text;
  });
