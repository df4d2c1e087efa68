import type { format as English } from '../en/format.ts';

export const format: typeof English = {
  name: 'Français',
  locale: 'fr-FR',
  colon: ' : ',
  skip: 'Aller au contenu',
  /** No line begins with a mark of punctuation, or ends with an opening one. */
  typeset: (text) => text.replace(/ (?=[?!:;»])/g, '\u00a0').replace(/« /g, '«\u00a0'),
};
