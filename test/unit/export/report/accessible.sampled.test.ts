import axe from 'axe-core';
import { JSDOM } from 'jsdom';
import { describe, expect, it } from 'vitest';
import { Timestamp } from 'firebase-admin/firestore';
import { termsOf } from '../../../../functions/src/consent/terms.ts';
import type { Product } from '../../../../functions/src/requests/request.ts';
import { planExport } from '../../../../functions/src/export/plan.ts';
import { report, type Preview } from '../../../../functions/src/export/report/report.ts';
import { shortRow } from '../../../../functions/src/export/report/rows.ts';
import { exportRow } from '../../../../functions/src/export/archive/rows.ts';
import { emptyHead } from '../../../../functions/src/ledger/chain.ts';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { receiptOf } from '../../../../functions/src/proof/receipt/receipt.ts';
import { receiptPage } from '../../../../functions/src/proof/receipt/page.ts';
import { askPage } from '../../../../functions/src/rights/ways/linkPage.ts';
import { answer, at, CHAIN, chainOf } from '../../proof/helpers.ts';
import { hostile, NOW } from '../sample.ts';
import { AMIKEO_VERSION } from '../../../kit/amikeo.ts';
import { ofTheDay } from '../../../kit/depth.ts';

/** WCAG 2.2 AA, and axe's own best practice. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * Checks that need a layout or colours: jsdom has neither, and axe says so (`incomplete`) or skips
 * them. The colours are computed below; reflow is tested in a browser.
 */
const NEEDS_A_BROWSER = ['color-contrast', 'target-size'];
/** Of a page in jsdom axe cannot say these; they are looked at by themselves. */
const NOT_SAID = ['landmark-one-main', 'page-has-heading-one'];

async function audit(page: string): Promise<axe.AxeResults> {
  const { window } = new JSDOM(page, { runScripts: 'outside-only', url: 'https://example.com/report.html' });
  try {
    window.eval(axe.source);
    const loaded = (window as unknown as { axe: typeof axe }).axe;
    return await loaded.run(window.document, {
      runOnly: { type: 'tag', values: TAGS },
      rules: Object.fromEntries(NEEDS_A_BROWSER.map((id) => [id, { enabled: false }])),
    });
  } finally {
    window.close();
  }
}

const told = (found: readonly axe.Result[]): string[] => found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);

async function expectNone(page: string): Promise<void> {
  const { violations, incomplete, passes } = await audit(page);
  expect(told(violations)).toEqual([]);
  expect(told(incomplete.filter(({ id }) => !NOT_SAID.includes(id)))).toEqual([]);
  const { document } = new JSDOM(page).window;
  for (const one of ['main', 'h1', 'title']) expect([one, document.querySelectorAll(one).length]).toEqual([one, 1]);
  // It has looked.
  const seen = passes.map(({ id }) => id);
  for (const id of ['document-title', 'html-has-lang', 'heading-order', 'region', 'link-name', 'list'])
    expect(seen).toContain(id);
}

const poison = [
  '"><img src=x onerror=x>',
  '</dl><h1>x</h1>',
  '\u202egnp.exe',
  'שלום',
  '',
  'x'.repeat(5000),
  'id=rights',
];
const rowsOf = (record: string) => [
  shortRow(
    exportRow(
      {
        path: `x/${record}`,
        data: {
          ...Object.fromEntries(poison.map((text, n) => [text, n % 2 === 0 ? text : { [text]: [text, { text }] }])),
          at: Timestamp.fromMillis(NOW),
          list: ['a', ['b'], {}, []],
          yes: true,
          nothing: null,
        },
      },
      `files/${poison[0] ?? ''}/${hostile.at(-1) ?? ''}`,
    ),
  ),
  shortRow(exportRow({ path: 'y', data: {} })),
];

function reportFor(product: Product, language: 'en' | 'fr', part = { number: 1, last: true }): string {
  const { records } = planExport(amikeo, product);
  const previews = records.map(({ id, record }, n): Preview => {
    const rows = n === 1 || n === 3 ? rowsOf(id) : [];
    const { name, system, path } = record;
    const entry = {
      record: id,
      name,
      system,
      path,
      count: rows.length,
      json: `data/${id}.json`,
      csv: `data/${id}.csv`,
    };
    return { entry, rows };
  });
  const facts = {
    format: 'gdpr-export/1' as const,
    product,
    request: 'r1',
    createdAt: new Date(NOW).toISOString(),
    policyVersion: AMIKEO_VERSION,
    controller: amikeo.controller.name,
    part,
    records: previews.map(({ entry }) => entry),
    missing: [{ source: 'zendesk', name: poison[0] ?? '', why: 'manual' }],
  };
  return report(facts, amikeo, previews, language, part.number === 1);
}

function receiptFor(language: 'en' | 'fr', answered: boolean): string {
  const terms = termsOf(amikeo, 'messages', { policyVersion: '2025-06-15', locale: language });
  const stored = answered
    ? chainOf([
        answer('given', at('2026-02-01T10:00:00Z'), { ...terms, source: 'app' }),
        answer('withdrawn', at('2026-03-01T10:00:00Z'), { purpose: 'analytics', actor: 'holder', holder: 'v1_parent' }),
        answer('given', at('2026-03-01T10:00:00Z'), { purpose: poison[0] ?? '' }),
      ])
    : { chain: CHAIN, head: emptyHead(CHAIN), entries: [] };
  const history = { chains: [stored], entries: stored.entries, problems: [] };
  return receiptPage(amikeo, receiptOf({ policy: amikeo, history, issuedAt: NOW, receiptId: 'r1', language }));
}

describe.each(ofTheDay(2, ['en', 'fr'] as const))('WCAG 2.2 AA, as axe checks it, in %s', (language) => {
  it.each(['access', 'portability'] as const)(
    'the page of an %s, with any text of people',
    { timeout: 120_000 },
    async (product) => expectNone(reportFor(product, language)),
  );

  it('the page of one of many parts', { timeout: 120_000 }, async () =>
    expectNone(reportFor('portability', language, { number: 2, last: false })),
  );

  it('the page of a one-time link', { timeout: 120_000 }, async () =>
    expect((await audit(askPage(amikeo, { asks: 'marketing', language }))).violations).toEqual([]),
  );

  it.each([true, false])('the consent receipt (answered: %s)', { timeout: 120_000 }, async (answered) =>
    expectNone(receiptFor(language, answered)),
  );
});

/** Relative luminance of `#rgb` or `#rrggbb` (WCAG 2.2). */
function luminance(color: string): number {
  const hex = color.slice(1);
  const parts = hex.length === 3 ? (hex.match(/./g) ?? []).map((c) => c + c) : (hex.match(/../g) ?? []);
  const [r = 0, g = 0, b = 0] = parts.map((part) => {
    const c = parseInt(part, 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

describe.each([
  ['report.html', reportFor('access', 'en')],
  ['the consent receipt', receiptFor('fr', true)],
  ['the page of a link', askPage(amikeo, { asks: 'marketing', language: 'fr' })],
])('the style of %s', (_, page) => {
  const style = /<style>([^]*)<\/style>/.exec(page)?.[1] ?? '';
  const rules = [...style.matchAll(/([^{}]+)\{([^}]*)\}/g)].map(([, selector = '', body = '']) => ({
    selector: selector.trim(),
    values: new Map(
      body.split(';').map((one) => {
        const [name = '', value = ''] = one.split(':');
        return [name.trim(), value.trim()] as const;
      }),
    ),
  }));
  const body = rules.find(({ selector }) => selector === 'body')?.values;
  const background = body?.get('background') ?? '';

  it('the formula is WCAG’s', () => {
    expect(contrast('#000', '#fff')).toBeCloseTo(21, 5);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  });

  it('1.4.3, 1.4.11: text has a contrast of 4.5 at least, also on buttons, lines and focus of 3; no other background', () => {
    expect(background).toMatch(/^#[0-9a-f]{3,6}$/);
    const texts = rules.flatMap(({ values }) => values.get('color') ?? []);
    expect(texts.length).toBeGreaterThan(1);
    for (const { values } of rules) {
      const color = values.get('color');
      const behind = values.get('background') ?? background;
      if (color !== undefined) expect([color, contrast(color, behind) >= 4.5]).toEqual([color, true]);
    }
    const lines = rules.flatMap(({ values }) =>
      [...values].flatMap(([name, value]) => (/border|outline/.test(name) ? (value.match(/#[0-9a-f]+/g) ?? []) : [])),
    );
    expect(lines.length).toBeGreaterThan(1);
    for (const color of lines) expect([color, contrast(color, background) >= 3]).toEqual([color, true]);
    const filled = rules.filter(({ values }) => values.has('background')).map(({ selector }) => selector);
    expect(filled).toEqual(['body', 'button']);
    // Every colour is one that was looked at, and nothing is coloured elsewhere.
    expect(new Set(style.match(/#[0-9a-f]{3,6}\b/g))).toEqual(new Set([background, ...texts, ...lines]));
    expect(page.replace(style, '')).not.toMatch(/\sstyle=|<font|color=/);
  });

  it('large type: 18 pixels at least, everywhere, and no fixed size', () => {
    const rem = /^([\d.]+)rem\//.exec(body?.get('font') ?? '')?.[1];
    expect(Number(rem) * 16).toBeGreaterThanOrEqual(18);
    expect(rules.filter(({ values }) => values.has('font-size')).map(({ selector }) => selector)).toEqual([]);
    expect(style).not.toMatch(/\dpx\/|font: [\d.]+px/);
  });

  it('1.4.10: long words are broken; nothing has a width that 320 pixels have no room for', () => {
    expect(body?.get('overflow-wrap')).toBe('anywhere');
    for (const { selector, values } of rules)
      expect([selector, values.get('width'), values.get('min-width'), values.get('white-space')]).not.toContain(
        'nowrap',
      );
    expect(rules.filter(({ values }) => values.has('width') || values.has('min-width'))).toEqual([]);
    expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1" />');
  });
});

describe('report.html', () => {
  const { document } = new JSDOM(reportFor('access', 'fr')).window;

  it('2.4.1: the first thing is a link past the list of contents, to the content', () => {
    const first = document.querySelector('a');
    expect([first?.className, first?.textContent, first?.getAttribute('href')]).toEqual([
      'skip',
      'Aller au contenu',
      '#main',
    ]);
    expect(document.querySelector('#main')?.localName).toBe('main');
    expect([...document.body.children].map(({ localName }) => localName)).toEqual(['a', 'header', 'nav', 'main']);
  });

  it('people’s own texts have a direction of their own', () => {
    const values = [...document.querySelectorAll('dd, dd li')];
    expect(values.length).toBeGreaterThan(20);
    expect(values.filter((value) => value.getAttribute('dir') !== 'auto').map(({ outerHTML }) => outerHTML)).toEqual(
      [],
    );
    expect(document.querySelectorAll('a bdi').length).toBeGreaterThan(1);
  });
});
