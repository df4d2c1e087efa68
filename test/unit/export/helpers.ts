import type { Looked } from '../../../functions/src/export/look/looked.ts';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Readable } from 'node:stream';
import yauzl from 'yauzl';
import type { ObjectInfo, ObjectStore } from '../../../functions/src/export/archive/objects.ts';
import type { Policy, PolicyRecord } from '../../../functions/src/policy/schema.ts';

interface Stored {
  bytes: Buffer;
  metadata: Record<string, string>;
  createdAt: number;
}

/**
 * A bucket in memory that behaves as the real one: an object is there when its last byte is, and
 * not before.
 */
export function memoryStore(): ObjectStore & {
  objects: Map<string, Stored>;
} {
  const objects = new Map<string, Stored>();
  const get = (name: string) => {
    const object = objects.get(name);
    if (!object) throw new Error('no such object');
    return object;
  };
  return {
    objects,
    async write(name, bytes) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of bytes) chunks.push(chunk);
      objects.set(name, { bytes: Buffer.concat(chunks), metadata: {}, createdAt: Date.now() });
    },
    async describe(name, metadata) {
      get(name).metadata = metadata;
    },
    read: (name) => Readable.from(pieces(get(name).bytes)),
    async remove(name) {
      objects.delete(name);
    },
    async *list(prefix): AsyncGenerator<ObjectInfo> {
      for (const [name, { createdAt }] of objects) {
        if (name.startsWith(prefix)) yield { name, createdAt };
      }
    },
  };
}

/** Pieces of odd lengths, so that characters and lines are cut anywhere. */
function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7 + 3) % 70_001) {
    if (size === 0) size = 1;
    yield bytes.subarray(at, at + size);
  }
}

/** The decision of an officer that everything may go out. */
export const EVERYTHING: Looked = { given: (row) => row, withheld: () => [] };

/**
 * Opens a ZIP as a strict reader does (yauzl refuses names that leave the archive) and answers
 * every entry.
 */
export async function unzip(zip: Buffer): Promise<Map<string, Buffer>> {
  const entries = new Map<string, Buffer>();
  const file = await yauzl.fromBufferPromise(zip, { strictFileNames: true, validateEntrySizes: true });
  for await (const entry of file.eachEntry()) {
    const stream = await file.openReadStreamPromise(entry);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    if (entries.has(entry.fileName)) throw new Error(`two entries are called ${entry.fileName}`);
    entries.set(entry.fileName, Buffer.concat(chunks));
  }
  return entries;
}

const run = promisify(execFile);

/** Runs a program of this machine; null if it is not there. */
export async function program(name: string, args: string[]): Promise<string | null> {
  try {
    return (await run(name, args)).stdout;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * RFC 4180, read by the letter, as a strict reader does. Quoted empty cells are texts, bare ones
 * null.
 */
export function parseCsv(text: string): (string | null)[][] {
  const records: (string | null)[][] = [];
  let record: (string | null)[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === '"') {
      let value = '';
      for (at++; ; at++) {
        if (at >= text.length) throw new Error('a quoted cell that does not end');
        if (text[at] !== '"') value += text.charAt(at);
        else if (text[at + 1] === '"') {
          value += '"';
          at++;
        } else break;
      }
      at++;
      record.push(value);
    } else {
      const end = /[,\r]/.exec(text.slice(at, at + 400))?.index;
      if (end === undefined) throw new Error('a bare cell that does not end');
      const value = text.slice(at, at + end);
      if (/["\n]/.test(value)) throw new Error('a quote in a bare cell');
      record.push(value === '' ? null : value);
      at += end;
    }
    if (text[at] === ',') {
      at++;
      // A comma before the end of a line: the last cell is empty.
      if (text.startsWith('\r\n', at)) record.push(null);
    }
    if (text.startsWith('\r\n', at)) {
      records.push(record);
      record = [];
      at += 2;
    }
  }
  if (record.length > 0) throw new Error('a last line without its end');
  return records;
}

const source = { kind: 'ownChoice', reference: 'a test' } as const;
const text = (name: string) => ({ en: name, fr: name });

export const record = (system: string, path: string, more: Partial<PolicyRecord> = {}): PolicyRecord => ({
  name: text(path),
  system,
  path,
  subject: { pathVariable: 'uid' },
  timestamp: 'createdAt',
  purposes: ['hosting'],
  dataTypes: ['profile'],
  provided: true,
  fate: [{ when: { event: 'accountDeleted' }, after: 'P0D', then: { do: 'delete' }, source }],
  export: { access: true, portability: true },
  source,
  ...more,
});

/** A small policy, plain and valid enough for an export. */
export function policyWith(records: Record<string, PolicyRecord>): Policy {
  const value = (period: string) => ({ period, source });
  return {
    version: '2026-01-15',
    controller: {
      name: 'Example',
      address: '1 rue de Rivoli, Paris',
      country: 'FR',
      email: 'privacy@example.com',
      supervisoryAuthority: { name: 'CNIL', url: 'https://www.cnil.fr' },
      timeZone: 'Europe/Paris',
      financialYearEnd: '--12-31',
      source,
    },
    subjectCategories: { users: { name: text('users'), source } },
    ageOfConsent: { years: 15, source },
    dataTypes: { profile: { name: text('profile'), source } },
    purposes: {
      hosting: {
        name: text('hosting'),
        description: text('hosting'),
        subjects: ['users'],
        legalBasis: 'contract',
        consent: false,
        dataTypes: ['profile'],
        recipients: ['desk', 'paper'],
        provision: { required: 'no', without: text('nothing changes'), source },
        source,
      },
      logs: {
        name: text('logs'),
        description: text('logs'),
        subjects: ['users'],
        legalBasis: 'legitimateInterest',
        interest: text('safety'),
        consent: false,
        dataTypes: ['profile'],
        recipients: ['ledgerist'],
        provision: { required: 'no', without: text('nothing changes'), source },
        source,
      },
    },
    recipients: {
      desk: {
        name: 'Desk',
        role: 'processor',
        countries: ['US'],
        safeguards: ['dataPrivacyFramework'],
        countriesSource: source,
        kept: { period: 'P30D', from: 'deletion', source },
        dataTypes: ['profile'],
        purposes: ['hosting'],
        reach: { manual: text('Ask them.'), within: 'P10D' },
        source,
      },
      ledgerist: {
        name: 'Ledgerist',
        role: 'processor',
        countries: ['FR'],
        safeguards: [],
        countriesSource: source,
        kept: { period: 'P30D', from: 'deletion', source },
        dataTypes: 'all',
        purposes: ['logs'],
        reach: { manual: text('Ask them.'), within: 'P10D' },
        source,
      },
      paper: {
        name: 'Paper',
        role: 'processor',
        countries: ['FR'],
        safeguards: [],
        countriesSource: source,
        kept: { period: 'P30D', from: 'deletion', source },
        dataTypes: 'all',
        purposes: ['hosting'],
        reach: { systems: ['firestore'] },
        source,
      },
    },
    recipientCategories: {
      staff: {
        ...{ name: text('staff'), inside: true, purposes: ['hosting'], source },
        kept: { period: 'P0D', from: 'deletion', source },
      },
    },
    devicePermissions: {},
    records,
    retention: { windows: 1 },
    rights: {
      answerWithin: value('P1M'),
      erasureGrace: value('P7D'),
      accountDeletionGrace: value('P0D'),
      thirdLook: value('P4D'),
      erasureBreaker: {
        hour: { number: 10, share: 0 },
        day: { number: 10, share: 0 },
        young: 'P7D',
        ownRequest: 'P30D',
        source,
      },
      escalateBefore: value('P7D'),
      reconsentAfter: value('P6M'),
      exportsKept: value('P7D'),
      restrictionLift: { notice: 'P7D', source },
      officerSheetsKept: value('P90D'),
      automatedDecisions: { text: text('No computer decides alone.'), source },
    },
    remains: {},
    securityMeasures: [text('none')],
    notices: {},
    languages: ['en', 'fr'],
  };
}
