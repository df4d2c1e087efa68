import type { format as English } from '../en/format.ts';

export const format: typeof English = {
  name: 'Nederlands',
  locale: 'nl-NL',
  colon: ': ',
  skip: 'Naar de inhoud',
  typeset: (text) => text,
};
