import { doc, getDoc } from 'firebase/firestore';
import { ask } from '../../client/index.ts';
import { allDocuments, type Person, type Row as Document } from '../../fixtures/index.ts';
import type { StripeIds } from '../../fixtures/load/index.ts';
import { RECEIPT_JSON, RECEIPT_PAGE } from '../../functions/src/export/receipt.ts';
import { matchPath, recordsFor, type NamedRecord } from '../../functions/src/policy/lookup.ts';
import type { Receipt } from '../../functions/src/proof/receipt/receipt.ts';
import { openApp } from '../app.ts';
import { openJobs, standing } from '../read/backend.ts';
import { countEvents, readFiles } from '../read/others.ts';
import { readZip, type Entries } from '../read/zip.ts';
import { same, sameCounts, sameSet, type Row } from '../report.ts';
import { person, type Stage } from '../stage.ts';
import { until } from '../wait.ts';
import type { Flow, Played } from './flow.ts';

/** The providers' own answers about the person, asked before the copy was. */
export interface Told {
  readonly stripe: StripeIds | undefined;
  readonly emailEvents: number;
}

/**
 * Returns the rows that a portable copy must hold of a record; undefined if the set does not know.
 */
export function expectedRows(
  { record }: NamedRecord,
  { account, files, brevo }: Person,
  documents: readonly Document[],
  { stripe, emailEvents }: Told,
): number | undefined {
  const resource = record.path.split('/')[0] ?? '';
  if (record.system === 'storage') return record.bucket === undefined ? files.length : undefined;
  if (record.system === 'auth') return 1;
  if (record.system === 'brevo') return { contacts: Number(brevo !== undefined), smtp: emailEvents }[resource];
  if (record.system === 'stripe') {
    const { subscriptions = [], invoices = [] } = stripe ?? {};
    const counts = { customers: Number(stripe !== undefined), charges: 0, payment_methods: 0 };
    return { ...counts, subscriptions: subscriptions.length, invoices: invoices.length }[resource];
  }
  if (record.system !== 'firestore' || record.database === 'compliance') return undefined;
  const { subject } = record;
  return documents.filter(({ path, data, expired }) => {
    const variables = matchPath(record.path, path);
    if (variables === null || expired) return false;
    return 'pathVariable' in subject
      ? variables[subject.pathVariable] === account.uid
      : 'field' in subject && data[subject.field] === account.uid;
  }).length;
}

interface Seen {
  readonly who: Person;
  readonly documents: readonly Document[];
  readonly told: Told;
  readonly records: readonly NamedRecord[];
  readonly status: unknown;
  readonly objects: readonly string[];
  readonly entries: Entries;
}

const FILES = /^files\//;

function rowsOf({ who, documents, told, records, status, objects, entries }: Seen): Row[] {
  const own = (name: string) => `files/${name.split('/').slice(2).join('/')}`;
  const withFiles = records.some(({ record }) => record.system === 'storage');
  const names = [
    'README.txt',
    'LISEZMOI.txt',
    'datapackage.json',
    'report.html',
    RECEIPT_JSON,
    RECEIPT_PAGE,
    'manifest.json',
    ...records.flatMap(({ id }) => [`data/${id}.json`, `data/${id}.csv`]),
    ...(withFiles ? who.files.map((file) => own(file.name)) : []),
  ];
  const counts = Object.fromEntries(
    records.flatMap((named) => {
      const expected = expectedRows(named, who, documents, told);
      const actual = countRows(entries.get(`data/${named.id}.json`));
      return expected === undefined ? [] : [[named.id, [expected, actual] as const]];
    }),
  );
  const intact = who.files.filter((file) => entries.get(own(file.name))?.equals(file.bytes));
  return [
    same('The request, as the person reads it', 'completed', status),
    same('Archives in the bucket of the exports', 1, objects.filter((name) => name.endsWith('.zip')).length),
    sameSet('Entries of the archive', names, entries.keys()),
    sameSet('Questions that the consent receipt has an answer to', askedOf(who, documents), answeredIn(entries)),
    ...(withFiles ? [same('Files in it, byte for byte', who.files.length, intact.length)] : []),
    sameCounts(`Rows of ${Object.keys(counts).length} records, each counted`, counts),
    same(
      'Entries that are neither declared nor files',
      0,
      [...entries.keys()].filter((n) => !names.includes(n) && !FILES.test(n)).length,
    ),
  ];
}

const CONSENT = /^users\/([^/]+)\/consents\/([^/]+)$/;

/** The purposes of the person's answers. */
const askedOf = ({ account }: Person, documents: readonly Document[]): string[] =>
  documents.flatMap(({ path }) => {
    const [, uid, purpose = ''] = CONSENT.exec(path) ?? [];
    return uid === account.uid ? [purpose] : [];
  });

function answeredIn(entries: Entries): string[] {
  const json = entries.get(RECEIPT_JSON);
  if (json === undefined) return ['no receipt'];
  const { consent_records } = JSON.parse(json.toString('utf8')) as Pick<Receipt, 'consent_records'>;
  return consent_records.map(({ record_id }) => record_id.slice(record_id.indexOf('/') + 1));
}

function countRows(json: Buffer | undefined): string | number {
  if (json === undefined) return 'no entry';
  const rows: unknown = JSON.parse(json.toString('utf8'));
  return Array.isArray(rows) ? rows.length : 'not a list';
}

/** The request itself, which the copy holds as well. */
const requestRow = (path: string): Document => ({ place: 'privacyRequests', path, data: {}, expired: false });

export const portability: Flow = {
  title: '3 · Portability: a copy that the person can take along',
  async run(stage: Stage, say): Promise<Played> {
    const who = person(stage, 'exports');
    const { uid } = who.account;
    const emailEvents = await countEvents(stage.clients.brevo, who.account.email ?? '');
    const told: Told = { stripe: stage.loaded.stripe.get(uid), emailEvents };
    const app = await openApp(stage, who);
    try {
      const id = 'demo-portability';
      const request = doc(app.db, `users/${uid}/privacyRequests/${id}`);
      say(`${who.account.displayName} asks for a copy`);
      await ask(app, 'portability', undefined, id);
      const status = await until(
        async () => (await getDoc(request)).get('status') as unknown,
        (found) => found === 'completed' || found === 'refused',
        { within: 90_000, every: 300 },
      );
      const jobs = status === 'completed' ? [] : await openJobs(stage.clients.compliance, 'export');
      const objects = [...(await readFiles(stage.clients.exports, `exports/${uid}/${id}/`)).keys()];
      const archive = objects.find((name) => name.endsWith('.zip'));
      say('listing the archive');
      const entries: Entries =
        archive === undefined ? new Map() : await readZip((await stage.clients.exports.file(archive).download())[0]);
      return {
        rows: rowsOf({
          who,
          documents: [...allDocuments(stage.world), ...stage.loaded.customers, requestRow(request.path)],
          told,
          records: recordsFor(stage.policy, { export: 'portability' }),
          status: jobs.length === 0 ? status : `${String(status)}; ${jobs.map(standing).join('; ')}`,
          objects,
          entries,
        }),
      };
    } finally {
      await app.close();
    }
  },
};
