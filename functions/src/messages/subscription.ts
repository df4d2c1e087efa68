import type { Context } from '../platform/context.ts';
import type { Policy } from '../policy/schema.ts';
import { textsIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';
import { letter, sendNotice, type Addressed, type NoticeText } from './send.ts';

/**
 * Tells a person who said yes again that their subscription ends all the same. A yes to the use of
 * data is no order to pay: they decide about a payment anew. The same id is sent once.
 */
export const tellSubscription = (context: Context, notice: Addressed) =>
  sendNotice(context, notice, 'a message about a subscription', subscriptionText);

/** The message, in easy words (Art. 12(1)). Pure. */
function subscriptionText(policy: Policy, _notice: Addressed, language: Language): NoticeText {
  const { subject, lines } = textsIn(language).messages.subscription;
  return letter(policy, subject, lines(policy.controller.email));
}
