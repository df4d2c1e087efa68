import type { Policy } from '../policy/schema.ts';
import type { NamedRecord, Row } from '../systems/system.ts';
import { information } from './information.ts';
import type { Archive, ArchivedFile } from './archive.ts';
import { Columns, csvLines, type Cell } from './csv.ts';
import { EntryNames } from './names.ts';
import type { ObjectStore } from './objects.ts';
import type { ExportPlan } from './plan.ts';
import { inPieces } from './pieces.ts';
import { readme } from './readme.ts';
import { exportRow, type ExportRow } from './rows.ts';
import { Spool } from './spool.ts';

/** Something that the archive does not hold, said in it and on the request: never a silently shorter export. */
export interface Missing {
  /** The recipient of the policy, or the system that holds it. */
  readonly source: string;
  readonly name: string;
  /** `manual`: no interface, an officer adds it; otherwise why what was found could not be proven to be the person's. */
  readonly why: string;
}

export interface RecordEntry {
  readonly record: string;
  readonly name: { readonly en: string; readonly fr: string };
  readonly system: string;
  readonly path: string;
  readonly count: number;
  readonly json: string;
  readonly csv: string;
}

/** `manifest.json`: what is in the archive, so that it can be checked without this backend. */
export interface Manifest {
  readonly format: 'gdpr-export/1';
  readonly product: ExportPlan['product'];
  readonly request: string;
  readonly createdAt: string;
  readonly policyVersion: string;
  readonly controller: string;
  readonly records: readonly RecordEntry[];
  readonly missing: readonly Missing[];
  /** Every file of the archive but this one. */
  readonly files: readonly ArchivedFile[];
}

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
}

/** Writes the whole content of an export into an archive. Any failure of a source fails the whole: a shorter export is none. */
export async function writeExport(archive: Archive, source: ExportSource): Promise<Manifest> {
  const { plan, policy, now } = source;
  const writer = new Writer(archive, source);
  const records: RecordEntry[] = [];
  for (const named of plan.records) records.push(await writer.record(named));
  if (plan.product === 'access') await writer.add('information.json', pretty(information(policy, plan)));

  const manifest: Omit<Manifest, 'files'> = {
    format: 'gdpr-export/1',
    product: plan.product,
    request: source.request,
    createdAt: new Date(now).toISOString(),
    policyVersion: plan.policyVersion,
    controller: policy.controller.name,
    records,
    missing: source.missing,
  };
  for (const language of ['fr', 'en'] as const) {
    await writer.add(language === 'fr' ? 'LISEZMOI.txt' : 'README.txt', readme(manifest, policy, language));
  }
  const complete: Manifest = { ...manifest, files: writer.files };
  await archive.add('manifest.json', pretty(complete));
  return complete;
}

const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

class Writer {
  readonly files: ArchivedFile[] = [];
  readonly #names = new EntryNames();
  readonly #archive: Archive;
  readonly #source: ExportSource;

  constructor(archive: Archive, source: ExportSource) {
    this.#archive = archive;
    this.#source = source;
  }

  async add(name: string, content: Parameters<Archive['add']>[1]): Promise<void> {
    this.files.push(await this.#archive.add(name, content));
  }

  /** A record as `data/{record}.json` and `.csv`; the contents of its files as `files/…`, as they are met. */
  async record({ id, record }: NamedRecord): Promise<RecordEntry> {
    const columns = new Columns();
    const spool = new Spool(this.#source.store, `${this.#source.spoolName}/${id}`);
    try {
      await spool.fill(this.#rows({ id, record }, columns));
      const [json, csv] = [`data/${id}.json`, `data/${id}.csv`];
      await this.add(json, inPieces(jsonArray(spool.rows())));
      await this.add(csv, inPieces(table(spool.rows(), columns)));
      const { name, system, path } = record;
      return { record: id, name, system, path, count: spool.count, json, csv };
    } finally {
      await spool.clear();
    }
  }

  async *#rows(named: NamedRecord, columns: Columns): AsyncGenerator<ExportRow> {
    for await (const row of this.#source.read(named)) {
      this.#source.proceed();
      let file: string | undefined;
      if (row.content !== undefined) {
        file = this.#names.take('files', relativePath(named.record.path, row.path));
        await this.add(file, row.content.stream());
      }
      const out = exportRow(row, file);
      columns.see(out);
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
