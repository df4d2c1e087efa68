import { html, type Html } from '../../platform/html.ts';
import { defined } from '../../platform/defined.ts';
import { dateIn, saying, textsIn } from '../../texts/index.ts';
import type { Language } from '../../texts/languages.ts';
import { pointer, type ExportRow, type Json, type ValueType } from '../archive/rows.ts';

/** Rows of a record that the page shows; the files beside it have all. */
export const ROWS_SHOWN = 20;
/** Fields of a row, and characters of a value, that it shows. */
const FIELDS_SHOWN = 40;
const CHARACTERS_SHOWN = 300;

/** How values are said. */
export interface Reading {
  readonly language: Language;
  /** In which times are told. */
  readonly timeZone: string;
}

type Types = Readonly<Record<string, ValueType>>;

/** Renders one row: its fields, and its file. People's texts may run from right to left. */
export function rowAsHtml(row: ExportRow, index: number, reading: Reading): Html {
  const { report: words, format } = textsIn(reading.language);
  const fields = Object.entries(row.data).slice(0, FIELDS_SHOWN);
  return html`<h3>${words.entry} ${index + 1}</h3>
    ${fields.length === 0 ? undefined : fieldsAsHtml(fields, '', row.types ?? {}, reading)}
    ${
      row.file === undefined
        ? undefined
        : html`<p>
            <a href="${href(row.file)}">${words.file}${saying(reading.language)(format.colon)}<bdi>${row.file}</bdi></a>
          </p>`
    }`;
}

const fieldsAsHtml = (fields: readonly (readonly [string, Json])[], at: string, types: Types, reading: Reading): Html =>
  html`<dl>
    ${fields.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd dir="auto">${valueAsHtml(value, `${at}/${pointer(name)}`, types, reading)}</dd>`,
    )}
  </dl>`;

function valueAsHtml(value: Json, at: string, types: Types, reading: Reading): Html | string {
  const words = textsIn(reading.language).report;
  if (value === null || value === '') return words.empty;
  if (typeof value === 'boolean') return words[value ? 'yes' : 'no'];
  if (types[at] === 'timestamp' && typeof value === 'string') return timeAsHtml(value, reading);
  if (Array.isArray(value)) {
    if (value.length === 0) return words.empty;
    return html`<ul>
      ${value.map((item, n) => html`<li dir="auto">${valueAsHtml(item, `${at}/${n}`, types, reading)}</li>`)}
    </ul>`;
  }
  if (typeof value !== 'object') return String(value);
  const fields = Object.entries(value);
  return fields.length === 0 ? words.empty : fieldsAsHtml(fields, at, types, reading);
}

/** A time as people say it; exact for programs. */
function timeAsHtml(iso: string, { language, timeZone }: Reading): Html | string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return iso;
  const said = dateIn(language, at, { dateStyle: 'long', timeStyle: 'short', timeZone });
  return html`<time datetime="${iso}">${said}</time>`;
}

/**
 * Shortens a row to the part that the page shows: rows of many records wait for it in memory, and
 * each can be a megabyte.
 */
export function shortRow(row: ExportRow): ExportRow {
  const types: Record<string, ValueType> = {};
  const fields = Object.entries(row.data)
    .slice(0, FIELDS_SHOWN)
    .map(([name, value]) => {
      if (typeof value === 'object' && value !== null) {
        const json = JSON.stringify(value);
        if (json.length > CHARACTERS_SHOWN) return [shortened(name), shortened(json)] as const;
      }
      for (const [at, type] of typesWithin(row, `/${pointer(name)}`)) types[at] = type;
      return [shortened(name), typeof value === 'string' ? shortened(value) : value] as const;
    });
  return {
    path: shortened(row.path),
    data: Object.fromEntries(fields),
    ...(Object.keys(types).length === 0 ? {} : { types }),
    ...defined({ file: row.file }),
  };
}

/**
 * Returns the times of a field. If its name is too long to be shown, the page says them as they
 * are.
 */
const typesWithin = ({ types }: ExportRow, field: string): [string, ValueType][] =>
  field.length > CHARACTERS_SHOWN
    ? []
    : Object.entries(types ?? {}).filter(
        ([at, type]) => type === 'timestamp' && (at === field || at.startsWith(`${field}/`)),
      );

/** Whole characters, so that nothing is cut in the middle of one. */
function shortened(text: string): string {
  if (text.length <= CHARACTERS_SHOWN) return text;
  return `${text.slice(0, CHARACTERS_SHOWN).replace(/[\ud800-\udbff]$/, '')} …`;
}

/** A name in the archive as a relative link: all of its characters stay in the path. */
export const href = (name: string): string =>
  `./${name
    .split('/')
    .map((segment) => encodeURIComponent(Buffer.from(segment).toString()))
    .join('/')}`;
