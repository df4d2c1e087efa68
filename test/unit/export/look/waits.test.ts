import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../../functions/src/export/archive/manifest.ts';
import type { Row } from '../../../../functions/src/systems/system.ts';
import { EVERYTHING, policyWith, record, unzip } from '../helpers.ts';
import { exported, list, type Rows } from '../sample.ts';

const look = { en: 'Anybody writes here.', fr: 'Tout le monde écrit ici.' };
const policy = policyWith({
  profile: record('firestore', 'users/{uid}'),
  posts: record('firestore', 'posts/{id}', {
    subject: { field: 'uid', email: 'email' },
    export: { access: true, portability: true, look },
  }),
});
const post = (id: string, data: object): Row => ({ path: `posts/${id}`, data: { ...data }, at: { after: id } });
const own = post('1', { uid: 'u1', text: 'my own words' });
const other = post('2', { email: 'a@example.com', text: 'words of Bob' });
const below: Row = { path: 'posts/2/files/1', data: { text: 'more of Bob' }, undeclared: true };
const rows: Rows = {
  profile: () => list([{ path: 'users/u1', data: {} }]),
  posts: () => list([own, other, below]),
};

const textOf = (entries: Map<string, Buffer>): string => [...entries.values()].map(String).join('\n');
const manifestOf = (entries: Map<string, Buffer>): Manifest =>
  JSON.parse(String(entries.get('manifest.json'))) as Manifest;

describe('rows that an officer looks at first (Art. 15(4))', () => {
  it('are not in the archive, with the documents below them; it says how many wait, the rest is there', async () => {
    const { zip, waiting } = await exported(rows, { policy });
    const entries = await unzip(zip);
    expect(waiting).toEqual({ posts: 2 });
    expect(textOf(entries)).toContain('my own words');
    expect(textOf(entries)).not.toContain('of Bob');
    const { records, missing } = manifestOf(entries);
    expect(records.find((one) => one.record === 'posts')).toMatchObject({ count: 1 });
    expect(missing).toContainEqual({ source: 'posts', name: 'posts/{id}', why: 'look', rows: 2 });
    expect(String(entries.get('README.txt'))).toContain('posts/{id} (2 entries): holds words of other people');
    expect(String(entries.get('LISEZMOI.txt'))).toContain('contient des paroles d’autres personnes');
    expect(String(entries.get('report.html'))).toContain('One of us looks at it first');
  });

  it('are also the documents below the person’s own row, if the policy does not describe them: a reply of others', async () => {
    const reply: Row = { path: 'posts/1/replies/1', data: { text: 'an answer of Bob' }, undeclared: true };
    const { zip, waiting } = await exported({ ...rows, posts: () => list([own, reply]) }, { policy });
    const entries = await unzip(zip);
    expect(waiting).toEqual({ posts: 1 });
    expect(textOf(entries)).toContain('my own words');
    expect(textOf(entries)).not.toContain('an answer of Bob');
  });

  it('wait for nobody if there are none, and the record is in the archive as empty', async () => {
    const { zip, waiting } = await exported({ ...rows, posts: () => list([]) }, { policy });
    const { records, missing } = manifestOf(await unzip(zip));
    expect(waiting).toEqual({});
    expect(records.find((one) => one.record === 'posts')).toMatchObject({ count: 0 });
    expect(missing.map(({ source }) => source)).not.toContain('posts');
  });

  it('are not said to be nothing if all of a record wait', async () => {
    const entries = await unzip((await exported({ ...rows, posts: () => list([other]) }, { policy })).zip);
    expect(manifestOf(entries).records.map((one) => one.record)).not.toContain('posts');
  });

  it('are counted over all parts of a large archive', async () => {
    const { zip, waiting } = await exported(rows, { policy, waitingBefore: { posts: 5 } });
    expect(waiting).toEqual({ posts: 7 });
    expect(manifestOf(await unzip(zip)).missing).toContainEqual(expect.objectContaining({ source: 'posts', rows: 7 }));
  });

  it('of a record that could not be read whole are an officer’s with the rest: it is named as not read', async () => {
    async function* breaking(): AsyncGenerator<Row> {
      yield* [own, other];
      throw new Error('broken off');
    }
    const { zip, lost } = await exported({ ...rows, posts: breaking }, { policy, tolerant: true });
    const { missing } = manifestOf(await unzip(zip));
    expect(lost).toEqual(['posts']);
    expect(missing.filter(({ source }) => source === 'posts').map(({ why }) => why)).toEqual(['failed']);
  });

  it('are there with the others, once an officer has decided', async () => {
    const { zip, waiting } = await exported(rows, { policy, lookedWithin: () => EVERYTHING });
    const entries = await unzip(zip);
    expect(textOf(entries)).toContain('words of Bob');
    expect(waiting).toEqual({});
    expect(manifestOf(entries).missing.map(({ source }) => source)).not.toContain('posts');
  });
});
