import type { Context } from '../platform/context.ts';
import type { Policy } from '../policy/schema.ts';
import { dayInWords, sendNotice, type Addressed } from './send.ts';
import type { Language, NoticeText } from './texts.ts';

/** What a person is told when an archive of their data was made. */
export interface ExportNotice extends Addressed {
  /** Until when it can be downloaded, in epoch milliseconds. */
  readonly until: number;
}

/**
 * Tells a person that an archive of their data was made (GDPR Art. 12(3)), also so that somebody notices whose account another one uses. There is
 * no link in it: the archive is downloaded in the app, after a sign-in.
 *
 * @returns false where no sender is set, or the message is refused: the app shows it
 */
export async function tellExport(context: Context, notice: ExportNotice): Promise<boolean> {
  return (
    (await sendNotice(context, notice, 'a message about an export', (language) =>
      exportText(context.policy, notice.until, language),
    )) === 'sent'
  );
}

/** The message, in easy words (Art. 12(1)): many of its readers live with a cognitive disability, or are children. */
export function exportText(policy: Policy, until: number, language: Language): NoticeText {
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
    subject: (name: string) => `${name}: your data are ready`,
    lines: (day: string) => [
      'Hello,',
      '',
      'You asked us for your data. They are ready.',
      `You can download them in the app until ${day}.`,
      'We may ask you to sign in again. This protects your data.',
      '',
      'After that day we delete the file. You can ask again at any time.',
      '',
      'Did you not ask for it? Then somebody else may be using your account. Change your password and write to us.',
    ],
    question: 'Do you have a question? Write to us:',
  },
  fr: {
    subject: (name: string) => `${name} : vos données sont prêtes`,
    lines: (day: string) => [
      'Bonjour,',
      '',
      'Vous nous avez demandé vos données. Elles sont prêtes.',
      `Vous pouvez les télécharger dans l'application jusqu'au ${day}.`,
      'Nous vous demanderons peut-être de vous reconnecter. Cela protège vos données.',
      '',
      'Après ce jour, nous supprimons le fichier. Vous pouvez redemander à tout moment.',
      '',
      "Ce n'était pas vous ? Quelqu'un d'autre utilise peut-être votre compte. Changez votre mot de passe et écrivez-nous.",
    ],
    question: 'Vous avez une question ? Écrivez-nous :',
  },
} as const;
