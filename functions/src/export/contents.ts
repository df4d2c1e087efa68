import type { Signer } from '../evidence/sign.ts';
import { systemWords } from '../policy/generate/words.ts';
import type { Policy } from '../policy/schema.ts';
import type { NamedRecord, Row } from '../systems/system.ts';
import { information } from './information.ts';
import type { Archive, ArchivedFile } from './archive.ts';
import { Columns, csvLines, type Cell } from './csv.ts';
import { dataPackage, DESCRIPTOR, type Table } from './dataPackage.ts';
import {
  MANIFEST,
  pretty,
  signManifest,
  type Manifest,
  type ManifestFacts,
  type Missing,
  type RecordEntry,
} from './manifest.ts';
import { EntryNames } from './names.ts';
import type { ObjectStore } from './objects.ts';
import type { ExportPlan } from './plan.ts';
import { inPieces } from './pieces.ts';
import { readme } from './readme.ts';
import { report, REPORT, ROWS_SHOWN, shortRow, type Language, type Preview } from './report.ts';
import { exportRow, type ExportRow } from './rows.ts';
import { Spool } from './spool.ts';

export interface ExportSource {
  readonly policy: Policy;
  readonly plan: ExportPlan;
  readonly request: string;
  readonly now: number;
  readonly missing: readonly Missing[];
  /** The person's rows of a record; throws when they cannot all be read. */
  read(record: NamedRecord): AsyncIterable<Row>;
  /** Called before each row: throws when the attempt has to end. */
  proceed(): void;
  /** Where rows wait that are too many for the memory. */
  readonly store: ObjectStore;
  readonly spoolName: string;
  readonly signer: Signer;
  /** Is what cannot be read left out, and named as missing? Otherwise it fails the whole. */
  readonly tolerant: boolean;
  /** Systems in which the person could not be looked for. */
  readonly failed: ReadonlySet<string>;
  /** Of the page that the person reads. */
  readonly language: Language;
}

/** A record that could not be read whole. */
class SourceFailure extends Error {}

/**
 * Writes the whole content of an export into an archive. A source that fails fails the whole, so that it is tried again; a `tolerant` attempt,
 * the last ones, leaves its record out and says so: a shorter export is never silent.
 */
export async function writeExport(archive: Archive, source: ExportSource): Promise<Manifest> {
  const { plan, policy, now } = source;
  const writer = new Writer(archive, source);
  const records: RecordEntry[] = [];
  const missing = [...source.missing];
  for (const named of plan.records) {
    const entry = source.failed.has(named.record.system) ? null : await orMissing(source, () => writer.record(named));
    if (entry !== null) records.push(entry);
    else missing.push(notRead(named, source.language));
  }
  if (plan.product === 'access') await writer.add('information.json', pretty(information(policy, plan)));

  const facts: Omit<ManifestFacts, 'files'> = {
    format: 'gdpr-export/1',
    product: plan.product,
    request: source.request,
    createdAt: new Date(now).toISOString(),
    policyVersion: plan.policyVersion,
    controller: policy.controller.name,
    records,
    missing,
  };
  for (const language of ['fr', 'en'] as const) {
    await writer.add(language === 'fr' ? 'LISEZMOI.txt' : 'README.txt', readme(facts, policy, language));
  }
  await writer.add(REPORT, report(facts, policy, writer.previews, source.language));
  await writer.add(DESCRIPTOR, pretty(dataPackage(facts, writer.tables)));
  const manifest = signManifest({ ...facts, files: writer.files }, source.signer);
  await archive.add(MANIFEST, pretty(manifest));
  return manifest;
}

/** Null where a source failed that may. */
async function orMissing<T>({ tolerant }: ExportSource, write: () => Promise<T>): Promise<T | null> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error;
    if (!tolerant) throw error.cause;
    return null;
  }
}

const notRead = ({ id, record }: NamedRecord, language: Language): Missing => ({
  source: id,
  name: `${systemWords[record.system] ?? record.system}: ${record.name[language]}`,
  why: 'failed',
});

class Writer {
  readonly files: ArchivedFile[] = [];
  readonly tables: Table[] = [];
  readonly previews: Preview[] = [];
  readonly #names = new EntryNames();
  readonly #archive: Archive;
  readonly #source: ExportSource;

  constructor(archive: Archive, source: ExportSource) {
    this.#archive = archive;
    this.#source = source;
  }

  async add(name: string, content: Parameters<Archive['add']>[1]): Promise<ArchivedFile> {
    const file = await this.#archive.add(name, content);
    this.files.push(file);
    return file;
  }

  /** A record as `data/{record}.json` and `.csv`; the contents of its files as `files/…`, as they are met. */
  async record({ id, record }: NamedRecord): Promise<RecordEntry> {
    const columns = new Columns();
    const first: ExportRow[] = [];
    const spool = new Spool(this.#source.store, `${this.#source.spoolName}/${id}`);
    try {
      await spool.fill(this.#rows({ id, record }, columns, first));
      const [json, csv] = [`data/${id}.json`, `data/${id}.csv`];
      await this.add(json, inPieces(jsonArray(spool.rows())));
      const file = await this.add(csv, inPieces(table(spool.rows(), columns)));
      const { name, system, path } = record;
      const entry = { record: id, name, system, path, count: spool.count, json, csv };
      this.tables.push({ entry, fields: columns.fields(), file });
      this.previews.push({ entry, rows: first });
      return entry;
    } finally {
      await spool.clear();
    }
  }

  async *#read(named: NamedRecord): AsyncGenerator<Row> {
    try {
      yield* this.#source.read(named);
    } catch (cause) {
      throw new SourceFailure('a source failed', { cause });
    }
  }

  async *#rows(named: NamedRecord, columns: Columns, first: ExportRow[]): AsyncGenerator<ExportRow> {
    for await (const row of this.#read(named)) {
      this.#source.proceed();
      let file: string | undefined;
      if (row.content !== undefined) {
        file = this.#names.take('files', relativePath(named.record.path, row.path));
        await this.add(file, row.content.stream());
      }
      const out = exportRow(row, file);
      columns.see(out);
      if (first.length < ROWS_SHOWN) first.push(shortRow(out));
      yield out;
    }
  }
}

/** A file's path below the fixed part of its record's path: `users/{uid}/**` and `users/u1/a/b.png` -> `a/b.png`. */
export function relativePath(template: string, path: string): string {
  const fixed = template.split('/').findIndex((segment) => segment === '**');
  const segments = path.split('/');
  return fixed > 0 && segments.length > fixed ? segments.slice(fixed).join('/') : path;
}

/** A JSON array, one row a line. */
async function* jsonArray(rows: AsyncIterable<ExportRow>): AsyncGenerator<string> {
  let first = true;
  for await (const row of rows) {
    yield `${first ? '[' : ','}\n${JSON.stringify(row)}`;
    first = false;
  }
  yield first ? '[]\n' : '\n]\n';
}

const LINES_AT_ONCE = 200;

async function* table(rows: AsyncIterable<ExportRow>, columns: Columns): AsyncGenerator<string> {
  let lines: (readonly Cell[])[] = [columns.header()];
  for await (const row of rows) {
    lines.push(columns.cells(row));
    if (lines.length < LINES_AT_ONCE) continue;
    yield csvLines(lines);
    lines = [];
  }
  if (lines.length > 0) yield csvLines(lines);
}
