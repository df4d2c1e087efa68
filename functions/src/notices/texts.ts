import type { Policy, PurposeId, Text } from '../policy/schema.ts';

/** The languages that messages are written in. */
export type Language = keyof Text;

export interface NoticeText {
  readonly subject: string;
  readonly text: string;
}

/**
 * The message to somebody whose consents are asked again. A message about the person's own rights and answers (GDPR Art. 6(1)(c) with
 * Art. 7 and 12), not marketing: it says what has ended and how to answer, and offers nothing. Written in easy words (Art. 12(1)): many of
 * the people who read it live with a cognitive disability, or are children.
 */
export function reconsentText(policy: Policy, purposes: readonly PurposeId[], language: Language): NoticeText {
  const { name, email, address } = policy.controller;
  const things = purposes.flatMap((id) => policy.purposes[id]?.name[language] ?? []).map((thing) => `- ${thing}`);
  const lines = { en: english, fr: french }[language];
  return {
    subject: lines.subject(name),
    text: [...lines.before, '', ...things, '', ...lines.after(email), '', name, address, ''].join('\n'),
  };
}

const english = {
  subject: (name: string) => `${name}: please answer again`,
  before: [
    'Hello,',
    '',
    'You said yes to one or more things in the app.',
    'Your answer is old now, or our text has changed. So we ask you again.',
    '',
    'It is about:',
  ],
  after: (email: string) => [
    'We have stopped doing this. We do not start again without your new answer.',
    'You do not lose your account.',
    '',
    'What can you do?',
    'Open the app. Read the question. Answer yes or no.',
    'You can change your answer at any time.',
    '',
    'Do you have a question? Write to us:',
    email,
    '',
    'This message is about your rights. It is not advertising.',
  ],
};

const french = {
  subject: (name: string) => `${name} : merci de répondre à nouveau`,
  before: [
    'Bonjour,',
    '',
    "Vous avez dit oui à une ou plusieurs choses dans l'application.",
    'Votre réponse est ancienne, ou notre texte a changé. Nous vous demandons donc à nouveau.',
    '',
    'Il s’agit de :',
  ],
  after: (email: string) => [
    'Nous avons arrêté. Nous ne recommençons pas sans votre nouvelle réponse.',
    'Vous ne perdez pas votre compte.',
    '',
    'Que pouvez-vous faire ?',
    "Ouvrez l'application. Lisez la question. Répondez oui ou non.",
    'Vous pouvez changer votre réponse à tout moment.',
    '',
    'Vous avez une question ? Écrivez-nous :',
    email,
    '',
    "Ce message parle de vos droits. Ce n'est pas de la publicité.",
  ],
};
