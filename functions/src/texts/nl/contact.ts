import type { contact as English } from '../en/contact.ts';

export const contact: typeof English = {
  subject: (name: string) => `${name}: ons antwoord op uw bericht`,
  before: (day: string) => ['Hallo,', '', `U schreef ons op ${day}.`, 'Dit is ons antwoord:'],
  question: 'Hebt u nog een vraag? Schrijf ons:',
};
