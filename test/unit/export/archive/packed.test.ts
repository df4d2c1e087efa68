import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { lostFiles } from '../../../../functions/src/export/archive/lostFiles.ts';
import type { Manifest } from '../../../../functions/src/export/archive/manifest.ts';
import type { Row } from '../../../../functions/src/systems/system.ts';
import { unzip } from '../helpers.ts';
import { exported, list } from '../sample.ts';

/** A file with a label that says it is packed, in pieces of some length. */
const labelled = (name: string, bytes: Buffer, piece = 1): Row => ({
  path: `users/u1/${name}`,
  data: { contentEncoding: 'gzip' },
  content: {
    stream: () => Readable.from(piecesOf(bytes, piece)),
    size: bytes.length,
    contentType: 'text/plain',
    encoding: 'gzip',
  },
});
function* piecesOf(bytes: Buffer, piece: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

const text = Buffer.from('bonjour');
const gzip = gzipSync(text);
const inputs: [string, Buffer, string][] = [
  ['what the label says', gzip, 'a.txt.gz'],
  ['plain text', text, 'a.txt'],
  ['nothing', Buffer.alloc(0), 'a.txt'],
  ['two bytes of a packed file', gzip.subarray(0, 2), 'a.txt'],
  ['a packed file that breaks off', gzip.subarray(0, 12), 'a.txt.gz'],
  ['a packed file that was packed again', gzipSync(gzip), 'a.txt.gz'],
  ['two packed files, one behind the other', Buffer.concat([gzip, gzip]), 'a.txt.gz'],
  ['a packed file with something behind it', Buffer.concat([gzip, text]), 'a.txt.gz'],
  ['a bomb', gzipSync(Buffer.alloc(1 << 26)), 'a.txt.gz'],
];

describe('a file with a label that says gzip', () => {
  describe.each([false, true])('(tolerant: %s)', (tolerant) => {
    it.each(inputs)('is in the archive as it is stored: %s', async (_, bytes, name) => {
      for (const piece of [1, 2, 1 << 20].filter((size) => bytes.length / size < 10_000)) {
        const { zip, manifest, lost } = await exported(
          { files: () => list([labelled('a.txt', bytes, piece)]) },
          { tolerant },
        );
        const entries = await unzip(zip);
        expect(entries.get(`files/${name}`)?.equals(bytes)).toBe(true);
        expect(JSON.parse(String(entries.get('data/files.json')))).toMatchObject([
          { data: { contentEncoding: 'gzip' }, file: `files/${name}` },
        ]);
        expect([lost, manifest.missing.length]).toEqual([[], 1]);
      }
    });
  });

  it('does not take the name of another one', async () => {
    const files = () => list([labelled('a.gz', gzip), labelled('a', gzip), labelled('a.gz.gz', text)]);
    const names = [...(await unzip((await exported({ files })).zip)).keys()].filter((name) =>
      name.startsWith('files/'),
    );
    expect(names).toEqual(['files/a.gz.gz', 'files/a.gz', 'files/a.gz (2).gz']);
  });
});

describe('files that cannot be read', () => {
  const broken = (name: string): Row => ({
    path: `users/u1/${name}`,
    data: {},
    content: {
      stream: () =>
        Readable.from(
          (function* () {
            yield text;
            throw new Error('gone');
          })(),
        ),
      contentType: 'text/plain',
    },
  });
  const files = () => list([labelled('whole', text), broken('photo é.jpg'), broken('x\ny')]);
  const named = { source: 'files', why: 'failed', files: ['users/u1/photo é.jpg', 'users/u1/x\ny'] };

  it('are each named in the manifest, the README and the page, and nothing else is', async () => {
    const { zip, manifest, lost } = await exported({ files }, { tolerant: true });
    expect(lost).toEqual(['files']);
    expect(manifest.missing.slice(1)).toMatchObject([named]);
    const entries = await unzip(zip);
    for (const name of ['README.txt', 'LISEZMOI.txt'])
      expect(String(entries.get(name))).toContain('    - users/u1/photo é.jpg\r\n    - users/u1/x y\r\n');
    expect(String(entries.get('report.html'))).toContain('<bdi>users/u1/photo é.jpg</bdi>');
  });

  it('of hundreds the first are named for people, and all in the manifest', async () => {
    const many = () => list(Array.from({ length: 150 }, (_, n) => broken(`f${n}`)));
    const { zip, manifest } = await exported({ files: many }, { tolerant: true });
    expect(manifest.missing.at(-1)?.files).toHaveLength(150);
    expect(String((await unzip(zip)).get('README.txt'))).toContain('    - and 50 more, which manifest.json names\r\n');
  });

  it('are named to the officer out of all parts, of which little is downloaded', async () => {
    const first = await exported(
      { files, sessions: () => list([{ path: 's', data: { n: 'x'.repeat(3e6) } }]) },
      { tolerant: true },
    );
    const second = await exported(
      { files: () => list([broken('z')]) },
      { tolerant: true, part: 2, lostBefore: ['files', 'sessions'] },
    );
    const objects = new Map([first, second].map(({ zip }, n) => [`p/${n}.zip`, zip]));
    let [read, calls] = [0, 0];
    const store = {
      readRange: (name: string, start: number, end: number) => {
        const bytes = objects.get(name)?.subarray(start, end) ?? Buffer.alloc(0);
        [read, calls] = [read + bytes.length, calls + 1];
        return Readable.from([bytes]);
      },
    };
    const parts = [...objects].map(([name, zip]) => ({ object: name.slice(2), bytes: zip.length, sha256: '' }));
    expect(await lostFiles(store, 'p/', parts)).toEqual([{ source: 'files', files: [...named.files, 'users/u1/z'] }]);
    expect(calls).toBeLessThan(10);
    expect(read).toBeLessThan(200_000);
    objects.delete('p/1.zip');
    expect(await lostFiles(store, 'p/', parts)).toBeNull();
  });

  it('an archive that lacks nothing names none', async () => {
    const { zip, manifest }: { zip: Buffer; manifest: Manifest } = await exported({
      files: () => list([labelled('a', gzip)]),
    });
    expect(manifest.missing.map((one) => one.files)).toEqual([undefined]);
    const store = { readRange: (_: string, start: number, end: number) => Readable.from([zip.subarray(start, end)]) };
    expect(await lostFiles(store, '', [{ object: 'x', bytes: zip.length, sha256: '' }])).toEqual([]);
  });
});
