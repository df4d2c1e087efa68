import { describe, expect, it } from 'vitest';
import { rowsOf as deletionRows, type Seen as Deleted } from '../../../demo/flows/deletion.ts';
import { expectedRows } from '../../../demo/flows/portability.ts';
import { rowsOf as retentionRows, type Seen as Swept } from '../../../demo/flows/retention.ts';
import { allDocuments, documentsOf, generateWorld, personWith } from '../../../fixtures/index.ts';
import { recordsFor } from '../../../functions/src/policy/lookup.ts';
import { amikeo as policy } from '../../../functions/policies/amikeo/index.ts';

const world = generateWorld({ seed: 3, count: 28, now: new Date('2026-05-05T05:05:05Z') });
const documents = allDocuments(world);
const failed = (rows: readonly { what: string; ok: boolean }[]) => rows.filter((row) => !row.ok).map((row) => row.what);

describe('retention: results that the table accepts', () => {
  const before = new Map(documents.map((row) => [row.path, 'print']));
  const expired = documents.filter((row) => row.expired);
  const after = new Map([...before].filter(([path]) => !expired.some((row) => row.path === path)));
  const run = { status: 'finished', records: { all: { deleted: expired.length } } } as unknown as Swept['run'];
  const asked = { expected: ['a', 'b'], marked: ['b', 'a'] };
  const perfect: Swept = { documents, written: [], before, after, run, asked };
  const decoy = documents.find((row) => row.place === 'decoy')?.path ?? '';

  it('exactly the documents within their period', () => {
    expect(failed(retentionRows(perfect))).toEqual([]);
  });

  it.each<[string, Partial<Swept>]>([
    ['an expired row is left', { after: new Map([...after, [expired[0]?.path ?? '', 'print']]) }],
    ['a decoy is gone', { after: new Map([...after].filter(([path]) => path !== decoy)) }],
    [
      'a kept row was changed',
      { after: new Map([...after].map(([path]) => [path, path === decoy ? 'other' : 'print'])) },
    ],
    ['something was added', { after: new Map([...after, ['users/x', 'print']]) }],
    ['the run did not finish', { run: undefined }],
    ['a consent was not asked again', { asked: { expected: ['a', 'b'], marked: ['a'] } }],
    ['not everything had been loaded', { before: new Map([...before].slice(1)) }],
  ])('not if %s', (_, seen) => {
    expect(failed(retentionRows({ ...perfect, ...seen }))).not.toEqual([]);
  });
});

describe('erasure: results that the table accepts', () => {
  const same = new Map([['a', '1']]);
  const others = { documents: same, files: same, accounts: same, stripe: same, brevo: same };
  const nothing = {
    documents: [],
    logLines: { there: 2, telling: 0 },
    files: [],
    account: false,
    brevo: false,
    sent: 0,
  };
  const perfect: Deleted = {
    before: {
      documents: ['users/u'],
      logLines: { there: 2, telling: 2 },
      files: ['users/u/f'],
      account: true,
      brevo: true,
      sent: 3,
      stripe: { deleted: false, subscriptions: { s: 'active' }, invoices: ['i'] },
    },
    after: { ...nothing, stripe: { deleted: true, subscriptions: { s: 'canceled' }, invoices: ['i'] } },
    othersBefore: others,
    othersAfter: others,
    job: {
      id: 'j',
      kind: 'erasure',
      status: 'completed',
      steps: { r: { state: 'done', attempts: 1, outcomes: [{ recipient: 'heroku', outcome: 'manual', count: 0 }] } },
    },
    manual: ['heroku'],
    ledgerClosed: true,
    tombstone: true,
    certificate: {
      ...{ verifies: true, states: 3, namesPerson: false, pages: ['en', 'fr'] },
      words: { heroku: `confirmed, SHA-256 ${'f'.repeat(12)}…`, zendesk: 'confirmed', newRelic: 'unconfirmed' },
    },
    asked: {
      ...{ tasks: 4, closed: 4 },
      ...{ companies: ['heroku', 'zendesk', 'newRelic'], known: ['uid', 'email'] },
      ...{ proof: 'f'.repeat(64), excuse: 'notAController' },
    },
    sheets: 0,
    told: { expected: 'deleted here', found: 'deleted here' },
  };

  it('nothing of the person, everything of the others', () => {
    expect(failed(deletionRows(perfect))).toEqual([]);
  });

  it('no e-mail, if the policy sends none: that is said', () => {
    const rows = deletionRows({ ...perfect, told: undefined });
    expect(failed(rows)).toEqual([]);
    expect(rows.filter(({ actual }) => actual.startsWith('skipped')).map(({ what }) => what)).toEqual([
      'The last e-mail to the person',
    ]);
  });

  it.each<[string, Partial<Deleted>]>([
    ['a document is left', { after: { ...perfect.after, documents: ['users/u'] } }],
    ['a log line still says whose it is', { after: { ...perfect.after, logLines: { there: 2, telling: 1 } } }],
    ['a log line is gone before its time', { after: { ...perfect.after, logLines: { there: 1, telling: 0 } } }],
    ['a file is left', { after: { ...perfect.after, files: ['users/u/f'] } }],
    ['the account is there', { after: { ...perfect.after, account: true } }],
    ['Stripe still has the customer', { after: { ...perfect.after, stripe: perfect.before.stripe } }],
    [
      'the invoices are gone',
      { after: { ...nothing, stripe: { deleted: true, subscriptions: { s: 'canceled' }, invoices: [] } } },
    ],
    ['Brevo has the contact', { after: { ...perfect.after, brevo: true } }],
    ['Brevo still knows what it sent', { after: { ...perfect.after, sent: 1 } }],
    ['a recipient was forgotten', { manual: ['heroku', 'zendesk'] }],
    ['another document changed', { othersAfter: { ...others, documents: new Map([['a', '2']]) } }],
    ['another customer changed', { othersAfter: { ...others, stripe: new Map() } }],
    ['the job did not finish', { job: undefined }],
    ['the ledger is open', { ledgerClosed: false }],
    ['the certificate names the person', { certificate: { ...perfect.certificate, namesPerson: true } }],
    ['the certificate does not verify', { certificate: { ...perfect.certificate, verifies: false } }],
    ['the erasure waited for no officer', { asked: undefined }],
    ['a task is open', { asked: perfect.asked && { ...perfect.asked, closed: 3 } }],
    [
      'the certificate keeps no proof of an answer',
      { certificate: { ...perfect.certificate, words: { ...perfect.certificate.words, heroku: 'confirmed' } } },
    ],
    [
      'the certificate says that a company confirmed which did not',
      { certificate: { ...perfect.certificate, words: { ...perfect.certificate.words, newRelic: 'confirmed' } } },
    ],
    [
      'a company was not noted',
      { certificate: { ...perfect.certificate, words: { ...perfect.certificate.words, zendesk: 'unconfirmed' } } },
    ],
    ['a sheet is left', { sheets: 1 }],
    ['the last e-mail is another one', { told: { expected: 'deleted here', found: 'we are deleting' } }],
    ['the certificate has no page in French', { certificate: { ...perfect.certificate, pages: ['en'] } }],
  ])('not if %s', (_, seen) => {
    expect(failed(deletionRows({ ...perfect, ...seen }))).not.toEqual([]);
  });
});

describe('portability: how many rows a record must have', () => {
  const person = personWith(world.people, 'exports');
  const told = { stripe: { customer: 'c', subscriptions: ['s'], invoices: ['i', 'j'] }, emailEvents: 4 };
  const records = recordsFor(policy, { export: 'portability' });

  it('counts the rows of the person in the set, without expired ones', () => {
    const expected = (id: string) => {
      const named = records.find((record) => record.id === id);
      return named && expectedRows(named, person, documents, told);
    };
    const kept = (place: string) => documentsOf(person).filter((row) => row.place === place && !row.expired).length;
    for (const place of ['activity', 'sessions', 'usageEvents', 'contactRequests', 'installations', 'consents'])
      expect([place, expected(place)]).toEqual([place, kept(place)]);
    expect(kept('activity')).toBeGreaterThan(10);
    expect(expected('users')).toBe(1);
    expect(expected('userFiles')).toBe(person.files.length);
    expect(expected('brevoEmails')).toBe(4);
    expect(expected('stripeInvoices')).toBe(2);
  });
});
