import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../functions/src/crypto/hash.ts';
import type { OfficerTask } from '../../../functions/src/officerTasks/task.ts';
import type { Link } from '../../../functions/src/export/link.ts';
import { verifyExport } from '../../../functions/src/export/verify/archive.ts';
import { unzip } from '../../unit/export/helpers.ts';
import { call } from '../rights/callable.ts';
import { messagesTo } from '../../kit/providers.ts';
import { somebody, ask, request, statusOf, objectsOf, opened, rows } from './exported.ts';
import { partsJobId } from '../../../functions/src/export/plan.ts';
import { changeJob } from '../../../functions/src/jobs/store.ts';
import { compliance, eventually, own, requestKeyOf, store } from '../../kit/suite.ts';

interface Open {
  readonly source: string;
  readonly task: string | null;
  readonly name: string;
  readonly what: string;
  readonly files: readonly string[];
}

/** The tasks of a job, as an officer sees them. */
const tasksOf = async (job: string) =>
  (
    (await compliance('officer-task', 'list', '--job', job)).out as {
      tasks: (OfficerTask & { for: { part: string } })[];
    }
  ).tasks;

describe('Art. 15: an access request that waits for other companies’ data', () => {
  it(
    'an officer adds data of others, or that they have none; the last part completes the request',
    { timeout: 600_000 },
    async () => {
      const { uid, email } = await somebody();
      await ask(uid, 'access');
      await opened(uid);
      const of = ['--uid', uid, '--request', 'r1'];
      const { out } = await compliance('export', 'missing', ...of);
      // The manifest was read out of the archive in the bucket: no single file is missing.
      expect(out).toMatchObject({ waiting: true, archivesRead: true });
      const job = partsJobId(requestKeyOf(uid));
      await eventually(
        () => tasksOf(job),
        (tasks) => tasks.length > 1,
      );
      const { open } = (await compliance('export', 'missing', ...of)).out as { open: Open[] };
      const listed = await tasksOf(job);
      expect(listed.map(({ for: { part } }) => part).sort()).toEqual(open.map(({ source }) => source).sort());
      expect(open.map(({ task }) => task).sort()).toEqual(listed.map(({ id }) => id).sort());
      expect(open.flatMap(({ files }) => files)).toEqual([]);
      expect(open.length).toBeGreaterThan(1);
      for (const { source, name, what } of open)
        expect([source, name !== source, what !== '']).toEqual([source, true, true]);
      const [first, refused, ...rest] = open.map(({ source }) => source);
      if (first === undefined || refused === undefined) throw new Error('nothing is open');
      const others = [refused, ...rest];
      const taskOf = (part: string): string => open.find(({ source }) => source === part)?.task ?? '';

      const folder = await mkdtemp(join(tmpdir(), 'officer-'));
      try {
        const given = join(folder, '=answer été.txt');
        await writeFile(given, 'what they have');
        const add = ['export', 'add', ...of, '--for', first, '--file', given];
        const [wrong, tried] = await Promise.all([
          compliance('export', 'add', ...of, '--for', 'nobody', '--file', given),
          compliance(...add, '--dry-run'),
        ]);
        expect([wrong.code, wrong.out]).toMatchObject([1, { ok: false, because: 'notOpen' }]);
        expect(tried.out).toEqual({ dryRun: true, ok: true, open: others });
        // Its job has not ended.
        const ending = (state: 'waiting' | 'done') =>
          changeJob(store, `export_${requestKeyOf(uid)}`, ({ steps: { clean, ...steps }, ...job }) =>
            clean === undefined ? null : { ...job, steps: { ...steps, clean: { ...clean, state } } },
          );
        await ending('waiting');
        const early = await compliance(...add);
        expect([early.code, early.out]).toEqual([1, { ok: false, because: 'working' }]);
        await ending('done');
        // Two officers at once: one of them. Under load the other's transaction may give up (3):
        // nobody knows then if it was committed, so its archive stays for an hour.
        const both = await Promise.all([compliance(...add), compliance(...add)]);
        const [one, other] = both.map(({ code }) => code).sort();
        expect([
          [0, 1],
          [0, 3],
        ]).toContainEqual([one, other]);
        expect((await objectsOf(uid)).length).toBeLessThanOrEqual(other === 1 ? 2 : 3);
        expect(await statusOf(uid)).toBe('waiting');

        const answer = await call<Link>('exportLink', { requestId: 'r1', part: 2 }, uid);
        if (!('result' in answer)) throw new Error(JSON.stringify(answer));
        const zip = Buffer.from(await (await fetch(answer.result.url)).arrayBuffer());
        expect(answer.result).toMatchObject({ part: 2, parts: 2, sha256: sha256Hex(zip) });
        await writeFile(join(folder, 'x.zip'), zip);
        const checked = await verifyExport(join(folder, 'x.zip'));
        expect(checked).toMatchObject({ ok: true, manifest: { product: 'access', part: { number: 2, last: true } } });
        expect(checked.manifest?.missing.map(({ source }) => source)).toEqual(others);
        const entries = await unzip(zip);
        const [row] = rows(entries, first);
        expect(String(entries.get(row?.file ?? ''))).toBe('what they have');

        // The hash of the part stands with its task, and the sheet is gone.
        expect((await compliance('officer-task', 'show', taskOf(first))).out).toMatchObject({
          task: { status: 'done', proof: sha256Hex(zip) },
          state: 'gone',
        });
        const close = (as: string, ...more: string[]) => compliance('officer-task', as, taskOf(refused), ...more);
        expect((await close('done')).out).toMatchObject({ ok: false, because: 'toAdd' });
        expect((await close('impossible', '--reason', 'it was dissolved')).out).toMatchObject({ ok: true });
        for (const [index, source] of rest.entries()) {
          const { out: came } = await compliance('export', 'add', ...of, '--for', source, '--nothing');
          expect(came).toEqual({ ok: true, completed: index === rest.length - 1, open: rest.slice(index + 1) });
        }
        await eventually(
          () => statusOf(uid),
          (status) => status === 'completed',
        );
        expect((await own.doc(`requests/${requestKeyOf(uid)}`).get()).data()).toMatchObject({
          status: 'completed',
          missing: [{ source: refused, why: 'impossible' }],
        });
        expect((await request(uid).get()).data()).toMatchObject({
          missing: [{ source: refused, name: expect.any(String) as string, why: 'impossible' }],
        });
        expect((await tasksOf(job)).filter(({ status }) => status === 'open')).toEqual([]);
        // Told when the archive was there, and again now that all of it is.
        await eventually(
          () => messagesTo(email),
          (told) => told.length === 2,
          240_000,
        );
        expect(
          (await messagesTo(email)).map(({ textContent }) => /This is missing|Voici ce qui manque/.test(textContent)),
        ).toContain(true);
        // Called again: its effect may have been partial, so it is done again.
        const [again, late] = await Promise.all([
          compliance(...add),
          compliance('export', 'add', ...of, '--for', 'nobody', '--nothing'),
        ]);
        expect([again.code, again.out]).toEqual([0, { ok: true, completed: true, open: [], before: true }]);
        expect([late.code, late.out]).toMatchObject([1, { ok: false, because: 'notWaiting' }]);
        expect((await messagesTo(email)).length).toBe(2);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );
});
