import fc from 'fast-check';
import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { planExport } from '../../../../functions/src/export/plan.ts';
import { report, type Preview } from '../../../../functions/src/export/report/report.ts';
import { ROWS_SHOWN, shortRow } from '../../../../functions/src/export/report/rows.ts';
import { exportRow } from '../../../../functions/src/export/archive/rows.ts';
import { rightsOf } from '../../../../functions/src/export/report/rights.ts';
import { escapeHtml } from '../../../../functions/src/platform/html.ts';
import { unzip } from '../helpers.ts';
import { exported, file, list, NOW, rows } from '../sample.ts';
import { times } from '../../../kit/depth.ts';
import { AMIKEO_VERSION } from '../../../kit/amikeo.ts';

const facts = (product: 'access' | 'portability') => ({
  format: 'gdpr-export/1' as const,
  product,
  request: 'r1',
  createdAt: new Date(NOW).toISOString(),
  policyVersion: AMIKEO_VERSION,
  controller: amikeo.controller.name,
  part: { number: 1, last: true },
  records: [],
  missing: [{ source: 'zendesk', name: 'Zendesk', why: 'manual' }],
});
const previews = (shown: Preview['rows'] = []): Preview[] =>
  planExport(amikeo, 'access').records.map(({ id, record }) => ({
    entry: {
      record: id,
      name: record.name,
      system: record.system,
      path: record.path,
      count: shown.length,
      json: `data/${id}.json`,
      csv: `data/${id}.csv`,
    },
    rows: shown,
  }));

const tagsOf = (page: string): string[] => page.match(/<[^>]*>/g) ?? [];
const attribute = (page: string, name: string): string[] =>
  [...page.matchAll(new RegExp(` ${name}="([^"]*)"`, 'g'))].map(([, value = '']) => value);

describe('the page that a person reads', () => {
  it.each(['en', 'fr'] as const)(
    'in %s: every part in the language, headings in order, every link leads somewhere',
    (language) => {
      const page = report(facts('access'), amikeo, previews(), language);
      expect(page).toContain(`<html lang="${language}">`);
      expect(page).toContain('Content-Security-Policy');
      const levels = [...page.matchAll(/<h(\d)/g)].map(([, level]) => Number(level));
      expect(levels.filter((level) => level === 1)).toHaveLength(1);
      expect(levels[0]).toBe(1);
      levels.slice(1).forEach((level, i) => expect(level - (levels[i] ?? 0)).toBeLessThanOrEqual(1));
      expect(page).not.toMatch(/<script|undefined|\[object|NaN|`/);
      const ids = attribute(page, 'id');
      expect(new Set(ids).size).toBe(ids.length);
      for (const target of attribute(page, 'href').filter((one) => one.startsWith('#')))
        expect(ids).toContain(target.slice(1));
      // Art. 15(1): purposes, recipients with countries and safeguards, periods, rights, the
      // authority, automated decisions.
      const said = {
        en: [
          'Why do we use your data?',
          'Germany',
          'EU-U.S. Data Privacy Framework',
          '13 months after',
          'No computer alone',
          'CNIL',
          'Zendesk: We ask them for you',
          'You can leave out: First name, Last name',
          'For this, the company decides by itself: stopping fraud',
          'How long your data stay there: 14 months at most',
          'We are still checking this with the company.',
          '1 March 2026',
          'How do we protect your data?',
          'Data are encrypted on their way',
        ],
        fr: [
          'Pourquoi utilisons-nous vos données\u00a0?',
          'Allemagne',
          'clauses contractuelles types',
          '13 mois après',
          'Aucun ordinateur',
          'CNIL',
          'Zendesk\u00a0: Nous leur demandons',
          'Vous pouvez laisser de côté\u00a0: Prénom, Nom',
          'l’entreprise décide elle-même\u00a0: la lutte',
          'Combien de temps vos données y restent\u00a0: 14 mois au plus',
          'Nous le vérifions encore avec l’entreprise.',
          '1 mars 2026',
          'Comment protégeons-nous vos données\u00a0?',
          'Les données sont chiffrées pendant leur trajet',
        ],
      }[language];
      for (const words of said) expect(page).toContain(words);
      expect(report(facts('portability'), amikeo, previews(), language)).not.toContain(said[0]);
    },
  );

  it('any value of a row stays a text, and a link stays in the archive', () => {
    const poison = fc.oneof(
      fc.constantFrom(
        '<script>x</script>',
        '"><img src=x onerror=x>',
        "' onload='x",
        '</dl><b>',
        '&lt;i&gt;',
        '../../x',
        'javascript:alert(1)',
        '//evil.example',
        '#?%2e%2e/',
      ),
      fc.string({ unit: 'binary' }),
    );
    const allowed =
      /^<\/?(!doctype|html|head|meta|title|style|body|header|main|nav|section|h[123]|p|ul|li|a|bdi|time|dl|dt|dd)\b[^<>]*>$/;
    fc.assert(
      fc.property(poison, poison, poison, fc.jsonValue(), (a, b, c, json) => {
        const row = shortRow({ path: a, data: { [b]: a, other: { [a]: c }, json: json as never }, file: `files/${c}` });
        const page = report(facts('access'), amikeo, previews([row]), 'en');
        expect(tagsOf(page).filter((tag) => !allowed.test(tag))).toEqual([]);
        expect(tagsOf(page).filter((tag) => /\s(on\w+|src|style)\s*=/i.test(tag))).toEqual([]);
        for (const link of attribute(page, 'href')) expect(link).toMatch(/^(\.\/|#|https:\/\/www\.cnil\.fr)/);
      }),
      { numRuns: times(30, 100) },
    );
  });

  it('says values as people read them: lists and maps as such, times within them, a text that looks like a time as it is', () => {
    const at = Timestamp.fromMillis(NOW);
    const row = exportRow({
      path: 'x',
      data: { '/at~': at, list: [at, { when: at, deep: [] }], note: '2026-03-01', no: false },
    });
    const page = report(facts('portability'), amikeo, previews([shortRow(row)]).slice(0, 1), 'en');
    expect(page.match(/<time datetime="2026-03-01T09:00:00.000Z">1 March 2026 at 10:00<\/time>/g)).toHaveLength(3);
    for (const shown of [
      '<dt>when</dt>',
      '<dd dir="auto">nothing</dd>',
      '<dd dir="auto">2026-03-01</dd>',
      '<dd dir="auto">no</dd>',
    ])
      expect(page).toContain(shown);
    expect(page).toContain('Times on this page are those of Europe/Paris.');
  });

  it.each(['en', 'fr'] as const)(
    'Art. 12(1), 15(1)(e) and (f), in %s: says each right, how to use it, its time, and the address for complaints',
    (language) => {
      for (const product of ['access', 'portability'] as const) {
        // No line begins with a question mark in French.
        const page = report(facts(product), amikeo, [], language).replaceAll('\u00a0', ' ');
        for (const { easy } of rightsOf(amikeo))
          for (const text of [easy.name, easy.what, easy.how])
            expect(page).toContain(escapeHtml(text[language] ?? '?'));
        const said = {
          en: ['We answer within 1 month.', 'It costs nothing.', 'contact@auticiel.com'],
          fr: ['Nous répondons en 1 mois au plus.', 'Cela ne coûte rien.', 'contact@auticiel.com'],
        }[language];
        for (const text of [...said, '3 place de Fontenoy', 'https://www.cnil.fr/fr/plaintes'])
          expect(page).toContain(text);
      }
    },
  );

  it('is in the archive, shows the first rows and no more, and leads to tables and files that are there', async () => {
    const many = Array.from({ length: ROWS_SHOWN + 5 }, (_, n) => ({
      path: `users/u1/sessions/${n}`,
      data: { n, long: 'x'.repeat(5000), map: { deep: 'y'.repeat(5000) } },
    }));
    const files = [file('users/u1/photos/a b#?é%.png', 'x'), file('users/u1/photos/../x', 'y')];
    const { zip } = await exported(
      { ...rows, sessions: () => list(many), files: () => list(files) },
      { language: 'fr' },
    );
    const entries = await unzip(zip);
    const page = String(entries.get('report.html'));
    expect(page).toContain('<html lang="fr">');
    // A time as people say it, in Paris; exact for programs.
    expect(page).toContain('<time datetime="2026-03-01T09:00:00.000Z">1 mars 2026 à 10:00</time>');
    expect(page.match(/<h3>Élément \d+<\/h3>/g)).toHaveLength(1 + ROWS_SHOWN + 2);
    expect(page.length).toBeLessThan(60_000);
    for (const shown of [
      '<dt>firstName</dt>',
      '<dd dir="auto">=HYPERLINK(&quot;http://x&quot;)</dd>',
      '<dt>n</dt>',
      '<dd dir="auto">7</dd>',
    ])
      expect(page).toContain(shown);
    const links = attribute(page, 'href').filter((one) => one.startsWith('./'));
    expect(links).toHaveLength(3 + files.length);
    for (const link of links) expect([link, entries.has(decodeURIComponent(link.slice(2)))]).toEqual([link, true]);
  });
});

it('an integer that JSON numbers would round is shown in full', async () => {
  const data = { views: 2n ** 63n - 1n, deep: { below: -(2n ** 63n) } };
  const { zip } = await exported({ profile: () => list([{ path: 'users/u1', data }]) });
  const page = String((await unzip(zip)).get('report.html'));
  expect(page).toContain('9223372036854775807');
  expect(page).toContain('-9223372036854775808');
});
