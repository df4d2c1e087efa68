import type { Context } from '../platform/context.ts';
import type { Policy } from '../policy/schema.ts';
import { dayInWords, sendNotice, type Addressed } from './send.ts';
import type { Language, NoticeText } from './texts.ts';

/** What a person is told whose account nobody uses. */
export interface InactivityNotice extends Addressed {
  /** When the account ends, in epoch milliseconds. */
  readonly until: number;
}

/**
 * Tells a person that their account will end, and how to keep it (CNIL, practical guide on retention periods: a notice before an unused account
 * ends).
 *
 * @returns `refused` where Brevo does not write to this address, `noSender` where no sender is set
 */
export async function tellInactive(
  context: Context,
  notice: InactivityNotice,
): Promise<'sent' | 'refused' | 'noSender'> {
  return sendNotice(context, notice, 'a notice of inactivity', (language) =>
    inactivityText(context.policy, notice.until, language),
  );
}

/** The message, in easy words (Art. 12(1)): many of its readers live with a cognitive disability, or are children. */
export function inactivityText(policy: Policy, until: number, language: Language): NoticeText {
  const { name, email, address } = policy.controller;
  const day = dayInWords(policy, until, language);
  const { subject, lines, question } = texts[language];
  return {
    subject: subject(name),
    text: [...lines(day), '', question, email, '', name, address, ''].join('\n'),
  };
}

const texts = {
  en: {
    subject: (name: string) => `${name}: do you want to keep your account?`,
    lines: (day: string) => [
      'Hello,',
      '',
      'You have not used your account for a long time.',
      `We will delete your account and your data on ${day}.`,
      '',
      'Do you want to keep your account? Open the app and sign in before that day. That is all.',
      'Do you not need it any more? You have nothing to do.',
      '',
      'After that day nobody can bring your account back.',
    ],
    question: 'Do you have a question? Write to us:',
  },
  fr: {
    subject: (name: string) => `${name} : voulez-vous garder votre compte ?`,
    lines: (day: string) => [
      'Bonjour,',
      '',
      "Vous n'avez pas utilisé votre compte depuis longtemps.",
      `Nous supprimerons votre compte et vos données le ${day}.`,
      '',
      "Vous voulez garder votre compte ? Ouvrez l'application et connectez-vous avant ce jour. C'est tout.",
      "Vous n'en avez plus besoin ? Vous n'avez rien à faire.",
      '',
      'Après ce jour, personne ne pourra faire revenir votre compte.',
    ],
    question: 'Vous avez une question ? Écrivez-nous :',
  },
} as const;
