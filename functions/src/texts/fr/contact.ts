import type { contact as English } from '../en/contact.ts';

export const contact: typeof English = {
  subject: (name: string) => `${name} : notre réponse à votre message`,
  before: (day: string) => ['Bonjour,', '', `Vous nous avez écrit le ${day}.`, 'Voici notre réponse :'],
  question: 'Vous avez une autre question ? Écrivez-nous :',
};
