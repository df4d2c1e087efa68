import { meter } from '../../crypto/hash.ts';
import type { Signer } from '../../crypto/sign.ts';
import { systemWords } from '../../policy/generate/words.ts';
import type { Policy } from '../../policy/schema.ts';
import type { ReceiptFiles } from '../../proof/receipt/files.ts';
import { textsIn } from '../../texts/index.ts';
import { inLanguage, type Language } from '../../texts/languages.ts';
import type { Cursor, NamedRecord, Row } from '../../systems/system.ts';
import { information } from '../report/information.ts';
import type { Archive, ArchivedFile } from './archive.ts';
import { Columns } from './csv.ts';
import { dataPackage, DESCRIPTOR, type Table } from './dataPackage.ts';
import { opened, packed, relativePath, watched } from './fileContent.ts';
import {
  MANIFEST,
  OWN_WORDS,
  pretty,
  signManifest,
  type Manifest,
  type ManifestFacts,
  type Missing,
  type Part,
  type RecordEntry,
} from './manifest.ts';
import { EntryNames } from './names.ts';
import type { ObjectStore } from './objects.ts';
import type { ExportPlan } from '../plan.ts';
import { waitingFor, withLook, type Looked, type Waiting } from '../look/looked.ts';
import { ownRow } from '../reading/ownRow.ts';
import { pathWithoutKeys } from './secrets.ts';
import { inPieces } from './pieces.ts';
import { readme } from './readme.ts';
import { CONSENT_RECEIPT, RECEIPT_JSON, RECEIPT_PAGE } from '../receipt.ts';
import { report, REPORT, type Preview } from '../report/report.ts';
import { ROWS_SHOWN, shortRow } from '../report/rows.ts';
import type { ExportRow } from './rows.ts';
import { jsonArray, table } from './rowTexts.ts';
import { Spool } from './spool.ts';
import { ExportError } from '../waiting.ts';

export interface ExportSource {
  readonly policy: Policy;
  readonly plan: ExportPlan;
  readonly request: string;
  /** The person. In rows that people share, the data of others are left out. */
  readonly uid: string;
  readonly now: number;
  readonly missing: readonly Missing[];
  /** The number of this archive among those that answer the request. */
  readonly part: Omit<Part, 'last'>;
  /** The end of the part before. */
  readonly from?: Position | undefined;
  /** Records of which parts before lack something. */
  readonly lostBefore?: readonly string[];
  /** Rows of parts before that wait for an officer's look, by record. */
  readonly waitingBefore?: Waiting;
  /**
   * The officer's decision about rows to look at (`export.look`), which are written alone: the
   * others were given with the archive. Absent: see `lookedWithin`.
   */
  readonly looked?: Looked;
  /**
   * The decision about such rows of a record, which are written with the others. Without one they
   * wait: none of them is written, and each is counted.
   */
  readonly lookedWithin?: (record: string) => Looked | undefined;
  /**
   * Has this part to end, with so many characters of rows waiting to be written? Asked between
   * rows.
   */
  isFull(waiting: number): boolean;
  /** The person's rows of a record, from a row of it on; throws when they cannot all be read. */
  read(record: NamedRecord, cursor: Cursor | undefined): AsyncIterable<Row>;
  /** Called before each row: throws when the attempt has to end. */
  proceed(): void;
  /** Holds rows that are too many for the memory. */
  readonly store: ObjectStore;
  readonly spoolName: string;
  readonly signer: Signer;
  /**
   * True: a source that cannot be read is left out, and named as missing. False: it fails the
   * whole.
   */
  readonly tolerant: boolean;
  /** Is this an error that fails the whole even then, so that it is waited for? */
  readonly waitsFor?: ((error: unknown) => boolean) | undefined;
  /** Systems in which the person could not be looked for. */
  readonly failed: ReadonlySet<string>;
  /** Of the page that the person reads. */
  readonly language: Language;
  /**
   * Their consent receipt; absent: this archive is to have none. Throws if the ledger cannot be
   * read.
   */
  readonly receipt?: () => Promise<ReceiptFiles>;
}

/** The end of a part and the beginning of the next one: a record, and a row of it. */
export interface Position {
  readonly record: string;
  readonly at: Cursor | undefined;
}

/** A written part: its manifest, and the beginning of the next part, if there is more. */
export interface WrittenPart {
  readonly manifest: Manifest;
  readonly next: Position | undefined;
  /** Records of which something could not be read, in this part or before, and `consentReceipt`. */
  readonly lost: readonly string[];
  /** Rows that wait for an officer's look, in this part and before. */
  readonly waiting: Waiting;
}

/**
 * Writes the whole content of an export into an archive. A source that fails fails the whole, so
 * that it is tried again. A `tolerant` attempt, one of the last, has all of its record that could
 * be read, and says so: a shorter export is never silent. Content that one archive cannot carry
 * goes into the next part.
 */
export async function writeExport(archive: Archive, source: ExportSource): Promise<WrittenPart> {
  const { plan, policy, now, language } = source;
  const writer = new Writer(archive, source);
  const records: RecordEntry[] = [];
  const lost = new Set(source.lostBefore);
  const lostFiles = new Map<string, readonly string[]>();
  const waiting = new Map(Object.entries(source.waitingBefore ?? {}));
  let next: Position | undefined;
  for (const { named, cursor } of recordsFrom(plan, source.from)) {
    if (source.failed.has(named.record.system)) {
      lost.add(named.id);
      continue;
    }
    const written = await writer.record(named, cursor);
    if (written.entry !== undefined) records.push(written.entry);
    if (written.isLost) lost.add(named.id);
    lostFiles.set(named.id, written.lostFiles);
    if (written.waiting > 0) waiting.set(named.id, (waiting.get(named.id) ?? 0) + written.waiting);
    if (written.next !== undefined) {
      next = { record: named.id, at: written.next };
      break;
    }
  }
  const receipt = await writer.receipt();
  if (receipt === 'lost') lost.add(CONSENT_RECEIPT);
  const missing = [
    ...source.missing,
    ...plan.records
      .filter(({ id }) => lost.has(id))
      .map((named) => notRead(named, lostFiles.get(named.id) ?? [], language)),
    ...(lost.has(CONSENT_RECEIPT)
      ? [{ source: CONSENT_RECEIPT, name: textsIn(language).archive.receiptName, why: 'failed' } as const]
      : []),
    ...(source.looked === undefined ? waitingFor(plan.records, lost, waiting, language) : []),
    ...(plan.leftOut ?? []).map(({ id, record }) => ({
      ...{ source: id, name: inLanguage(record.name, language), why: OWN_WORDS },
    })),
  ];
  if (plan.product === 'access') await writer.add('information.json', pretty(information(policy, plan)));

  const facts: Omit<ManifestFacts, 'files'> = {
    format: 'gdpr-export/1',
    product: plan.product,
    request: source.request,
    createdAt: new Date(now).toISOString(),
    policyVersion: plan.policyVersion,
    controller: policy.controller.name,
    part: { ...source.part, last: next === undefined },
    records,
    missing,
  };
  for (const language of policy.languages) {
    const { fileName } = textsIn(language).archive;
    await writer.add(fileName, readme(facts, policy, language, receipt === 'there'));
  }
  await writer.add(REPORT, report(facts, policy, writer.previews, language, receipt === 'there'));
  await writer.add(DESCRIPTOR, pretty(dataPackage(facts, writer.tables)));
  const manifest = signManifest({ ...facts, files: writer.files }, source.signer);
  await archive.add(MANIFEST, pretty(manifest));
  return { manifest, next, lost: [...lost], waiting: Object.fromEntries(waiting) };
}

/** Returns the records that are left, the first of them from the end of the part before. */
function recordsFrom(
  { records }: ExportPlan,
  from: Position | undefined,
): { readonly named: NamedRecord; readonly cursor: Cursor | undefined }[] {
  const begin = from === undefined ? 0 : records.findIndex(({ id }) => id === from.record);
  if (begin < 0)
    throw new ExportError('export.policy', 'the policy changed between two parts: ask for the export again');
  return records.slice(begin).map((named, index) => ({ named, cursor: index === 0 ? from?.at : undefined }));
}

const notRead = ({ id, record }: NamedRecord, files: readonly string[], language: Language): Missing => ({
  source: id,
  name: `${systemWords[record.system] ?? record.system}: ${inLanguage(record.name, language)}`,
  why: 'failed',
  ...(files.length === 0 ? {} : { files }),
});

class Writer {
  readonly files: ArchivedFile[] = [];
  readonly tables: Table[] = [];
  readonly previews: Preview[] = [];
  readonly #names = new EntryNames();
  #hasRows = false;
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

  /** Adds the person's consent receipt. `none`: this archive is not the one that has it. */
  async receipt(): Promise<'there' | 'none' | 'lost'> {
    const { receipt, tolerant } = this.#source;
    if (receipt === undefined) return 'none';
    const made = await receipt().catch((error: unknown) => {
      if (!tolerant) throw error;
      return null;
    });
    if (made === null) return 'lost';
    await this.add(RECEIPT_JSON, made.json);
    await this.add(RECEIPT_PAGE, made.html);
    return 'there';
  }

  /**
   * Writes a record as `data/{record}.json` and `.csv`; the contents of its files as `files/…`, as
   * they are met.
   *
   * @param cursor the place to begin at
   */
  async record({ id, record }: NamedRecord, cursor: Cursor | undefined): Promise<WrittenRecord> {
    const columns = new Columns();
    const first: ExportRow[] = [];
    const spool = new Spool(this.#source.store, `${this.#source.spoolName}/${id}`);
    const reading: Reading = { cursor, isLost: false, lostFiles: [], next: undefined, undeclared: 0, waiting: 0 };
    try {
      await spool.fill(this.#rows({ id, record }, reading, spool, columns, first));
      const { isLost, next, undeclared, waiting } = reading;
      // Nothing of it is here: it could not be read, waits for a look, or the part was full.
      if (spool.count === 0 && (isLost || waiting > 0 || next !== undefined)) return reading;
      const withheld = this.#decisionOf(id)?.withheld() ?? [];
      const [json, csv] = [`data/${id}.json`, `data/${id}.csv`];
      await this.add(json, inPieces(jsonArray(spool.rows())));
      const file = await this.add(csv, inPieces(table(spool.rows(), columns)));
      const { name, system, path } = record;
      const entry = {
        record: id,
        name,
        system,
        path,
        count: spool.count,
        ...(undeclared > 0 ? { undeclared } : {}),
        ...(withheld.length > 0 ? { withheld } : {}),
        json,
        csv,
      };
      this.tables.push({ entry, fields: columns.fields(), file });
      this.previews.push({ entry, rows: first });
      return { ...reading, entry };
    } finally {
      await spool.clear();
    }
  }

  async *#rows(
    named: NamedRecord,
    reading: Reading,
    spool: Spool,
    columns: Columns,
    first: ExportRow[],
  ): AsyncGenerator<ExportRow> {
    const { uid, looked: alone } = this.#source;
    const decision = this.#decisionOf(named.id);
    for await (const { row, isOthers } of withLook(named.record, uid, this.#read(named, reading))) {
      // Each part has a row at least, so that each brings the export further.
      if (this.#hasRows && row.at !== undefined && this.#source.isFull(spool.size)) {
        reading.next = row.at;
        return;
      }
      this.#source.proceed();
      if (isOthers && decision === undefined) reading.waiting += 1;
      if (isOthers ? decision === undefined : alone !== undefined) continue;
      const path = pathWithoutKeys(row.path);
      const whole = ownRow(named.record, uid, row, await this.#content(named, { ...row, path }, reading));
      const out = isOthers && decision !== undefined ? decision.given(whole) : whole;
      if (out === null) continue;
      if (row.undeclared) reading.undeclared += 1;
      columns.see(out);
      if (first.length < ROWS_SHOWN) first.push(shortRow(out));
      this.#hasRows = true;
      yield out;
    }
  }

  #decisionOf(record: string): Looked | undefined {
    const { looked, lookedWithin } = this.#source;
    return looked ?? lookedWithin?.(record);
  }

  /** The rows of a record, until its end or, in a tolerant attempt, until it breaks off. */
  async *#read(named: NamedRecord, reading: Reading): AsyncGenerator<Row> {
    const { tolerant, waitsFor } = this.#source;
    const rows = this.#source.read(named, reading.cursor)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const row = await rows.next().catch((error: unknown) => {
          if (!tolerant || waitsFor?.(error) === true) throw error;
          reading.isLost = true;
          return null;
        });
        if (row === null || row.done === true) return;
        yield row.value;
      }
    } finally {
      await rows.return?.();
    }
  }

  /**
   * Adds a row's file, and answers its name in the archive; undefined if there is none, or it could
   * not be read.
   */
  async #content({ record }: NamedRecord, { path, content }: Row, reading: Reading): Promise<string | undefined> {
    if (content === undefined) return undefined;
    const { store, spoolName, tolerant } = this.#source;
    const place = content.name ?? path;
    // An archive cannot take a broken entry back: a tolerant attempt brings the file whole into the
    // store first.
    const waiting = `${spoolName}/file`;
    const source = { broke: false, received: meter() };
    if (tolerant) {
      try {
        await store.write(waiting, watched(content.stream(), source), { contentType: content.contentType });
      } catch (error) {
        if (!source.broke) throw error;
        reading.isLost = true;
        reading.lostFiles.push(place);
        return undefined;
      }
    }
    const { first, bytes } = await opened(tolerant ? store.read(waiting) : content.stream());
    const name = this.#names.take('files', `${relativePath(record.path, place)}${packed(content, first)}`);
    const { sha256 } = await this.add(name, bytes);
    if (!tolerant) return name;
    if (sha256 !== source.received.sha256())
      throw new Error('the store gave back other bytes of a file than it was given');
    await store.remove(waiting);
    return name;
  }
}

/** How far the reading of a record came. */
interface Reading {
  readonly cursor: Cursor | undefined;
  /** Something of it could not be read. */
  isLost: boolean;
  /** Rows that no record of the policy describes. */
  undeclared: number;
  /** Rows that wait for an officer's look. */
  waiting: number;
  /** Paths of files that could not be read, as the system holds them. */
  readonly lostFiles: string[];
  /** The place at which the next part goes on with it. */
  next: Cursor | undefined;
}

interface WrittenRecord extends Readonly<Reading> {
  /** Absent: nothing of it is in this part. */
  readonly entry?: RecordEntry;
}
