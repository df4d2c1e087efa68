import type { BrevoClient } from '@getbrevo/brevo';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { fakeAuth } from '../../kit/auth.ts';

/** A context in which the person has a verified address, and each message to them is noted. */
export function mailing<Own extends Context>(context: Own, uid: string, messages: unknown[]): Own {
  const auth = fakeAuth(() => [
    { uid, email: 'ada@example.com', emailVerified: true, metadata: { creationTime: new Date(0).toUTCString() } },
  ]);
  const transactionalEmails = {
    sendTransacEmail: async (message: unknown) => (messages.push(message), { messageId: '<1>' }),
  };
  const brevo = { transactionalEmails } as unknown as BrevoClient;
  const { purposes, recipients, records } = context.policy;
  const { legalObligations } = amikeo.purposes;
  const { brevoEmail } = amikeo.recipients;
  const { notifications } = amikeo.records;
  if (!legalObligations || !brevoEmail || !notifications) throw new Error('AMIKEO writes to people no more');
  return {
    ...context,
    policy: {
      ...context.policy,
      purposes: { ...purposes, legalObligations },
      recipients: { ...recipients, brevoEmail },
      records: { ...records, notifications },
    },
    config: { ...context.config, brevoSender: { name: 'AMIKEO', email: 'bonjour@amikeo.example' } },
    clients: { ...context.clients, auth: async () => auth, brevo: async () => brevo },
  };
}
