import type { Context } from '../platform/context.ts';
import type { Policy } from '../policy/schema.ts';
import { textsIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';
import { sendNotice, type Addressed } from './send.ts';
import type { NoticeText } from './texts.ts';

/**
 * Tells a person who said yes again that their subscription ends all the same. A yes to the use of
 * data is no order to pay: they decide about a payment anew. The same id is sent once.
 */
export async function tellSubscription(context: Context, notice: Addressed): Promise<void> {
  await sendNotice(context, notice, 'a message about a subscription', (language) =>
    subscriptionText(context.policy, language),
  );
}

/** The message, in easy words (Art. 12(1)). Pure. */
function subscriptionText(policy: Policy, language: Language): NoticeText {
  const { name, email, address } = policy.controller;
  const { subject, lines } = textsIn(language).messages.subscription;
  return { subject: subject(name), text: [...lines(email), '', name, address, ''].join('\n') };
}
