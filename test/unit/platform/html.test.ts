import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Html, html, htmlPage } from '../../../functions/src/platform/html.ts';

/** The text that a browser reads again. */
const read = (text: string): string =>
  text.replace(
    /&(amp|lt|gt|quot|#39);/g,
    (_all, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name] ?? '',
  );

describe('HTML', () => {
  it.each([
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    [`" onmouseover='x'`, '&quot; onmouseover=&#39;x&#39;'],
    ['&lt;', '&amp;lt;'],
  ])('%s is a text', (value, escaped) => {
    expect(html`<p title="${value}">${value}</p>`.text).toBe(`<p title="${escaped}">${escaped}</p>`);
  });

  it('any value stays in its place, and is read as it was', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', ';', '#', '/', 's', '\n', '`', '=') }),
    );
    fc.assert(
      fc.property(nasty, (value) => {
        const inside = /^<a title="([^"<>']*)">([^"<>']*)<\/a>$/.exec(html`<a title="${value}">${value}</a>`.text);
        expect(inside).not.toBeNull();
        expect([read(inside?.[1] ?? ''), read(inside?.[2] ?? '')]).toEqual([value, value]);
      }),
      { numRuns: 1000 },
    );
  });

  it('HTML that it made itself is taken as it is, also in lists, and nothing is nothing', () => {
    const rows = ['a', '<b>'].map((item) => html`<li>${item}</li>`);
    const made = html`<ul>
        ${rows}
      </ul>
      |${undefined}|${3}|${new Html('<hr>')}`.text;
    expect(made.replace(/\s+/g, '')).toBe('<ul><li>a</li><li>&lt;b&gt;</li></ul>||3|<hr>');
  });

  it('a page says its language, loads nothing and runs nothing', () => {
    const page = htmlPage('fr', 'Un <titre>', html`<h1>Titre</h1>`);
    expect(page).toMatch(/^<!doctype html>\s*<html lang="fr">/);
    expect(page).toContain('<title>Un &lt;titre&gt;</title>');
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|\son\w+=/i);
  });
});
