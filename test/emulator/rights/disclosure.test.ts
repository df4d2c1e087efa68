import { describe, expect, it } from 'vitest';
import { REPORT } from '../../../functions/src/export/report/report.ts';
import { person } from '../../kit/person.ts';
import { compliance, own } from '../../kit/suite.ts';
import { ask, opened, rows } from '../export/exported.ts';

/** A disclosure to an authority, by the officer's commands, and the access of its person. */

const AUTHORITY = 'Tribunal judiciaire de Lyon';
const record = (uid: string, ...more: string[]) =>
  compliance(
    ...[
      'disclosure',
      'record',
      '--uid',
      uid,
      '--authority',
      AUTHORITY,
      '--basis',
      'CPP art. 60-1, file 4711-of-the-court',
    ],
    ...['--record', 'activity', ...more],
  );
/** Everything that an archive says, in one text. */
const textOf = (entries: Map<string, Buffer>): string => [...entries.values()].map(String).join('\n');

describe.concurrent('a disclosure to an authority', () => {
  it('is in nothing that the person gets while it is hidden', async () => {
    const { uid } = await person();
    const made = await record(uid, '--hidden-until', '2099-01-31');
    expect([made.code, made.out]).toMatchObject([0, { changed: true }]);
    const { id } = made.out as { id: string };
    await ask(uid, 'access');
    const text = textOf((await opened(uid)).entries);
    for (const word of [AUTHORITY, '4711-of-the-court', id]) expect(text).not.toContain(word);
    // The officer's look at it is noted, without content.
    expect((await compliance('disclosure', 'show', id)).code).toBe(0);
    const reads = await own.collection('officerReads').where('of', '==', id).get();
    expect(reads.docs.map((one) => one.get('what') as string)).toEqual(['disclosure']);
  });

  it('is a recipient of their access once it is released', async () => {
    const { uid } = await person();
    const { id } = (await record(uid, '--hidden')).out as { id: string };
    expect((await compliance('disclosure', 'release', id)).code).toBe(0);
    const again = await compliance('disclosure', 'release', id);
    expect([again.code, again.out]).toEqual([1, { ok: false, because: 'shown' }]);
    await ask(uid, 'access');
    const { entries } = await opened(uid);
    expect(rows(entries, 'disclosures')).toMatchObject([{ data: { authority: AUTHORITY, records: ['activity'] } }]);
    const report = String(entries.get(REPORT));
    expect(report.slice(report.indexOf('id="recipients"'))).toContain(AUTHORITY);
  });

  it('is refused for a record that the policy does not have, and for somebody whom nobody knows', async () => {
    const { uid } = await person();
    expect((await record(uid, 'nothing')).code).toBe(2);
    expect((await record(`${uid}x`)).code).toBe(1);
  });
});
