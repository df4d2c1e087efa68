import { certificateContent, type Block, type Content } from './content.ts';
import type { Certificate } from './shape.ts';
import { textsIn } from '../../texts/index.ts';
import type { Language } from '../../texts/languages.ts';
import { Html, html, htmlPage } from '../../platform/html.ts';

/**
 * Renders the readable certificate as a page of its own, from the signed JSON alone. It has no
 * script and loads nothing. It says its language, and has headings in order and tables with
 * captions and headed rows and columns. Pure.
 *
 * @param sha256 of the file that it is made from: the page names it
 * @returns a whole HTML document; every value is escaped
 */
export function certificatePage(certificate: Certificate, sha256: string, language: Language): string {
  const { title, blocks } = certificateContent(certificate, sha256, language);
  return htmlPage(
    language,
    `${title} – ${certificate.controller.name}`,
    html`<h1>${title}</h1>
      ${blocks.map(blockAsHtml)}`,
  );
}

const table = new Html('style="border-collapse: collapse; width: 100%; margin: 1rem 0; text-align: left"');
const cell = new Html(
  'style="border: 1px solid #595959; padding: .5rem; vertical-align: top; overflow-wrap: anywhere"',
);

const lines = (of: readonly string[]): Html => {
  const [only, ...more] = of;
  if (more.length === 0) return html`${only}`;
  return html`<ul>
    ${of.map((line) => html`<li>${line}</li>`)}
  </ul>`;
};

function blockAsHtml(block: Block): Html {
  switch (block.kind) {
    case 'heading':
      return html`<h2>${block.text}</h2>`;
    case 'paragraph':
      return html`<p>${block.text}</p>`;
    case 'code':
      return html`<p><code>${block.text}</code></p>`;
    case 'list':
      return html`<ul>
        ${block.items.map((item) => html`<li>${item}</li>`)}
      </ul>`;
    case 'facts':
      return html`<dl>
        ${block.facts.map(
          ({ name, value, code }) =>
            html`<dt>${name}</dt>
              <dd>${code === true ? html`<code>${value}</code>` : value}</dd>`,
        )}
      </dl>`;
    case 'table':
      return html`<table ${table}>
        <caption>
          <strong>${block.caption}</strong>
        </caption>
        <thead>
          <tr>
            ${block.columns.map((column) => html`<th scope="col" ${cell}>${column}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${block.rows.map(
            ({ heading, cells }) =>
              html`<tr>
                <th scope="row" ${cell}>${heading}</th>
                ${cells.map((of) => html`<td ${cell}>${lines(of)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>`;
  }
}

/** The same as plain text, for a terminal. */
export function certificateAsText(certificate: Certificate, sha256: string, language: Language): string {
  const { title, blocks }: Content = certificateContent(certificate, sha256, language);
  return [
    title,
    '='.repeat(title.length),
    '',
    ...blocks.flatMap((block) => blockAsText(block, textsIn(language).format.colon)),
  ].join('\n');
}

function blockAsText(block: Block, separator: string): string[] {
  switch (block.kind) {
    case 'heading':
      return ['', block.text, '-'.repeat(block.text.length), ''];
    case 'paragraph':
      return [block.text, ''];
    case 'code':
      return [`  ${block.text}`, ''];
    case 'list':
      return [...block.items.map((item) => `- ${item}`), ''];
    case 'facts':
      return [...block.facts.map(({ name, value }) => `${name}${separator}${value}`), ''];
    case 'table':
      return [
        block.caption,
        ...block.rows.flatMap(({ heading, cells }) => [
          `* ${heading}`,
          ...cells.flatMap((of, index) =>
            of.map((line, number) =>
              number === 0 ? `    ${block.columns[index + 1] ?? ''}${separator}${line}` : `      ${line}`,
            ),
          ),
        ]),
        '',
      ];
  }
}
