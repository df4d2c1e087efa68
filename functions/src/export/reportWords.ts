import { unbroken } from '../evidence/html.ts';
import type { Text } from '../policy/schema.ts';

export type Language = keyof Text;

/** Says texts in a language. */
export const saying =
  (language: Language) =>
  (text: Text): string =>
    language === 'fr' ? unbroken(text.fr) : text.en;

/** What stands between a name and what is said of it. */
export const colon: Text = { en: ': ', fr: '\u00a0: ' };

const t = (en: string, fr: string): Text => ({ en, fr });

export const words = {
  title: t('Your data', 'Vos données'),
  intro: t(
    'This page shows the data that we have about you.',
    'Cette page montre les données que nous avons sur vous.',
  ),
  portability: t(
    'These are the data that you gave us, and the data that come from your use of the app.',
    "Ce sont les données que vous nous avez données, et celles qui viennent de votre utilisation de l'application.",
  ),
  access: t('It shows everything that we have about you.', 'Elle montre tout ce que nous avons sur vous.'),
  madeOn: t('It was made on', 'Elle a été faite le'),
  contents: t('What is on this page?', "Qu'y a-t-il sur cette page ?"),
  fromYou: t(
    'It comes from you, or from your use of the app.',
    "Cela vient de vous, ou de votre utilisation de l'application.",
  ),
  fromUs: t(
    'We, or a company that works for us, wrote it.',
    'Nous, ou une entreprise qui travaille pour nous, avons écrit cela.',
  ),
  nothing: t('Where do we have nothing?', "Où n'avons-nous rien ?"),
  nothingText: t(
    'We looked for these data too. We have none of them.',
    "Nous avons aussi cherché ces données. Nous n'en avons pas.",
  ),
  entry: t('Entry', 'Élément'),
  file: t('Open the file', 'Ouvrir le fichier'),
  all: t('See everything in a table:', 'Tout voir dans un tableau :'),
  first: t('You see the first entries here.', 'Vous voyez ici les premiers éléments.'),
  empty: t('nothing', 'rien'),
  yes: t('yes', 'oui'),
  no: t('no', 'non'),
  why: t('Why do we use your data?', 'Pourquoi utilisons-nous vos données ?'),
  basis: t('The law lets us do it because of:', 'La loi nous le permet grâce à :'),
  who: t('Who gets your data?', 'Qui reçoit vos données ?'),
  countries: t('Countries:', 'Pays :'),
  protection: t('Protection:', 'Protection :'),
  howLong: t('How long do we keep your data?', 'Combien de temps gardons-nous vos données ?'),
  machines: t('Does a computer decide about you?', 'Un ordinateur décide-t-il pour vous ?'),
  missing: t('What is not here?', "Qu'est-ce qui n'est pas ici ?"),
  manual: t('We ask them for you. We write to you.', 'Nous leur demandons pour vous. Nous vous écrivons.'),
  failed: t(
    'We could not read this, although we tried several times. We look into it, and write to you.',
    "Nous n'avons pas pu lire cela, malgré plusieurs essais. Nous cherchons, et nous vous écrivons.",
  ),
  moreFiles: t('And more files, which manifest.json names:', "Et d'autres fichiers, que manifest.json nomme :"),
  unproven: t(
    'We found something. We do not know if it is yours. We look into it.',
    'Nous avons trouvé quelque chose. Nous ne savons pas si cela est à vous. Nous cherchons.',
  ),
  times: t('Times on this page are those of', 'Les heures sur cette page sont celles de'),
  answers: t('Your consents', 'Vos consentements'),
  answersText: t(
    'We asked you some questions about your data. There is a page with your answers. It is your consent receipt.',
    'Nous vous avons posé des questions sur vos données. Il y a une page avec vos réponses. C’est votre reçu de consentement.',
  ),
  answersPage: t('Open the page with your answers', 'Ouvrir la page avec vos réponses'),
  answersFile: t('The same as a file for computers', 'La même chose en fichier pour les ordinateurs'),
  rights: t('Your rights', 'Vos droits'),
  howTo: t('How do you use your rights?', 'Comment utiliser vos droits ?'),
  questions: t('Do you have a question?', 'Avez-vous une question ?'),
  write: t('Write to', 'Écrivez à'),
  complain: t(
    'You do not agree with us? You can tell:',
    'Vous n’êtes pas d’accord avec nous ? Vous pouvez le dire à :',
  ),
} satisfies Record<string, Text>;
