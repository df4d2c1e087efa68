import type { Context } from '../platform/context.ts';
import type { Policy } from '../policy/schema.ts';
import { dayInWords, sendNotice, type Addressed } from './send.ts';
import type { Language, NoticeText } from './texts.ts';

/** What a person is told about their erasure. */
export interface ErasureNotice extends Addressed {
  /** `asked`: it can still be taken back. `begun`: it cannot. */
  readonly what: 'asked' | 'begun';
  /** `asked`: until when it can be taken back. `begun`: by when everything is done. Epoch milliseconds. */
  readonly until: number;
}

/**
 * Tells a person what becomes of their data (GDPR Art. 12(3)), before the contact and the log of e-mails are deleted. An address that Brevo
 * refuses to write to holds up no erasure.
 *
 * @returns false where no sender is set, or the message is refused: the app shows it
 */
export async function tellErasure(context: Context, notice: ErasureNotice): Promise<boolean> {
  return (
    (await sendNotice(context, notice, 'a message about an erasure', (language) =>
      erasureText(context.policy, notice.what, notice.until, language),
    )) === 'sent'
  );
}

/** The message, in easy words (Art. 12(1)): many of its readers live with a cognitive disability, or are children. */
function erasureText(policy: Policy, what: ErasureNotice['what'], until: number, language: Language): NoticeText {
  const { name, email, address, supervisoryAuthority } = policy.controller;
  const day = dayInWords(policy, until, language);
  const text = texts[language][what];
  const lines = [
    ...text.lines(day),
    '',
    ...texts[language].after(email, supervisoryAuthority.url),
    '',
    name,
    address,
    '',
  ];
  return { subject: text.subject(name), text: lines.join('\n') };
}

const texts = {
  en: {
    asked: {
      subject: (name: string) => `${name}: you asked us to delete your account`,
      lines: (day: string) => [
        'Hello,',
        '',
        'You asked us to delete your account and your data.',
        `You can change your mind until ${day}.`,
        'To keep your account: open the app and cancel your request.',
        '',
        'Until then we only store your data. We do not use them, and we send no advertising.',
        'After that day we delete your account. Nobody can bring it back.',
        '',
        'Was it not you? Open the app and cancel the request. Then change your password.',
      ],
    },
    begun: {
      subject: (name: string) => `${name}: we are deleting your account`,
      lines: (day: string) => [
        'Hello,',
        '',
        'We are now deleting your account and your data.',
        `We finish at the latest on ${day}.`,
        'You can no longer sign in.',
        '',
        'The law makes us keep some things for a while, for example invoices. We use them for nothing else.',
        'This is our last message to you.',
      ],
    },
    after: (email: string, authority: string) => [
      'Do you have a question? Write to us:',
      email,
      `You can also complain to the data protection authority: ${authority}`,
    ],
  },
  fr: {
    asked: {
      subject: (name: string) => `${name} : vous avez demandé la suppression de votre compte`,
      lines: (day: string) => [
        'Bonjour,',
        '',
        'Vous nous avez demandé de supprimer votre compte et vos données.',
        `Vous pouvez changer d'avis jusqu'au ${day}.`,
        "Pour garder votre compte : ouvrez l'application et annulez votre demande.",
        '',
        "Jusque-là, nous conservons seulement vos données. Nous ne les utilisons pas et n'envoyons pas de publicité.",
        'Après ce jour, nous supprimons votre compte. Personne ne pourra le faire revenir.',
        '',
        "Ce n'était pas vous ? Ouvrez l'application et annulez la demande. Puis changez votre mot de passe.",
      ],
    },
    begun: {
      subject: (name: string) => `${name} : nous supprimons votre compte`,
      lines: (day: string) => [
        'Bonjour,',
        '',
        'Nous supprimons maintenant votre compte et vos données.',
        `Ce sera terminé au plus tard le ${day}.`,
        'Vous ne pouvez plus vous connecter.',
        '',
        "La loi nous oblige à garder certaines choses un temps, par exemple les factures. Nous ne les utilisons pour rien d'autre.",
        'Ceci est notre dernier message.',
      ],
    },
    after: (email: string, authority: string) => [
      'Vous avez une question ? Écrivez-nous :',
      email,
      `Vous pouvez aussi saisir l'autorité de protection des données : ${authority}`,
    ],
  },
} as const;
