import { textsIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';

/**
 * HTML in which no value can become markup: every value of the template is escaped, in a text as in
 * a quoted attribute. Only HTML that this function made itself is taken as it is.
 *
 * @example html`<p title="${title}">${name}</p>`.text // '<p title="&quot;">&lt;script&gt;</p>'
 */
export function html(strings: TemplateStringsArray, ...values: readonly Insertable[]): Html {
  return new Html(strings.reduce((text, part, index) => text + insert(values[index - 1]) + part));
}

/** Finished HTML. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Insertable = string | number | Html | readonly Html[] | undefined;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text as it stands in HTML, also inside a quoted attribute. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => ESCAPES[c] ?? c);

function insert(value: Insertable): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return escapeHtml(String(value));
}

/** A list of texts. */
export const list = (items: readonly string[]): Html =>
  html`<ul>
    ${items.map((item) => html`<li>${item}</li>`)}
  </ul>`;

const STYLE = `
:root { color-scheme: light; }
body { max-width: 42rem; margin: 0 auto; padding: 1.5rem; background: #fff; color: #1a1a1a; font: 1.125rem/1.6 system-ui, sans-serif; overflow-wrap: anywhere; }
h1, h2, h3 { line-height: 1.25; }
h2 { margin-top: 2.5rem; border-top: 2px solid #595959; padding-top: 1rem; }
a { color: #0b4f9e; }
dt { font-weight: bold; }
dd { margin: 0 0 .75rem; }
pre { white-space: pre-wrap; font: inherit; border-left: 4px solid #595959; padding-left: 1rem; }
dl dl, dd ul { margin: .25rem 0; padding-left: 1.25rem; }
button { min-height: 3rem; padding: .75rem 1.5rem; border: 0; border-radius: .25rem; background: #0b4f9e; color: #fff; font: inherit; font-weight: bold; cursor: pointer; }
a:focus-visible, button:focus-visible, summary:focus-visible { outline: 3px solid #0b4f9e; outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { position: static; }
summary { cursor: pointer; font-weight: bold; }
@media print {
  body { max-width: none; padding: 0; }
  .skip, button { display: none; }
  h1, h2, h3, summary { break-after: avoid; }
  dl, li, pre { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;

/**
 * Makes a page of its own: no script, nothing loaded from elsewhere, and the browser is told to
 * refuse both. Dark on white (contrast over 7:1), large type, long words broken so that it fits 320
 * pixels, headings in order, the language said (WCAG 2.2 AA).
 *
 * @param before stands before the content, such as a table of contents: a link skips it
 */
export const htmlPage = (language: Language, title: string, body: Html, before?: Html): string =>
  html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        ${before === undefined ? undefined : html`<a class="skip" href="#main">${textsIn(language).format.skip}</a>`}
        ${before}
        <main id="main">${body}</main>
      </body>
    </html> `.text.trimStart();
