import { inLanguage } from '../../texts/languages.ts';
import type { ArchivedFile } from './archive.ts';
import type { ManifestFacts, RecordEntry } from './manifest.ts';
import type { Field } from './csv.ts';

/**
 * `datapackage.json`: the tables of an export as a Frictionless Data Package
 * (specs.frictionlessdata.io, version 1), so that another company's tools load them with their
 * types. The JSON files beside them have the values that a table cannot show exactly:
 * `manifest.json` lists everything.
 */

/** The name of the descriptor in the archive, as the specification wants it. */
export const DESCRIPTOR = 'datapackage.json';

/** A record's table: its entry in the manifest, its columns, its file. */
export interface Table {
  readonly entry: RecordEntry;
  readonly fields: readonly Field[];
  readonly file: ArchivedFile;
}

export type DataPackage = ReturnType<typeof dataPackage>;

/** As `archive` writes tables (RFC 4180). */
const dialect = { delimiter: ',', lineTerminator: '\r\n', quoteChar: '"', doubleQuote: true, header: true };

export function dataPackage(
  { product, controller, createdAt }: Pick<ManifestFacts, 'product' | 'controller' | 'createdAt'>,
  tables: readonly Table[],
) {
  const taken = new Set<string>();
  return {
    profile: 'tabular-data-package',
    name: `personal-data-${product}`,
    title: controller,
    created: createdAt,
    resources: tables.map(({ entry, fields, file }) => ({
      profile: 'tabular-data-resource',
      name: nameOf(entry.record, taken),
      title: inLanguage(entry.name, 'en'),
      path: file.name,
      format: 'csv',
      mediatype: 'text/csv',
      encoding: 'utf-8',
      bytes: file.bytes,
      hash: `sha256:${file.sha256}`,
      dialect,
      schema: { fields },
    })),
  };
}

/** Names are of lower-case letters, digits and `-` there, and each is given once. */
function nameOf(record: string, taken: Set<string>): string {
  const plain = record
    .replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  let name = plain;
  for (let n = 2; taken.has(name); n++) name = `${plain}-${n}`;
  taken.add(name);
  return name;
}
