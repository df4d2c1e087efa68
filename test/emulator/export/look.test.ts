import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import type { ExportRow } from '../../../functions/src/export/archive/rows.ts';
import type { Link } from '../../../functions/src/export/link.ts';
import { partsJobId } from '../../../functions/src/export/plan.ts';
import { verifyExport } from '../../../functions/src/export/verify/archive.ts';
import type { OfficerTask } from '../../../functions/src/officerTasks/task.ts';
import { unzip } from '../../unit/export/helpers.ts';
import { messagesTo } from '../../kit/providers.ts';
import { chainOf, compliance, db, eventually, own, pseudonym, requestKeyOf } from '../../kit/suite.ts';
import { call } from '../rights/callable.ts';
import { ask, opened, request, rows, somebody, statusOf } from './exported.ts';

interface Shown {
  readonly code: string;
  readonly shown: readonly { readonly number: number; readonly row: ExportRow }[];
}

describe('Art. 15(4): a copy with words of others', () => {
  it(
    'waits for an officer, who sees the rows, keeps some back with a reason, and gives the rest; the person reads why',
    { timeout: 600_000 },
    async () => {
      const { uid, email } = await somebody();
      const write = (id: string, data: object) =>
        db.doc(`contactRequests/${id}-${uid}`).set({ email, firstName: 'F', createdAt: Timestamp.now(), ...data });
      await write('own', { uid, message: 'my own words' });
      await write('a', { message: 'Ada is late, says her teacher' });
      await write('b', { message: 'her mother told me this', lastName: 'Teacher' });
      await ask(uid, 'portability');
      const { entries } = await opened(uid);
      expect(rows(entries, 'contactRequests').map(({ data }) => data['message'])).toEqual(['my own words']);
      for (const entry of entries.values()) expect(String(entry)).not.toMatch(/teacher|mother/);
      expect(await statusOf(uid)).toBe('waiting');

      const job = partsJobId(requestKeyOf(uid));
      const tasks = async (): Promise<OfficerTask[]> =>
        ((await compliance('officer-task', 'list', '--job', job)).out as { tasks: OfficerTask[] }).tasks;
      const [task] = await eventually(tasks, (made) => made.length === 1);
      expect(task).toMatchObject({ for: { look: 'contactRequests' }, status: 'open' });
      expect(task?.what['en']).toContain('2 rows hold words of other people');
      const of = ['--uid', uid, '--request', 'r1', '--for', 'contactRequests'];
      // Neither a word nor a file stands for a look.
      expect((await compliance('officer-task', 'done', task?.id ?? '')).out).toMatchObject({ because: 'toLook' });
      expect((await compliance('export', 'add', ...of, '--nothing')).out).toMatchObject({ because: 'toLook' });
      expect((await compliance('export', 'give', ...of, '--look', 'none', '--all')).out).toMatchObject({
        because: 'notSeen',
      });

      const look = async (): Promise<Shown> => (await compliance('export', 'look', ...of)).out as Shown;
      const first = await look();
      expect(first.shown.map(({ row }) => row.data['message']).sort()).toEqual([
        'Ada is late, says her teacher',
        'her mother told me this',
      ]);
      expect((await compliance('export', 'missing', ...of.slice(0, 4))).out).toMatchObject({
        open: [{ source: 'contactRequests', what: task?.what['en'] }],
      });
      const reads = await own.collection('officerReads').where('of', '==', task?.id).get();
      expect(reads.docs.map((one) => one.get('what') as unknown)).toEqual(['look']);
      // Something comes after the look: it is not given unseen.
      await write('c', { message: 'nobody of you has read this' });
      const give = (code: string, ...more: string[]) => compliance('export', 'give', ...of, '--look', code, ...more);
      const early = await give(first.code, '--all');
      expect([early.code, early.out]).toMatchObject([1, { ok: false, because: 'new', unseen: 1 }]);

      const { code, shown } = await look();
      expect((await give(first.code, '--all')).out).toMatchObject({ ok: false, because: 'notSeen' });
      const numberOf = (id: string): number => shown.find(({ row }) => row.path.endsWith(`/${id}-${uid}`))?.number ?? 0;
      const keep = ['--keep', `${numberOf('b')}:message,lastName=othersData`, `${numberOf('c')}=confidence`];
      expect((await give(code, ...keep, '--dry-run')).out).toMatchObject({ ok: true, rows: 2 });
      const given = await give(code, ...keep);
      expect(given.out).toMatchObject({
        ...{ ok: true, rows: 2, added: { completed: true } },
        withheld: [
          { because: 'othersData', rows: 0, fields: 2 },
          { because: 'confidence', rows: 1, fields: 0 },
        ],
      });

      const answer = await call<Link>('exportLink', { requestId: 'r1', part: 2 }, uid);
      if (!('result' in answer)) throw new Error(JSON.stringify(answer));
      const zip = Buffer.from(await (await fetch(answer.result.url)).arrayBuffer());
      const folder = await mkdtemp(join(tmpdir(), 'look-'));
      try {
        await writeFile(join(folder, 'x.zip'), zip);
        expect(await verifyExport(join(folder, 'x.zip'))).toMatchObject({ ok: true });
      } finally {
        await rm(folder, { recursive: true });
      }
      const part = await unzip(zip);
      expect(rows(part, 'contactRequests').map(({ data }) => data['message'])).toEqual([
        'Ada is late, says her teacher',
        undefined,
      ]);
      for (const entry of part.values()) expect(String(entry)).not.toMatch(/mother|nobody of you/);
      expect(String(part.get('report.html'))).toMatch(/You can complain|Vous pouvez vous plaindre/);

      await eventually(
        () => statusOf(uid),
        (status) => status === 'completed',
      );
      expect((await request(uid).get()).get('missing')).toMatchObject([{ source: 'contactRequests', why: 'withheld' }]);
      const told = await eventually(
        () => messagesTo(email),
        (messages) => messages.length === 2,
        240_000,
      );
      expect(told.map(({ textContent }) => /we kept a part back|pas tout remis/.test(textContent))).toContain(true);
      expect((await tasks()).map(({ status }) => status)).toEqual(['done']);
      const { entries: ledger } = await chainOf(pseudonym(uid));
      expect(ledger.map(({ state }) => state)).toContain('portability.withheld');
      expect((await give(code, ...keep)).out).toMatchObject({ ok: true, before: true });
    },
  );
});
