import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeLedgerFile } from '../../../fixtures/ledger.ts';
import { newKeyPair } from '../../../functions/src/crypto/sign.ts';
import { entryHash, type Entry } from '../../../functions/src/ledger/chain.ts';
import type { Problem } from '../../../functions/src/checkpoints/verifyLedger.ts';
import type { PseudonymKeys } from '../../../functions/src/platform/keys.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { verifyFile } from '../../../functions/src/checkpoints/file/verify.ts';
import {
  entryOf,
  type ChainLine,
  type EntryLine,
  type ExportLine,
} from '../../../functions/src/checkpoints/file/format.ts';
import { ofTheDay, times } from '../../kit/depth.ts';

const pair = newKeyPair();
const keys = { current: 1, keys: { 1: 'a key for tests' } };
const folder = mkdtempSync(join(tmpdir(), 'ledger-file-'));
const path = join(folder, 'export.jsonl');
let lines: string[] = [];

beforeAll(async () => {
  const shape = { chains: 40, entriesPerChain: 5, key: pair.privateKey, from: Date.UTC(2026, 0, 1), keys };
  await writeLedgerFile(path, shape);
  lines = readFileSync(path, 'utf8').trimEnd().split('\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const options = {
  policy: amikeo,
  now: Date.UTC(2026, 5, 1),
  trusted: [pair.publicKey],
  keys: undefined as PseudonymKeys | undefined,
};

async function problemsOf(rows: readonly string[], more: Partial<typeof options> = {}): Promise<readonly Problem[]> {
  const file = join(folder, 'forged.jsonl');
  writeFileSync(file, rows.map((row) => `${row}\n`).join(''));
  return (await verifyFile(file, { ...options, ...more })).verified.problems;
}

/** A file with a footer that fits again, as a forger makes it who knows the format. */
function withFooter(rows: readonly string[]): string[] {
  const body = rows.filter((row) => !row.startsWith('{"type":"footer"'));
  const count = (type: string): number => body.filter((row) => row.startsWith(`{"type":"${type}"`)).length;
  const sha256 = createHash('sha256')
    .update(body.map((row) => `${row}\n`).join(''))
    .digest('hex');
  return [...body, JSON.stringify({ type: 'footer', chains: count('chain'), entries: count('entry'), sha256 })];
}

const parse = (row: string | undefined): ExportLine => JSON.parse(row ?? '{}') as ExportLine;
const entryRows = (): number[] => lines.flatMap((row, i) => (row.startsWith('{"type":"entry"') ? [i] : []));
const rowOf = (n: number): number => entryRows()[n % entryRows().length] ?? 0;
const changed = (at: number, change: (entry: Entry) => Entry): string[] => {
  const line = parse(lines[at]) as EntryLine;
  const entry = change(entryOf(line).entry as Entry);
  const iso = (ms: number): string => new Date(ms).toISOString();
  const { hash, ...fields } = entry;
  const told = { ...fields, occurredAt: iso(entry.occurredAt), recordedAt: iso(entry.recordedAt) };
  return lines.map((row, i) => (i === at ? JSON.stringify({ ...line, entry: told, hash }) : row));
};

describe('an exported file', () => {
  it('verifies alone, against the checkpoint that is in it', async () => {
    const { verified, checkpoint } = await verifyFile(path, options);
    expect(verified).toEqual({
      ...{ chains: 40, entries: 200, ended: 0, unsigned: { chains: 0, entries: 0 } },
      ...{ sealsChecked: null, problems: [], problemCount: 0 },
    });
    const withKeys = await verifyFile(path, { ...options, keys });
    expect(withKeys.verified).toEqual({ ...verified, sealsChecked: 240 });
    expect(checkpoint?.keyId).toBe(pair.keyId);
  });

  it('that is changed at any line shows it, even if its footer was made to fit', async () => {
    for (const [at, row] of ofTheDay(20, [...lines.entries()])) {
      const without = lines.filter((_, i) => i !== at);
      if (at > 0) {
        expect((await problemsOf(without)).length).toBeGreaterThan(0);
        if (!row.startsWith('{"type":"footer"'))
          expect((await problemsOf(withFooter(without))).length).toBeGreaterThan(0);
      }
    }
  });

  it('names the entry that was changed, removed or re-ordered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (n) => {
        const at = rowOf(n);
        const { entry } = parse(lines[at]) as EntryLine;
        const where = { chain: entry?.['subject'], seq: entry?.['seq'] };
        const otherState = (e: Entry): Entry => ({ ...e, state: 'refused' });
        expect(await problemsOf(withFooter(changed(at, otherState)))).toMatchObject([{ ...where, problem: 'changed' }]);
        const removed = lines.filter((_, i) => i !== at);
        expect(await problemsOf(withFooter(removed))).toMatchObject([{ ...where, problem: 'missing' }]);
        const rehashed = changed(at, (e) => ({ ...otherState(e), hash: entryHash(otherState(e)) }));
        expect((await problemsOf(withFooter(rehashed))).length).toBeGreaterThan(0);
        const next = lines[at + 1] ?? '';
        if (next.startsWith('{"type":"entry"')) {
          const swapped = lines.map((row, i) => (i === at ? next : i === at + 1 ? (lines[at] ?? '') : row));
          expect((await problemsOf(withFooter(swapped))).map(({ problem }) => problem)).toContain('reordered');
        }
      }),
      { numRuns: times(6, 15) },
    );
  });

  it('shows each document that no key of ours sealed, if the key is there', async () => {
    const [first = 0, second = 0] = entryRows();
    const line = parse(lines[first]) as EntryLine;
    const where = { chain: line.entry?.['subject'] };
    const told = (at: number, change: object) =>
      problemsOf(withFooter(lines.map((row, i) => (i === at ? JSON.stringify({ ...parse(row), ...change }) : row))), {
        keys,
      });
    const foreign = [{ ...where, seq: 1, problem: 'unsealed' }];
    expect(await told(first, { seal: undefined })).toMatchObject(foreign);
    expect(await told(first, { seal: (parse(lines[second]) as EntryLine).seal })).toMatchObject(foreign);
    expect(await told(first, { seal: line.seal?.replace('v1_', 'v2_') })).toMatchObject(foreign);
    // Of the last head one field after the other: the end that it tells stays.
    const at = first - 1;
    const { head } = parse(lines[at]) as ChainLine;
    for (const [name, value] of Object.entries({ current: { messages: 'given' }, agreedTo: ['x'], successor: 1 }))
      expect(await told(at, { head: { ...head, state: { ...head?.state, [name]: value } } }), name).toContainEqual({
        ...where,
        seq: 5,
        problem: 'unsealed',
      });
    const withoutKey = lines.map((row, i) =>
      i === at ? JSON.stringify({ ...parse(row), head: { ...head, state: { ...head?.state, current: {} } } }) : row,
    );
    expect(await problemsOf(withFooter(withoutKey))).toEqual([
      { ...where, seq: 5, field: 'current', problem: 'headDiffers' },
    ]);
    const unread = await told(at, { head: { ...head, state: { ...head?.state, current: 'given' } } });
    expect(unread).toContainEqual({ ...where, seq: 5, problem: 'unreadable' });
  });

  it('names a chain that was taken out, shows a bucket that was taken out, and a chain that is there twice', async () => {
    const starts = lines.flatMap((row, i) => (row.startsWith('{"type":"chain"') ? [i] : []));
    for (const start of starts.slice(3, 6)) {
      const block = lines.slice(start, start + 6);
      const { chain } = parse(block[0]) as ChainLine;
      const without = withFooter([...lines.slice(0, start), ...lines.slice(start + 6)]);
      expect(await problemsOf(without)).toEqual([{ chain, seq: 5, problem: 'chainMissing' }]);
      const noBucket = withFooter([...lines.slice(0, start - 1), ...lines.slice(start + 6)]);
      expect((await problemsOf(noBucket)).map(({ problem }) => problem)).toEqual(['treeDiffers']);
      const twice = withFooter([...lines.slice(0, start), ...block, ...lines.slice(start)]);
      expect((await problemsOf(twice)).map(({ problem }) => problem)).toContain('fileChanged');
    }
  });

  it('that is cut off, has rubbish in it, or goes on behind its footer, is not as it was written', async () => {
    const told = async (rows: readonly string[]): Promise<boolean> =>
      (await problemsOf(rows)).some(({ problem }) => problem === 'fileChanged');
    expect(await told(lines.slice(0, -1))).toBe(true);
    expect(await told([...lines, '{"type":"entry"}'])).toBe(true);
    expect(await told([...lines.slice(0, 5), 'rubbish', ...lines.slice(5)])).toBe(true);
    expect(await told([...lines.slice(0, 5), '{"type":"other"}', ...lines.slice(5)])).toBe(true);
    // The same facts, other bytes.
    expect(await told(lines.map((row, i) => (i === 5 ? row.replace('{', '{ ') : row)))).toBe(true);
    await expect(problemsOf(['{}'])).rejects.toThrow('not an export of the ledger');
    await expect(verifyFile(join(folder, 'nothing'), options)).rejects.toThrow('ENOENT');
  });

  it('with a checkpoint of another signer is not trusted if the right key is known', async () => {
    const other = join(folder, 'other.jsonl');
    const stranger = newKeyPair();
    const shape = { chains: 3, entriesPerChain: 2, key: stranger.privateKey, from: Date.UTC(2026, 0, 1), keys };
    await writeLedgerFile(other, shape);
    const rows = readFileSync(other, 'utf8').trimEnd().split('\n');
    expect(await problemsOf(rows)).toEqual([{ problem: 'untrustedKey', checkpoint: '2026-01-01' }]);
    expect(await problemsOf(rows, { trusted: [] })).toEqual([]);
  });
});
