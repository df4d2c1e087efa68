import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FieldValue } from 'firebase-admin/firestore';
import { getStorage } from 'firebase-admin/storage';
import { afterAll, describe, expect, it } from 'vitest';
import { suiteParameters } from '../../../emulator/parameters.ts';
import { faultOfCheckpoint, type Checkpoint } from '../../../functions/src/checkpoints/checkpoint.ts';
import { signerFrom } from '../../../functions/src/crypto/sign.ts';
import { loadJob } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { append, emptyHead, entryHash } from '../../../functions/src/ledger/chain.ts';
import { evidenceStore } from '../../../functions/src/checkpoints/bucket.ts';
import { storedCheckpoint } from '../../../functions/src/checkpoints/store.ts';
import type { Problem } from '../../../functions/src/checkpoints/verifyLedger.ts';
import { startFurtherCheckpoint } from '../../../functions/src/checkpoints/start.ts';
import { runCompliance } from '../../compliance.ts';
import { putChain, putEntry, putHead } from '../../kit/sealed/ledger.ts';
import { chainOf, chainWith, db, eventually, fireRetention, freshUid, own, pseudonym, store } from '../../kit/suite.ts';

const project = process.env['GCLOUD_PROJECT'] ?? '';
const bucket = process.env['EVIDENCE_BUCKET'] ?? `${project}.appspot.com`;
const suite = { project, stripeUrl: '', brevoUrl: '', marketingList: 1, waits: 'short' } as const;
const secret = suiteParameters(suite).secrets['EVIDENCE_SIGNING_KEY_V1'] ?? '';
const { publicKey } = signerFrom(secret);
const evidence = evidenceStore(getStorage().bucket(bucket));
const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Said {
  readonly code: number;
  readonly stderr: string;
  readonly told: { readonly problems: readonly Problem[] } & Record<string, unknown>;
}

/** `compliance ledger …`, as an officer or a regulator runs it. */
async function ledger(args: readonly string[], env: Record<string, string | undefined> = {}): Promise<Said> {
  const { code, stdout, stderr } = await runCompliance(['ledger', ...args, '--json'], { ...process.env, ...env });
  return { code, stderr, told: JSON.parse(stdout || '{"problems":[]}') as Said['told'] };
}

async function fire(): Promise<void> {
  expect((await fireRetention()).ok).toBe(true);
}

const completed = (id: string): Promise<Job | null> =>
  eventually(
    () => loadJob(store, id),
    (job) => job?.status === 'completed' || job?.status === 'blocked',
    240_000,
  );

const checkpoints = async (): Promise<Checkpoint[]> => {
  const { docs } = await own.collection('checkpoints').orderBy('number').get();
  return docs.flatMap((document) => storedCheckpoint(document) ?? []);
};

/**
 * A checkpoint beside the daily one, built by the deployed task: nobody enqueues it, `tick` finds
 * it.
 */
async function further(): Promise<Checkpoint> {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const queue = { enqueue: async () => undefined };
  const job = await completed(await startFurtherCheckpoint({ ...store, queue, now: Date.now, log: silent }));
  expect(job?.status).toBe('completed');
  const last = (await checkpoints()).at(-1);
  if (!last) throw new Error('no checkpoint');
  return last;
}

async function answers(uid: string, ...granted: boolean[]): Promise<void> {
  for (const [i, answer] of granted.entries()) {
    const updatedAt = FieldValue.serverTimestamp();
    const consent = { granted: answer, policyVersion: '2025-06-15', source: 'app', updatedAt };
    await db.doc(`users/${uid}/consents/analytics`).set(consent);
    await chainWith(pseudonym(uid), i + 1);
  }
}

describe('the daily checkpoint', () => {
  it('is signed by the nightly run once a day, in the database and in the evidence bucket', async () => {
    await answers(freshUid(), true);
    const id = `checkpoint_${new Date().toISOString().slice(0, 10)}`;
    await fire();
    expect((await completed(id))?.status).toBe('completed');
    const signed = await checkpoints();
    const daily = signed.find(({ name }) => `checkpoint_${name}` === id);
    if (!daily) throw new Error('no daily checkpoint');
    expect(faultOfCheckpoint(daily, [publicKey])).toBeNull();
    expect(await evidence.read(daily.name)).toEqual(daily);
    expect(await evidence.create(daily)).toBe(false);
    await fire();
    expect(await checkpoints()).toEqual(signed);
  });

  it('shows a chain that was rewritten as a whole, in a check of the person and in one of everybody', async () => {
    const uid = freshUid();
    await answers(uid, true, false, true);
    const { number, name } = await further();
    expect(number).toBeGreaterThan(1);
    const clean = await ledger(['verify', '--uid', uid, '--public-key', publicKey, '--bucket', bucket]);
    expect(clean).toMatchObject({
      code: 0,
      told: { chains: 1, entries: 3, unsigned: { entries: 0 }, checkpoint: { name, compared: true } },
    });

    const chain = pseudonym(uid);
    const { head, entries } = await chainOf(chain);
    let previousHash = entries[0]?.previousHash ?? '';
    for (const entry of entries) {
      const unhashed = { ...entry, ...(entry.seq === 2 ? { state: 'reconfirmed' } : {}), previousHash };
      const next = { ...unhashed, hash: entryHash(unhashed) };
      previousHash = next.hash;
      await putEntry(store, chain, next);
    }
    await putHead(store, chain, { ...head, hash: previousHash });
    const rewritten = { chain, seq: 3, id: entries[2]?.id, problem: 'rewritten' };
    expect(await ledger(['verify', '--uid', uid])).toMatchObject({ code: 1, told: { problems: [rewritten] } });
    const all = await ledger(['verify']);
    expect(all.code).toBe(1);
    expect(all.told.problems).toContainEqual(rewritten);

    await putChain(store, { chain, head, entries });
    expect(await ledger(['verify', '--chain', chain])).toMatchObject({ code: 0, told: { problems: [] } });
  });

  it('is in an exported file, which verifies without any database: all of it, or one person', async () => {
    const uid = freshUid();
    await answers(uid, true, false);
    await ledger(['checkpoint', '--bucket', bucket], { EVIDENCE_SIGNING_KEY_V1: secret });
    const nowhere = { GCLOUD_PROJECT: undefined, FIRESTORE_EMULATOR_HOST: '127.0.0.1:9', EVIDENCE_BUCKET: undefined };
    for (const [file, scope, chains] of [
      ['one.jsonl', ['--uid', uid], 1],
      ['all.jsonl', [], undefined],
    ] as const) {
      const out = join(folder, file);
      const exported = await ledger(['export', '--out', out, ...scope]);
      expect(exported.code).toBe(0);
      if (chains !== undefined) expect(exported.told).toMatchObject({ chains, entries: 2 });
      const checked = await ledger(['verify', '--file', out, '--public-key', publicKey], nowhere);
      expect(checked).toMatchObject({ code: 0, told: { problems: [], chains: exported.told['chains'] } });
      expect(checked.told['checkpoint']).toMatchObject({ name: exported.told['checkpoint'], compared: true });
    }
    const person = await ledger(['verify', '--file', join(folder, 'one.jsonl')], nowhere);
    expect(person.told).toMatchObject({ unsigned: { entries: 0 }, checkpoint: { compared: false } });
  });

  it('cannot be signed from a terminal without the key, and names the remedy', async () => {
    const without = await ledger(['checkpoint', '--bucket', bucket], { EVIDENCE_SIGNING_KEY_V1: undefined });
    expect(without.code).toBe(2);
    expect(without.stderr).toContain('functions:secrets:access EVIDENCE_SIGNING_KEY_V1');
  });
});

describe('a chain that is over its period', () => {
  it('is deleted whole by the nightly run, and its entries never by themselves', async () => {
    const [over, young] = [pseudonym(freshUid()), pseudonym(freshUid())];
    const year = 366 * 86_400_000;
    for (const [chain, years] of [
      [over, 5.1],
      [young, 4.9],
    ] as const) {
      const at = Date.now() - years * year;
      const answer = { kind: 'consent', purpose: 'messages', state: 'given', occurredAt: at, recordedAt: at } as const;
      const first = append(chain, emptyHead(chain), 'e1', answer);
      const last = append(chain, first.head, 'e2', { ...answer, kind: 'erasure', state: 'completed' });
      const closed = { ...last.head, closed: { at, accountCreatedAt: 1 } };
      await putChain(store, { chain, head: closed, entries: [first.entry, last.entry] });
    }
    await fire();
    await eventually(
      async () => (await own.doc(`ledger/${over}`).get()).exists,
      (exists) => !exists,
      240_000,
    );
    expect((await own.collection(`ledger/${over}/entries`).count().get()).data().count).toBe(0);
    expect((await own.collection(`ledger/${young}/entries`).count().get()).data().count).toBe(2);
    await own.recursiveDelete(own.doc(`ledger/${young}`));
  });
});
