import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '../../../../../functions/src/crypto/hash.ts';
import { signerFrom } from '../../../../../functions/src/crypto/sign.ts';
import type { Manifest } from '../../../../../functions/src/export/archive/manifest.ts';
import type { AnsweredPart } from '../../../../../functions/src/requests/answered.ts';
import type { ExportRow } from '../../../../../functions/src/export/archive/rows.ts';
import { verifyExport } from '../../../../../functions/src/export/verify/archive.ts';
import { unzip } from '../../../../unit/export/helpers.ts';
import { again } from '../again.ts';
import { email, REQUEST, uid, type Person } from '../person.ts';
import { signingKeys, type World } from '../world.ts';

/** A row as it would be in every run. */
interface PlainRow {
  readonly row: string;
  /** The hash of its file; absent: it has none. */
  readonly file?: string;
}

/** The contents of all published archives. */
export interface Content {
  readonly manifests: readonly Manifest[];
  /** By record. */
  readonly rows: ReadonlyMap<string, readonly PlainRow[]>;
  /** The faults of the archives themselves. */
  readonly faults: readonly string[];
}

/** Records in which the work writes down itself, while it is done: of a row its path only. */
const OWN_WORK: ReadonlySet<string> = new Set([...['privacyRequests', 'jobs', 'requests', 'ledger', 'ledgerEntries']]);

/** Reads the archives past the backend, and checks each as its receiver could. */
export async function contentOf(world: World, person: Person, parts: readonly AnsweredPart[]): Promise<Content> {
  const folder = await mkdtemp(join(tmpdir(), 'fault-matrix-'));
  const faults: string[] = [];
  const manifests: Manifest[] = [];
  const rows = new Map<string, PlainRow[]>();
  const paths = new Set<string>();
  try {
    for (const [index, part] of parts.entries()) {
      const say = (what: string): void => void faults.push(`part ${index + 1}: ${what}`);
      const zip = await archiveAt(world, `exports/${uid}/${REQUEST}/${part.object}`, say);
      if (zip === null) continue;
      if (zip.length !== part.bytes || sha256Hex(zip) !== part.sha256) say('it is not the one of the answer');
      const path = join(folder, `${index}.zip`);
      await writeFile(path, zip);
      const { publicKey } = signerFrom(signingKeys.keys[1]);
      const verified = await verifyExport(path, { trusted: [publicKey] });
      for (const { problem, where } of verified.faults) say(`${problem} ${where ?? ''}`);
      if (verified.manifest === null) continue;
      manifests.push(verified.manifest);
      const { part: is } = verified.manifest;
      if (is.number !== index + 1 || is.last !== (index === parts.length - 1)) say('it is another part');
      if (is.previous !== parts[index - 1]?.sha256) say('it does not follow the part before');
      const entries = await unzip(zip);
      for (const [name, bytes] of entries)
        for (const other of othersThan(person)) if (bytes.includes(other)) say(`${name} names ${other}`);
      for (const { record, json } of verified.manifest.records) {
        const those = JSON.parse(String(entries.get(json))) as ExportRow[];
        for (const row of those) {
          if (paths.has(`${record} ${row.path}`)) say(`${row.path} is in it twice`);
          paths.add(`${record} ${row.path}`);
          rows.set(record, [...(rows.get(record) ?? []), plainRow(world, record, row, entries)]);
        }
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return { manifests, rows, faults };
}

/** The bytes of an object that is described as an archive; null if there is none. */
async function archiveAt(world: World, name: string, say: (what: string) => void): Promise<Buffer | null> {
  const file = world.bucket('exports').file(name);
  const [isThere] = await again(() => file.exists());
  if (!isThere) {
    say('it is not there');
    return null;
  }
  const [zip] = await again(() => file.download({ validation: false }));
  const [{ metadata }] = await again(() => file.getMetadata());
  if (metadata?.['sha256'] !== sha256Hex(zip)) say('its object is not described');
  return zip;
}

/** Texts that would show that something of others is in it. */
const othersThan = ({ customers }: Person): readonly string[] => [
  ...[`${uid}2`, `x${email}`, 'bob@example.com', 'ada.pro@example.com'],
  ...customers,
];

function plainRow(world: World, record: string, row: ExportRow, entries: ReadonlyMap<string, Buffer>): PlainRow {
  const plain = (text: string): string => plainText(world.shape(text));
  const { path, file, ...said } = row;
  const bytes = file === undefined ? undefined : entries.get(file);
  return {
    row: `${plain(path)} ${OWN_WORK.has(record) ? '' : sha256OfLong(plain(JSON.stringify(said)))}`,
    ...(bytes === undefined ? {} : { file: sha256Hex(plain(bytes.toString('latin1'))) }),
  };
}

const sha256OfLong = (text: string): string => (text.length > 10_000 ? sha256Hex(text) : text);

/**
 * Without parts of this run only: times, numbers that are given out one after the other, ids of
 * providers.
 */
const plainText = (text: string): string =>
  text
    .replace(/<[0-9a-f-]{36}@/g, '<{message}@')
    .replace(/smtp\/emails\/[0-9a-f]{24}/g, 'smtp/emails/{event}')
    .replace(/http:\/\/127\.0\.0\.1:\d+/g, '{origin}')
    .replace(/\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT/g, '{time}')
    .replace(/\b[A-Z0-9]{8}(?=-\d{4}|")/g, '{prefix}')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '{time}')
    .replace(/\d{4}-\d\d-\d\d/g, '{day}')
    .replace(/(?<![\dA-Za-z])\d{9,}(?![\dA-Za-z])/g, '{number}')
    .replace(/\b(ch|cus|il|in|li|pi|pm|price|prod|re|si|src|sub|txn)_[A-Za-z0-9]{8,}/g, '$1_{id}');
