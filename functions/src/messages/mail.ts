import type { Context } from '../platform/context.ts';
import { sendsMail } from '../policy/lookup.ts';
import type { Message } from '../systems/brevo/send.ts';

/** Can this deployment send e-mails? */
export const canMail = ({ config, policy }: Pick<Context, 'config' | 'policy'>): boolean =>
  config.brevoSender !== undefined && sendsMail(policy);

/**
 * The mail of this deployment, which Brevo carries; null if no sender is set, or the policy does
 * not say that messages about rights go through Brevo. The one port between rooms: a policy may
 * lack it, and then the app alone shows people what happens.
 */
export async function mailOf(context: Context) {
  const from = context.config.brevoSender;
  if (from === undefined || !sendsMail(context.policy)) return null;
  const { isRefused, sendMessage, wasSent } = await import('../systems/brevo/send.ts');
  return {
    /**
     * Sends a message once: the same id is the same message. Throws as every call of a provider
     * does.
     */
    send: (message: Omit<Message, 'from'>) => sendMessage(context, { ...message, from }),
    /** Looks in the provider's log, which shows the last month, for a message of this id. */
    wasSent: (message: Pick<Message, 'id' | 'to'>) => wasSent(context, message),
    /** True if the address is not written to: the message as it is was refused. */
    isRefused,
  };
}
