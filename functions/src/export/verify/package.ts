import type { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import * as z from 'zod';
import { MORE_COLUMN, PATH_COLUMN, type FieldType } from '../archive/csv.ts';
import { DESCRIPTOR } from '../archive/dataPackage.ts';
import { labelKey } from '../archive/labels.ts';
import type { Manifest } from '../archive/manifest.ts';

/**
 * Checks the data package of an archive as another company's program meets it. Goes by the
 * specification, not by the code that wrote it (specs.frictionlessdata.io, tabular data package,
 * version 1).
 */

const types = ['string', 'integer', 'number', 'boolean', 'datetime', 'object', 'array'] as const satisfies FieldType[];

const field = z.looseObject({ name: z.string(), type: z.enum(types), fieldName: z.string().optional() });
const resource = z.looseObject({
  profile: z.literal('tabular-data-resource'),
  name: z.string().regex(/^[a-z0-9._-]+$/),
  path: z.string(),
  encoding: z.literal('utf-8'),
  bytes: z.int(),
  hash: z.string(),
  schema: z.looseObject({ fields: z.array(field).min(1) }),
});
const shape = z.looseObject({
  profile: z.literal('tabular-data-package'),
  name: z.string().regex(/^[a-z0-9._-]+$/),
  created: z.iso.datetime(),
  // A package has one table at least; an export that found nothing has none.
  resources: z.array(resource),
});

type Field = z.infer<typeof field>;

/**
 * Answers the files of the archive for which the data package is wrong; none if it is right.
 *
 * @param text of the descriptor; null if there is none
 * @param open a file of the archive; null if there is none
 */
export async function badPackage(
  text: string | null,
  { records, files }: Pick<Manifest, 'records' | 'files'>,
  open: (name: string) => Promise<Readable | null>,
): Promise<string[]> {
  const described = shape.safeParse(parsed(text));
  if (!described.success) return [DESCRIPTOR];
  const { resources } = described.data;
  const named = new Map(files.map((file) => [file.name, file]));
  const tables = new Set(records.map(({ csv }) => csv));
  const isWhole =
    resources.length === tables.size &&
    resources.every(({ path }) => tables.has(path)) &&
    areUnique(resources.map(({ path }) => path)) &&
    areUnique(resources.map(({ name }) => name));
  const bad = new Set<string>(isWhole ? [] : [DESCRIPTOR]);
  for (const { path, bytes, hash, schema } of resources) {
    const file = named.get(path);
    if (file?.bytes !== bytes || hash !== `sha256:${file.sha256}` || !areLabels(schema.fields)) bad.add(DESCRIPTOR);
    const stream = file === undefined ? null : await open(path);
    if (stream !== null && !(await isOfSchema(stream, schema.fields))) bad.add(path);
  }
  return [...bad];
}

const areUnique = (names: readonly string[]): boolean => new Set(names).size === names.length;

/**
 * No blank label, none that a reader would strip, no two that differ in case only. Names of fields
 * are told apart as well.
 */
function areLabels(fields: readonly Field[]): boolean {
  const labels = fields.map(({ name }) => name);
  const names = fields
    .filter(({ name }) => name !== PATH_COLUMN && name !== MORE_COLUMN)
    .map(({ name, fieldName }) => fieldName ?? name);
  const areStripped = labels.every((label) => /^[^\s\p{Cc}]/u.test(label) && /[^\s\p{Cc}]$/u.test(label));
  return areStripped && areUnique(labels.map(labelKey)) && areUnique(names);
}

/** Yields the lines of a table, each as its cells. @throws if it is no table */
export async function* linesOf(stream: Readable): AsyncGenerator<string[], undefined> {
  const table = stream.pipe(parse({ record_delimiter: '\r\n', relax_column_count: true }));
  stream.once('error', (error) => table.destroy(error));
  try {
    yield* table as AsyncIterable<string[]>;
  } finally {
    stream.destroy();
    table.destroy();
  }
}

/** Is the header that of the schema, and is each cell a value of its column's type? */
async function isOfSchema(stream: Readable, fields: readonly Field[]): Promise<boolean> {
  let line = 0;
  try {
    for await (const cells of linesOf(stream)) {
      const isRight = (cell: string, n: number): boolean => {
        const column = fields[n];
        return column !== undefined && (line === 0 ? cell === column.name : isOfType(cell, column.type));
      };
      if (cells.length !== fields.length || !cells.every(isRight)) return false;
      line += 1;
    }
    return line > 0;
  } catch {
    return false;
  }
}

/** An empty cell is a missing value, of any type. */
function isOfType(cell: string, type: FieldType): boolean {
  if (cell === '') return true;
  switch (type) {
    case 'string':
      return true;
    case 'integer':
      return /^-?\d+$/.test(cell);
    case 'number':
      return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(cell);
    case 'boolean':
      return cell === 'true' || cell === 'false';
    case 'datetime':
      return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/.test(cell) && !Number.isNaN(Date.parse(cell));
    case 'object': {
      const value = parsed(cell);
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    }
    case 'array':
      return Array.isArray(parsed(cell));
  }
}

/** The value of a JSON text; undefined if it is none. */
function parsed(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
