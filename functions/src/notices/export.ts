import type { Context } from '../platform/context.ts';
import type { Policy } from '../policy/schema.ts';
import type { TransmissionEnd } from '../requests/transmission.ts';
import { dayInWords, sendNotice, type Addressed } from './send.ts';
import type { Language, NoticeText } from './texts.ts';

/** What a person is told when an archive of their data was made. */
export interface ExportNotice extends Addressed {
  /** Until when it can be downloaded, in epoch milliseconds. */
  readonly until: number;
  /** What came of sending it to another company, where they asked for that (Art. 20(2)). */
  readonly sent?: Sent;
}

type Sent = Omit<TransmissionEnd, 'reason'>;

/**
 * Tells a person that an archive of their data was made (GDPR Art. 12(3)), also so that somebody notices whose account another one uses. There is
 * no link in it: the archive is downloaded in the app, after a sign-in.
 *
 * @returns false where no sender is set, or the message is refused: the app shows it
 */
export async function tellExport(context: Context, notice: ExportNotice): Promise<boolean> {
  return (
    (await sendNotice(context, notice, 'a message about an export', (language) =>
      exportText(context.policy, notice.until, language, notice.sent),
    )) === 'sent'
  );
}

/** The message, in easy words (Art. 12(1)): many of its readers live with a cognitive disability, or are children. */
export function exportText(policy: Policy, until: number, language: Language, sent?: Sent): NoticeText {
  const { name, email, address } = policy.controller;
  const day = dayInWords(policy, until, language);
  const { subject, lines, question, ...how } = texts[language];
  const where = sent === undefined ? [] : ['', ...how[sent.state](sent.host)];
  return {
    subject: subject(name),
    text: [...lines(day, where), '', question, email, '', name, address, ''].join('\n'),
  };
}

const texts = {
  en: {
    subject: (name: string) => `${name}: your data are ready`,
    sent: (host?: string) => [`We sent your data to ${host ?? 'the other company'}, as you asked us.`],
    refused: () => [
      'You asked us to send your data to another company. We could not do it.',
      'Nothing was sent. You can download your data and give them to the company.',
    ],
    failed: () => [
      'You asked us to send your data to another company. It did not work.',
      'We do not know if something arrived. Ask the company.',
      'You can download your data and give them to the company.',
    ],
    lines: (day: string, where: readonly string[]) => [
      'Hello,',
      '',
      'You asked us for your data. They are ready.',
      `You can download them in the app until ${day}.`,
      'We may ask you to sign in again. This protects your data.',
      ...where,
      '',
      'After that day we delete the file. You can ask again at any time.',
      '',
      'Did you not ask for it? Then somebody else may be using your account. Change your password and write to us.',
    ],
    question: 'Do you have a question? Write to us:',
  },
  fr: {
    subject: (name: string) => `${name} : vos données sont prêtes`,
    sent: (host?: string) => [
      `Nous avons envoyé vos données à ${host ?? "l'autre entreprise"}, comme vous l'avez demandé.`,
    ],
    refused: () => [
      "Vous avez demandé d'envoyer vos données à une autre entreprise. Nous n'avons pas pu le faire.",
      "Rien n'a été envoyé. Vous pouvez télécharger vos données et les donner à l'entreprise.",
    ],
    failed: () => [
      "Vous avez demandé d'envoyer vos données à une autre entreprise. Cela n'a pas marché.",
      "Nous ne savons pas si quelque chose est arrivé. Demandez à l'entreprise.",
      "Vous pouvez télécharger vos données et les donner à l'entreprise.",
    ],
    lines: (day: string, where: readonly string[]) => [
      'Bonjour,',
      '',
      'Vous nous avez demandé vos données. Elles sont prêtes.',
      `Vous pouvez les télécharger dans l'application jusqu'au ${day}.`,
      'Nous vous demanderons peut-être de vous reconnecter. Cela protège vos données.',
      ...where,
      '',
      'Après ce jour, nous supprimons le fichier. Vous pouvez redemander à tout moment.',
      '',
      "Ce n'était pas vous ? Quelqu'un d'autre utilise peut-être votre compte. Changez votre mot de passe et écrivez-nous.",
    ],
    question: 'Vous avez une question ? Écrivez-nous :',
  },
} as const;
