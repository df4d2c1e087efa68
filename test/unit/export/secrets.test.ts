import fc from 'fast-check';
import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { withoutKeys, withoutSecrets } from '../../../functions/src/export/secrets.ts';
import { unzip } from './helpers.ts';
import { exported, list } from './sample.ts';

const KEY = '3f1c9f0e-4d0b-4a63-9d4e-key-without-end';
const link = (more = ''): string =>
  `https://firebasestorage.googleapis.com/v0/b/app.appspot.com/o/users%2Fu1%2Fa.jpg?alt=media&token=${KEY}${more}`;

describe('keys in rows', () => {
  it('go with their field, at any depth, and where they were is said; the rest stays', () => {
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

  it('are nothing else: an ordinary text and an ordinary link stay as they are', () => {
    for (const text of [
      'https://example.com/?token=1&alt=media',
      'token=1',
      'my signature = X',
      link().replace(/&token=.*/, ''),
    ])
      expect(withoutKeys(text)).toBe(text);
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(withoutKeys(text)).toBe(text);
      }),
    );
  });

  it.each(['/v0/b/x/o/', '&token=', '?sig=&', '/v0/b/x/o/?token=a&sig='])(
    'are looked for in no time, in a megabyte of %s',
    (piece) => {
      const text = piece.repeat(1e6 / piece.length);
      const began = performance.now();
      withoutKeys(text);
      expect(performance.now() - began).toBeLessThan(2000);
    },
  );

  it('in no file of an archive, whatever system the row is of', async () => {
    const { zip } = await exported(
      {
        profile: () => list([{ path: 'users/u1', data: { photoURL: link(), deep: [{ invoice_pdf: KEY }] } }]),
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
