import fc from 'fast-check';
import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { pathWithoutKeys, withoutKeys, withoutSecrets } from '../../../../functions/src/export/archive/secrets.ts';
import { testContext } from '../../requests/helpers.ts';
import { unzip } from '../helpers.ts';
import { exported, list } from '../sample.ts';

const KEY = '3f1c9f0e-4d0b-4a63-9d4e-key-without-end';
const link = (more = ''): string =>
  `https://firebasestorage.googleapis.com/v0/b/app.appspot.com/o/users%2Fu1%2Fa.jpg?alt=media&token=${KEY}${more}`;

describe('keys in rows', () => {
  it('go with their field, at any depth, and their place is named; the rest stays', () => {
    const at = Timestamp.fromMillis(0);
    const row = {
      metadata: { firebaseStorageDownloadTokens: KEY, caption: 'mine', token: 'a word' },
      list: [
        { client_secret: `pi_1_secret_${KEY}`, id: 'pi_1' },
        { latest: { receipt_url: KEY, hosted_invoice_url: null } },
      ],
      at,
      none: undefined,
    };
    const { data, withheld } = withoutSecrets(row);
    expect(data).toEqual({
      metadata: { caption: 'mine', token: 'a word' },
      list: [{ id: 'pi_1' }, { latest: { hosted_invoice_url: null } }],
      at,
      none: undefined,
    });
    expect(data['at']).toBe(at);
    expect(withheld).toEqual([
      '/metadata/firebaseStorageDownloadTokens',
      '/list/0/client_secret',
      '/list/1/latest/receipt_url',
    ]);
    expect(row.metadata.firebaseStorageDownloadTokens).toBe(KEY);
  });

  it.each([
    ['a download link', link()],
    ['one in a text', `see ${link()} and "${link('&x=1')}"`],
    ['one of the emulator', link().replace('https://firebasestorage.googleapis.com', 'http://127.0.0.1:9199')],
    ['a signed URL of Google', `https://storage.googleapis.com/b/o?X-Goog-Expires=9&X-Goog-Signature=${KEY}`],
    ['an older one', `https://storage.googleapis.com/b/o?GoogleAccessId=a&Expires=9999999999&Signature=${KEY}`],
    ['one of Amazon', `https://b.s3.amazonaws.com/o?X-Amz-Signature=${KEY}&X-Amz-Security-Token=${KEY}`],
    ['one of Microsoft', `https://a.blob.core.windows.net/c/o?sv=2020&sig=${KEY}`],
  ])('in %s are masked, and the link is still known', (_, text) => {
    const kept = withoutKeys(text);
    expect(kept).not.toContain(KEY);
    expect(kept).toBe(text.replaceAll(KEY, 'withheld'));
    expect(withoutSecrets({ a: [text] })).toEqual({ data: { a: [kept] }, withheld: ['/a/0'] });
  });

  const other = 'https://cdn.example/resize?u=';
  const action = `https://a.firebaseapp.com/__/auth/action?mode=resetPassword&oobCode=${KEY}&apiKey=x`;
  it.each([
    ['HTML', `<img src="${link('&x=1').replaceAll('&', '&amp;')}">`],
    ['HTML by number', `<img src="${link('&x=1').replaceAll('&', '&#38;')}">`],
    ['HTML by hexadecimal number', `<img src='${link().replaceAll('&', '&#x26;').replaceAll('=', '&#x3D;')}'>`],
    ['HTML that was escaped twice', link('&x=1').replaceAll('&', '&amp;amp;')],
    ['HTML, signed', `https://storage.googleapis.com/b/o?X-Goog-Expires=1&amp;X-Goog-Signature=${KEY}`],
    ['JSON', JSON.stringify({ u: link('&x=1'), v: 'more' }).replaceAll('&', '\\u0026')],
    ['JSON with the other mark', JSON.stringify({ u: link() }).replaceAll('=', '\\u003d')],
    ['JSON within JSON', JSON.stringify(JSON.stringify({ u: link() }).replaceAll('&', '\\u0026'))],
    ['JSON with its slashes escaped', JSON.stringify({ u: link() }).replaceAll('/', '\\/')],
    ['another link', other + encodeURIComponent(link('&x=1'))],
    ['another link of another link', other + encodeURIComponent(other + encodeURIComponent(link('&x=1')))],
    ['another link, from HTML', other + encodeURIComponent(link('&x=1').replaceAll('&', '&amp;'))],
    ['another link, signed', `${other}${encodeURIComponent(`https://a.example/o?sv=1&sig=${KEY}`)}`],
    ['an escaped path', `https://img.example/v0%2Fb%2Fx%2Fo%2Fa?token=${KEY}`],
    ['a broken line', link().replace('&token', ' &token')],
    ['a line broken after the mark', link().replace('&token', '&\ntoken')],
    ['a link that Auth mails', action],
    ['one within another link', `https://a.page.link/?link=${encodeURIComponent(action)}`],
  ])('within %s are masked, and nothing else is', (_, text) => {
    expect(text).toContain(KEY);
    expect(withoutKeys(text)).toBe(text.replaceAll(KEY, 'withheld'));
  });

  it('with escaped quotation marks go to their end', () => {
    for (const value of [`a&#43;${KEY}`, `a\\u002B${KEY}`, `a\\/${KEY}`, `a%2F${KEY}`, `a%2B${KEY}%3D`])
      expect(withoutKeys(`https://a.example/o?sv=1&amp;sig=${value}`)).not.toContain(KEY);
  });

  it('go with the other fields that hold nothing else', () => {
    expect(withoutSecrets({ downloadTokens: KEY, a: { oobCode: KEY } })).toEqual({
      data: { a: {} },
      withheld: ['/downloadTokens', '/a/oobCode'],
    });
  });

  it('are a link to a page of Stripe, wherever an app has copied it, and however its field is written', () => {
    for (const at of [
      'https://pay.stripe.com/receipts/',
      'https://invoice.stripe.com/i/',
      'https://billing.stripe.com/p/',
    ])
      for (const text of [`${at}${KEY}?s=ap`, encodeURIComponent(`${at}${KEY}`)]) {
        expect(withoutSecrets({ last: `see ${text} of today` }).data).toEqual({
          last: expect.stringMatching(/^see .*stripe\.com(\/|%2F)withheld of today$/),
        });
      }
    expect(withoutSecrets({ receiptUrl: KEY, hostedInvoiceUrl: KEY }).data).toEqual({});
    expect(withoutKeys('https://stripe.com/docs and https://buy.stripe.com/x')).toContain('buy.stripe.com/x');
  });

  it('in paths are masked: a document can be named by a link, and another one refer to it', () => {
    const path = `users/u1/photos/${encodeURIComponent(link())}/sizes/small`;
    expect(pathWithoutKeys(path)).toBe(path.replace(KEY, 'withheld'));
    const of = testContext(0).app.doc(path);
    const { data, withheld } = withoutSecrets({ of, other: of.firestore.doc('a/b') });
    expect([(data['of'] as typeof of).path, (data['other'] as typeof of).path]).toEqual([pathWithoutKeys(path), 'a/b']);
    expect(withheld).toEqual(['/of']);
  });

  it('in names are masked as well, also in the list of masked places; no entry is lost', () => {
    const masked = link().replace(KEY, 'withheld');
    const map = { [link()]: 1, [link().replace(KEY, 'k2')]: [link()], [`${masked} (2)`]: 3, other: 4 };
    const { data, withheld } = withoutSecrets({ map });
    expect(data).toEqual({ map: { [masked]: 1, [`${masked} (3)`]: [masked], [`${masked} (2)`]: 3, other: 4 } });
    const at = `/map/${masked.replaceAll('/', '~1')}`;
    expect(withheld).toEqual([at, `${at} (3)`, `${at} (3)/0`]);
    // The name that was there already is taken, also if it comes first.
    expect(Object.values(withoutSecrets({ [masked]: 1, [link()]: 2 }).data)).toEqual([1, 2]);
  });

  it('are nothing else: an ordinary text and an ordinary link stay as they are', () => {
    for (const text of [
      'https://example.com/?token=1&alt=media',
      'token=1',
      'my signature = X',
      'Is that so? Signature=Ada & sig=none',
      '<p>a &amp; b; token=1</p>',
      link().replace(/&token=.*/, ''),
    ])
      expect(withoutKeys(text)).toBe(text);
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(withoutKeys(text)).toBe(text);
      }),
    );
  });

  it.each([
    '/v0/b/x/o/',
    '&token=',
    '?sig=&',
    '/v0/b/x/o/?token=a&sig=',
    '/v0/b/',
    '%25',
    '\\',
    '&amp;',
    '%26amp%3B',
    '/v0/b/x/o/&amp;token=&#43;%25%252',
    '&#0',
  ])('are looked for in no time, in a megabyte of %s', (piece) => {
    const text = piece.repeat(1e6 / piece.length);
    const began = performance.now();
    withoutKeys(text);
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('in no file of an archive, for a row of any system', async () => {
    const { zip } = await exported(
      {
        profile: () =>
          list([
            { path: `users/${encodeURIComponent(link())}`, data: { photoURL: link(), deep: [{ invoice_pdf: KEY }] } },
          ]),
        files: () =>
          list([{ path: 'users/u1/a', data: { metadata: { firebaseStorageDownloadTokens: KEY, own: 'x' } } }]),
      },
      { product: 'access' },
    );
    const entries = await unzip(zip);
    for (const [name, bytes] of entries) expect([name, bytes.includes(KEY)]).toEqual([name, false]);
    expect(JSON.parse(String(entries.get('data/files.json')))).toEqual([
      {
        path: 'users/u1/a',
        data: { metadata: { own: 'x' } },
        withheld: ['/metadata/firebaseStorageDownloadTokens'],
      },
    ]);
  });
});
