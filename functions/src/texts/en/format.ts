/** How this language is written. */
export const format = {
  /** The language's own name for itself. */
  name: 'English',
  /** For dates, lists and units (BCP 47). */
  locale: 'en-GB',
  /** Stands between a name and the words about it. */
  colon: ': ',
  /** The link to what a page is about. */
  skip: 'Skip to the content',
  /** A text as a page shows it. */
  typeset: (text: string): string => text,
};
