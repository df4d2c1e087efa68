import type { Readable } from 'node:stream';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { meter } from '../../crypto/hash.ts';
import { verifierFrom } from '../../crypto/sign.ts';
import { Columns, type Cell } from '../archive/csv.ts';
import { dataPackage, DESCRIPTOR, type Table } from '../archive/dataPackage.ts';
import {
  isPlain,
  isSigned,
  LONGEST_MANIFEST,
  MANIFEST,
  parsedManifest,
  pretty,
  type Manifest,
  type RecordEntry,
} from '../archive/manifest.ts';
import { lines } from '../archive/pieces.ts';
import { badPackage, linesOf } from './package.ts';
import type { ExportRow } from '../archive/rows.ts';

/** A fault of an archive; docs/exports.md says the meaning of each. */
export type ExportProblem =
  | 'notAZip'
  | 'notAnExport'
  | 'notAsWritten'
  | 'badSignature'
  | 'untrustedKey'
  | 'missing'
  | 'added'
  | 'twice'
  | 'changed'
  | 'count'
  | 'notRows'
  | 'tableDiffers'
  | 'schemaDiffers'
  | 'badPackage';

export interface ExportFault {
  readonly problem: ExportProblem;
  /** The file of the archive, if it is one. */
  readonly where?: string;
}

export interface ExportVerified {
  readonly ok: boolean;
  readonly faults: readonly ExportFault[];
  /** Null if the file is no export. */
  readonly manifest: Manifest | null;
  /** Was the key compared with one that the reader trusts? */
  readonly compared: boolean;
}

export interface VerifyExportOptions {
  /**
   * Public keys, as `verifierFrom` takes them; without any, only that the key in the manifest
   * signed it.
   */
  readonly trusted?: readonly string[];
  readonly progress?: (file: string) => void;
}

/**
 * Checks an archive of an export without any database: the signature, and that each file is there
 * once and unchanged. Each record's JSON, its table and the schema of the table say the same. Files
 * are read as streams: memory does not grow with them.
 *
 * @throws RangeError if a trusted key is no Ed25519 public key
 */
export async function verifyExport(path: string, options: VerifyExportOptions = {}): Promise<ExportVerified> {
  const trusted = (options.trusted ?? []).map((key) => verifierFrom(key).publicKey);
  const answer = (faults: readonly ExportFault[], manifest: Manifest | null = null): ExportVerified => ({
    ok: faults.length === 0,
    faults,
    manifest,
    compared: trusted.length > 0,
  });
  let zip: ZipFile;
  try {
    // Refuses names that would leave the archive.
    zip = await openPromise(path, { autoClose: false, strictFileNames: true, validateEntrySizes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
    return answer([{ problem: 'notAZip' }]);
  }
  try {
    const faults: ExportFault[] = [];
    const entries = new Map<string, Entry>();
    try {
      for await (const entry of zip.eachEntry()) {
        if (entries.has(entry.fileName)) faults.push({ problem: 'twice', where: entry.fileName });
        entries.set(entry.fileName, entry);
      }
    } catch {
      return answer([...faults, { problem: 'notAZip' }]);
    }
    const archive = new OpenArchive(zip, entries);
    const text = await archive.text(MANIFEST, LONGEST_MANIFEST);
    const manifest = text === null ? null : parsedManifest(text);
    if (text === null || manifest === null) return answer([...faults, { problem: 'notAnExport', where: MANIFEST }]);
    if (!isPlain(text, manifest)) faults.push({ problem: 'notAsWritten', where: MANIFEST });
    if (!isSigned(manifest)) faults.push({ problem: 'badSignature' });
    if (trusted.length > 0 && !trusted.includes(manifest.publicKey)) faults.push({ problem: 'untrustedKey' });
    faults.push(...(await faultsOfFiles(archive, manifest, options.progress)));
    // A changed file is not looked into any further.
    if (faults.length === 0) faults.push(...(await faultsOfTables(archive, manifest, options.progress)));
    return answer(faults, manifest);
  } finally {
    zip.close();
  }
}

class OpenArchive {
  readonly #zip: ZipFile;
  readonly entries: ReadonlyMap<string, Entry>;

  constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#zip = zip;
    this.entries = entries;
  }

  /** Null if there is no such file. */
  async open(name: string): Promise<Readable | null> {
    const entry = this.entries.get(name);
    return entry === undefined ? null : this.#zip.openReadStreamPromise(entry);
  }

  /** Returns a whole file; null if there is none, it is longer, or cannot be read. */
  async text(name: string, longest: number): Promise<string | null> {
    if ((this.entries.get(name)?.uncompressedSize ?? Infinity) > longest) return null;
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of (await this.open(name)) ?? []) chunks.push(chunk as Buffer);
    } catch {
      return null;
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}

async function faultsOfFiles(
  archive: OpenArchive,
  manifest: Manifest,
  progress: VerifyExportOptions['progress'],
): Promise<ExportFault[]> {
  const faults: ExportFault[] = [];
  const named = new Set([MANIFEST]);
  for (const file of manifest.files) {
    if (named.has(file.name)) faults.push({ problem: 'twice', where: file.name });
    named.add(file.name);
    progress?.(file.name);
    if (!archive.entries.has(file.name)) faults.push({ problem: 'missing', where: file.name });
    else if (!(await isAsNamed(archive, file))) faults.push({ problem: 'changed', where: file.name });
  }
  for (const name of archive.entries.keys()) if (!named.has(name)) faults.push({ problem: 'added', where: name });
  return faults;
}

async function isAsNamed(archive: OpenArchive, file: Manifest['files'][number]): Promise<boolean> {
  const measured = meter();
  try {
    for await (const chunk of (await archive.open(file.name)) ?? []) measured.update(chunk as Buffer);
  } catch {
    return false;
  }
  return measured.bytes === file.bytes && measured.sha256() === file.sha256;
}

async function faultsOfTables(
  archive: OpenArchive,
  manifest: Manifest,
  progress: VerifyExportOptions['progress'],
): Promise<ExportFault[]> {
  const faults: ExportFault[] = [];
  const tables: Table[] = [];
  const files = new Map(manifest.files.map((file) => [file.name, file]));
  for (const entry of manifest.records) {
    progress?.(entry.json);
    const file = files.get(entry.csv);
    const columns = new Columns();
    let [count, undeclared] = [0, 0];
    try {
      for await (const row of rowsOf(archive, entry)) {
        columns.see(row);
        count += 1;
        if (row.undeclared) undeclared += 1;
      }
    } catch {
      faults.push({ problem: 'notRows', where: entry.json });
      continue;
    }
    if (count !== entry.count || undeclared !== (entry.undeclared ?? 0))
      faults.push({ problem: 'count', where: entry.json });
    progress?.(entry.csv);
    if (file === undefined) faults.push({ problem: 'missing', where: entry.csv });
    else {
      tables.push({ entry, fields: columns.fields(), file });
      if (!(await isTheTable(archive, entry, columns))) faults.push({ problem: 'tableDiffers', where: entry.csv });
    }
  }
  const described = await archive.text(DESCRIPTOR, LONGEST_MANIFEST);
  const bad = await badPackage(described, manifest, (name) => archive.open(name));
  faults.push(...bad.map((where): ExportFault => ({ problem: 'badPackage', where })));
  // The schemas follow from the rows: these rows lead to one descriptor only.
  if (faults.length === 0 && described !== pretty(dataPackage(manifest, tables)))
    faults.push({ problem: 'schemaDiffers', where: DESCRIPTOR });
  return faults;
}

/**
 * Yields the rows of a record's JSON file, which has one a line. @throws if it is something else
 */
async function* rowsOf(archive: OpenArchive, { json }: RecordEntry): AsyncGenerator<ExportRow> {
  const stream = await archive.open(json);
  if (stream === null) throw new RangeError('no such file');
  let at = 0;
  let isOver = false;
  for await (const line of lines(stream)) {
    if (isOver) throw new RangeError('more after the last row');
    if (at++ === 0) {
      if (line !== '[' && line !== '[]') throw new RangeError('not an array');
      isOver = line === '[]';
    } else if (line === ']') isOver = true;
    else yield rowOf(JSON.parse(line.replace(/,$/, '')));
  }
  if (!isOver) throw new RangeError('an array without its end');
}

function rowOf(value: unknown): ExportRow {
  const { path, data } = (value ?? {}) as { path?: unknown; data?: unknown };
  if (typeof path !== 'string' || typeof data !== 'object' || data === null || Array.isArray(data))
    throw new RangeError('not a row');
  return value as ExportRow;
}

/** Does the table have the rows of the JSON file, each cell as it would be written? */
async function isTheTable(archive: OpenArchive, entry: RecordEntry, columns: Columns): Promise<boolean> {
  const stream = await archive.open(entry.csv);
  if (stream === null) return false;
  const records = linesOf(stream);
  const isNext = async (cells: readonly Cell[]): Promise<boolean> => {
    const { done, value } = await records.next();
    return done !== true && value.length === cells.length && cells.every((cell, i) => value[i] === asText(cell));
  };
  try {
    if (!(await isNext(columns.header()))) return false;
    for await (const row of rowsOf(archive, entry)) if (!(await isNext(columns.cells(row)))) return false;
    return (await records.next()).done === true;
  } catch {
    return false;
  } finally {
    await records.return(undefined);
  }
}

/** As it is in the file: UTF-8 has no half characters. */
const asText = (cell: Cell): string => (cell === null ? '' : Buffer.from(String(cell)).toString());
