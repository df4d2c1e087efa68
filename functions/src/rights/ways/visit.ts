import type { Language } from '../../texts/languages.ts';

/** A visit to a link. */
export interface Visit {
  readonly method: string;
  readonly token: string;
  /** The browser's language. */
  readonly language: Language;
  /** The purpose that was chosen on the page, as the browser sends it. */
  readonly purpose?: string;
}

/** The answer: an HTTP status and a whole page. */
export interface Page {
  readonly status: number;
  readonly page: string;
}
