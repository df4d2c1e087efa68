import { NO_FIGURES } from '../../functions/src/systems/system.ts';
import { gzipSync } from 'node:zlib';
import type { Bucket } from '@google-cloud/storage';
import { beforeAll, describe, expect, it } from 'vitest';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';
import { withoutSecrets } from '../../functions/src/export/archive/secrets.ts';
import { loadSystem } from '../../functions/src/systems/registry.ts';
import { proven } from '../kit/proven.ts';
import { collect, erase, fresh, recordsOf, scopeFor, subjectOf, testContext } from './harness.ts';
import { conformance, type Planted } from './suite.ts';
import { heldPeople } from '../kit/sealed/held.ts';

const { userFiles, exports: exported } = amikeo.records;
if (!userFiles || !exported) throw new Error('the policy has no files');
const policy: Policy = {
  ...amikeo,
  records: {
    files: { ...userFiles, path: 'cf-users/{uid}/**' },
    exports: { ...exported, path: 'cf-exports/{uid}/**' },
  },
};
const context = testContext({}, policy);
let bucket: Bucket;
beforeAll(async () => {
  bucket = await context.clients.bucket('app');
});

const names = async (prefix: string): Promise<string[]> =>
  (await bucket.getFiles({ prefix }))[0].map(({ name }) => name);

async function plant(): Promise<Planted> {
  const uid = fresh('cf');
  const gone = [
    `cf-users/${uid}/photo.jpg`,
    `cf-users/${uid}/deep/er/voice é.m4a`,
    // The place itself, a folder as consoles make one, and a name with an empty segment.
    ...[`cf-users/${uid}`, `cf-users/${uid}/`, `cf-users/${uid}//x`],
    `cf-exports/${uid}/r1/a.zip`,
  ];
  const others = [
    // uids that begin with the person's, or that the person's begins with
    `cf-users/${uid}x/photo.jpg`,
    `cf-users/${uid.slice(0, -1)}/photo.jpg`,
    `cf-users/${uid}.jpg`,
    `cf-users/${uid}-b/photo.jpg`,
    // the person's uid in a place that names nobody
    `cf-teams/${uid}/photo.jpg`,
    `cf-teams/cf-users/${uid}/photo.jpg`,
    `cf-users/shared/${uid}/photo.jpg`,
  ];
  for (const name of [...gone, ...others]) await bucket.file(name).save(`content of ${name}`, { resumable: false });
  return {
    subject: subjectOf(uid),
    stranger: subjectOf(fresh('nobody')),
    left: async () => {
      const itself = (await names(`cf-users/${uid}`)).filter((name) => name === `cf-users/${uid}`);
      return [...itself, ...(await names(`cf-users/${uid}/`)), ...(await names(`cf-exports/${uid}/`))].length;
    },
    retained: {},
    others: async () =>
      Promise.all(others.map(async (name) => [name, (await bucket.file(name).download())[0].toString('utf8')])),
    rows: { files: 5, exports: 1 },
  };
}

const system = await loadSystem('storage', context);
conformance(system, { policy, plant });

describe('Cloud Storage, further', () => {
  const named = (id: string) => {
    const found = recordsOf(policy, 'storage').find((r) => r.id === id);
    if (!found) throw new Error(id);
    return found;
  };

  it('gives the content of each file', async () => {
    const { subject } = await plant();
    for (const row of await collect(system.read(named('files'), await scopeFor(system, policy, subject)))) {
      const content = Buffer.concat(await collect(row.content?.stream() ?? empty()));
      expect(content.toString('utf8')).toBe(`content of ${row.path}`);
      expect(row.content?.size).toBe(content.length);
    }
  });

  it.each<[string, Buffer]>([
    ['what the label says', gzipSync('bonjour')],
    ['plain text', Buffer.from('bonjour')],
    ['nothing', Buffer.alloc(0)],
    ['a packed file that breaks off', gzipSync('bonjour').subarray(0, 12)],
    ['a packed file that was packed again', gzipSync(gzipSync('bonjour'))],
  ])('gives a file with a label that says gzip as it is stored, and repeats the label: %s', async (_, bytes) => {
    const uid = fresh('cf');
    const metadata = { contentEncoding: 'gzip' };
    await bucket.file(`cf-users/${uid}/a.txt`).save(bytes, { resumable: false, metadata });
    const [row] = await collect(system.read(named('files'), await scopeFor(system, policy, subjectOf(uid))));
    expect(Buffer.concat(await collect(row?.content?.stream() ?? empty())).equals(bytes)).toBe(true);
    expect(row?.content).toMatchObject({ encoding: 'gzip', size: bytes.length });
    expect(row?.data).toMatchObject(metadata);
  });

  it('gives the custom metadata of a file whole; an archive has it without the tokens of its download links, which open it for ever', async () => {
    const uid = fresh('cf');
    const file = bucket.file(`cf-users/${uid}/a.txt`);
    const token = `token-of-${uid}`;
    const metadata = { metadata: { firebaseStorageDownloadTokens: token, caption: 'mine' } };
    await file.save('x', { resumable: false, metadata });
    // The token is there, as Firebase's SDKs write it.
    expect((await file.getMetadata())[0].metadata).toMatchObject({ firebaseStorageDownloadTokens: token });
    const rows = await collect(system.read(named('files'), await scopeFor(system, policy, subjectOf(uid))));
    const [safe] = rows.map(({ data }) => withoutSecrets(data));
    expect(safe?.data['metadata']).toEqual({ caption: 'mine' });
    expect(safe?.withheld).toEqual(['/metadata/firebaseStorageDownloadTokens']);
    expect(JSON.stringify(safe?.data)).not.toContain(token);
  });

  it('refuses a file that was written again since it was listed', async () => {
    const uid = fresh('cf');
    const file = bucket.file(`cf-users/${uid}/a.txt`);
    await file.save('first', { resumable: false });
    const [row] = await collect(system.read(named('files'), await scopeFor(system, policy, subjectOf(uid))));
    await file.save('other', { resumable: false });
    await expect(collect(row?.content?.stream() ?? empty())).rejects.toThrow();
  });

  it('erases more files than fit into a page', async () => {
    const uid = fresh('cf');
    for (let start = 0; start < 520; start += 40) {
      const part = Array.from({ length: Math.min(40, 520 - start) }, (_, i) => `cf-users/${uid}/${start + i}`);
      await Promise.all(part.map((name) => bucket.file(name).save('x', { resumable: false })));
    }
    const scope = await scopeFor(system, policy, subjectOf(uid));
    const first = await system.apply(named('files'), { ...scope, deadline: 0 }, erase);
    if (!('more' in first)) throw new Error('expected a page more');
    const last = await system.apply(named('files'), { ...scope, cursor: first.more }, erase);
    expect(last).toEqual({ settled: [{ record: 'files', count: 520, outcome: 'done', how: 'deleted' }] });
    expect(await names(`cf-users/${uid}/`)).toEqual([]);
  });

  it("ends the record's own files and no others of the person", async () => {
    const photos: Policy = { ...policy, records: { photos: { ...userFiles, path: 'cf-users/{uid}/photos/**' } } };
    const uid = fresh('cf');
    for (const name of ['photos/a', 'photos/b/c', 'photos', 'notes/a', 'photosOfOthers']) {
      await bucket.file(`cf-users/${uid}/${name}`).save('x', { resumable: false });
    }
    const [record] = recordsOf(photos, 'storage');
    if (!record) throw new Error('no record');
    const done = await system.apply(record, await scopeFor(system, photos, subjectOf(uid)), erase);
    expect(done).toEqual({ settled: [{ record: 'photos', count: 3, outcome: 'done', how: 'deleted' }] });
    expect(await names(`cf-users/${uid}/`)).toEqual([`cf-users/${uid}/notes/a`, `cf-users/${uid}/photosOfOthers`]);
  });

  it('has no files of a person without an account, and touches none', async () => {
    const name = `cf-users/${fresh('cf')}`;
    await bucket.file(name).save('x', { resumable: false });
    const nobody = subjectOf('', { pseudonym: 'v1_nobody', verifiedEmails: proven('a@example.com') });
    const scope = await scopeFor(system, policy, nobody);
    for (const record of recordsOf(policy, 'storage')) {
      const none = [{ record: record.id, count: 0, outcome: 'done' }];
      expect(await system.preview(record, scope, erase)).toEqual(none);
      expect(await system.apply(record, scope, erase)).toEqual({ settled: none });
      expect(await system.check(record, scope, erase)).toEqual({ settled: none });
      expect(await collect(system.read(record, scope))).toEqual([]);
    }
    expect(await names(name)).toEqual([name]);
  });

  it.each(['.', '..', 'a/b', '__x__'])('touches nothing for the uid %j', async (uid) => {
    const scope = await scopeFor(system, policy, subjectOf(uid));
    await expect(system.apply(named('files'), scope, erase)).rejects.toMatchObject({ code: 'subject.uid' });
    await expect(collect(system.read(named('files'), scope))).rejects.toMatchObject({ code: 'subject.uid' });
  });

  it('a sweep ends exports that are over, and leaves held persons alone', async () => {
    const [a, held] = [fresh('cf'), fresh('cf')];
    for (const uid of [a, held]) await bucket.file(`cf-exports/${uid}/r/a.zip`).save('x', { resumable: false });
    const sweep = {
      policy,
      field: 'timeCreated',
      held: heldPeople([held]),
      figures: NO_FIGURES,
      deadline: 0,
    };
    const run = async (now: number, cutoff: number) => {
      let progress = await system.expire?.(named('exports'), { ...sweep, now, cutoff });
      while (progress?.more)
        progress = await system.expire?.(named('exports'), {
          ...sweep,
          now,
          cutoff,
          figures: progress.figures,
          cursor: progress.more,
        });
      return progress?.figures;
    };
    const day = 86_400_000;
    expect(await run(Date.now(), Date.now() - 7 * day)).toEqual(sweep.figures);
    expect(await names(`cf-exports/${a}/`)).toHaveLength(1);
    const later = await run(Date.now() + 8 * day, Date.now() + day);
    expect(later?.held).toBe(1);
    expect(later?.deleted).toBeGreaterThanOrEqual(1);
    expect(await names(`cf-exports/${a}/`)).toEqual([]);
    expect(await names(`cf-exports/${held}/`)).toHaveLength(1);
  });
});

async function* empty(): AsyncGenerator<Uint8Array> {
  // nothing
}
