import { describe, expect, it } from 'vitest';
import { certificateHash, type CertificateFacts } from '../../../../functions/src/erasure/certificate/certificate.ts';
import { certificateAsText, certificatePage } from '../../../../functions/src/erasure/certificate/page.ts';
import { certificate, facts, interim, sign } from './signed.sample.ts';

const sha256 = certificateHash(certificate);
const pageOf = (language: 'en' | 'fr'): string => certificatePage(certificate, sha256, language);

/** The text that a reader sees, with entities read. */
const seen = (page: string): string =>
  page
    .replace(/<head>.*<\/head>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(
      /&(amp|lt|gt|quot|#39);/g,
      (_all, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name] ?? "'",
    )
    .replace(/\s+/g, ' ');

const count = (page: string, what: RegExp): number => page.match(what)?.length ?? 0;

describe.each(['en', 'fr'] as const)('the readable certificate (%s)', (language) => {
  const page = pageOf(language);

  it('says its language, loads nothing, runs nothing', () => {
    expect(page).toMatch(new RegExp(`^<!doctype html>\\s*<html lang="${language}">`));
    expect(page).toContain(
      `http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"`,
    );
    expect(page).not.toMatch(/<script|<link|<img|<iframe|<form|\ssrc=|\son\w+=|url\(/i);
  });

  it('can be read with a screen reader: one first heading, then the second ones; tables with caption and headed rows and columns', () => {
    expect(count(page, /<h1>/g)).toBe(1);
    expect(count(page, /<h[3-6]/g)).toBe(0);
    expect(page.indexOf('<h1>')).toBeLessThan(page.indexOf('<h2>'));
    const tables = page.match(/<table[^>]*>.*?<\/table>/gs) ?? [];
    // One for each of three systems, the recipients, the copies, the proof.
    expect(tables).toHaveLength(6);
    for (const table of tables) {
      expect(table).toMatch(/<caption>\s*<strong>[^<]+<\/strong>\s*<\/caption>/);
      const columns = count(table, /<th scope="col"/g);
      const rows = count(table, /<th scope="row"/g);
      expect(columns).toBeGreaterThan(1);
      expect(rows).toBeGreaterThan(0);
      expect(count(table, /<td/g)).toBe(rows * (columns - 1));
      expect(count(table, /<th\b/g)).toBe(columns + rows);
    }
  });

  it('closes every element that it opens', () => {
    const open: string[] = [];
    for (const [tag = '', end = '', name = ''] of page
      .replace(/<style>.*<\/style>/s, '')
      .matchAll(/<(\/?)(\w+)[^>]*>/g)) {
      if (tag.endsWith('/>')) continue;
      if (end === '') open.push(name);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });

  it('takes every value as a text', () => {
    expect(page).toContain('Stripe &lt;EU&gt;');
    expect(page).not.toContain('<EU>');
  });

  it('names the file that it is made from, and its entry of every record and recipient', () => {
    const text = seen(page);
    expect(text).toContain(sha256);
    for (const { name } of certificate.records) expect(text).toContain(name[language]);
    for (const { name } of certificate.recipients) expect(text).toContain(name);
    for (const { name } of [...certificate.remains, ...certificate.kept]) expect(text).toContain(name[language]);
    for (const value of ['in_1, in_2', '4711', 'Art. 17(3)(b)', certificate.pseudonym, 'dpo@example.com', 'CNIL'])
      expect(text).toContain(value);
    expect(text).toContain(certificate.statement[language]);
    for (const value of [certificate.signature, certificate.publicKey, certificate.keyId, certificate.supersedes])
      expect(text).toContain(value);
  });

  it('says the same in the terminal as on the page', () => {
    const plain = certificateAsText(certificate, sha256, language).replace(/\s+/g, ' ');
    const parts = page.match(/<(?:h1|h2|p|li|dd|dt)>[^<]+/g) ?? [];
    expect(parts.length).toBeGreaterThan(40);
    for (const part of parts) expect(plain).toContain(seen(part.replace(/^<\w+>/, '')).trim());
  });
});

describe('the words of an outcome', () => {
  type Outcomes = CertificateFacts['records'][number]['outcomes'];
  /** The page's words for one record with these outcomes. */
  const saying = (outcomes: Outcomes, language: 'en' | 'fr' = 'en'): string => {
    const [record] = facts.records;
    if (record === undefined) throw new Error('no record');
    const only = sign({ ...facts, records: [{ ...record, outcomes }], recipients: [], remains: [], kept: [] });
    return certificateAsText(only, sha256, language).replace(/\s+/g, ' ');
  };
  const at = '2026-01-31T22:59:00.000Z';
  const ground = { article: 'Art. 17(3)(b)', text: { en: 'Accounting', fr: 'Comptabilité' } };

  it('claim no more than the outcome does', () => {
    expect(saying([{ outcome: 'done', count: 5, how: 'deleted', at }])).toContain(
      'Deleted: 5. Checked on 31 January 2026',
    );
    expect(saying([{ outcome: 'done', count: 0, at }])).toContain('Nothing was there.');
    for (const outcomes of [
      [{ outcome: 'unknown', count: 0 }],
      [{ outcome: 'pending', count: 0 }],
      [{ outcome: 'submitted', count: 1, providerId: '', finishBy: at, at }],
      [{ outcome: 'manual', count: 1, what: { en: 'Look', fr: 'Voir' }, by: at, at }],
      [{ outcome: 'retained', count: 1, ground, until: null, at }],
    ] satisfies Outcomes[]) {
      expect(saying(outcomes)).not.toMatch(/Deleted|Nothing was there|Ended: /);
      expect(saying(outcomes, 'fr')).not.toMatch(/Supprimé : |Il n'y avait rien|Terminé : /);
    }
    expect(saying([{ outcome: 'unknown', count: 0 }])).toContain('nothing is claimed');
  });

  it('say until when and why something is kept, in the controller’s time zone', () => {
    const text = saying([
      { outcome: 'retained', count: 2, ground, until: '2036-12-31T23:00:00.000Z', at, ids: ['in_1'] },
    ]);
    expect(text).toContain('Kept: 2. Until 1 January 2037 at 00:00. Art. 17(3)(b): Accounting Numbers there: in_1');
    const held = saying([{ outcome: 'retained', count: 2, ground, until: null, held: true, at }], 'fr');
    expect(held).toContain("Conservé : 2. Aucune date n'est encore fixée.");
    expect(held).toContain('Un gel juridique');
  });

  it('say of an interim certificate that it is one', () => {
    const text = certificateAsText(interim, certificateHash(interim), 'en');
    expect(text).toMatch(/^Interim certificate of erasure/);
    expect(text).toContain('Completed: not yet');
    expect(text).toContain('Last entry of the ledger: not closed yet');
    expect(certificateAsText(certificate, sha256, 'en')).toMatch(/^Certificate of erasure/);
  });
});
