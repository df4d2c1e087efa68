import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeLedgerFile } from '../../../fixtures/ledger.ts';
import { newKeyPair, signerFrom } from '../../../functions/src/crypto/sign.ts';
import { runCompliance } from '../../compliance.ts';
import { compliance, complianceWithKey } from './compliance.ts';
import { isAmikeo } from '../../kit/amikeo.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('the command', () => {
  it.skipIf(!isAmikeo)('says that the policy holds together, as text and as JSON', async () => {
    const started = await runCompliance(['policy', 'check'], { ...process.env, GCLOUD_PROJECT: undefined });
    expect(started).toMatchObject({ code: 0, stderr: '' });
    const [line, notes] = ['the policy holds together', 'the facts of 2025-06-15 do not record '];
    expect(started.stdout).toMatch(new RegExp(`^${line}\\ndocs/notices.lock.json: ${notes}.*\\n$`));
    expect(JSON.parse((await compliance('policy', 'check', '--json')).stdout)).toEqual({
      ...{ ok: true, problems: [] },
      notCompared: [expect.stringContaining(notes)],
    });
  });

  it('refuses an impossible request, with a remedy and an exit code', async () => {
    const without = await runCompliance(['ledger', 'verify'], { ...process.env, GCLOUD_PROJECT: undefined });
    expect(without).toMatchObject({ code: 2, stdout: '' });
    expect(without.stderr).toContain('--project');
    expect((await compliance('fortune', 'tell')).code).toBe(2);
  });

  it('makes a key pair for checkpoints: its public half verifies', async () => {
    const { code, stdout } = await compliance('ledger', 'keygen', '--json');
    const pair = JSON.parse(stdout) as { privateKey: string; publicKey: string; keyId: string };
    expect(code).toBe(0);
    expect(signerFrom(pair.privateKey)).toMatchObject({ publicKey: pair.publicKey, keyId: pair.keyId });
    const text = await compliance('ledger', 'keygen');
    expect(text.stdout).toContain('functions:secrets:set EVIDENCE_SIGNING_KEY_V1');
    const next = await compliance('ledger', 'keygen', '--key-version', '2');
    expect(next.stdout).toContain('functions:secrets:set EVIDENCE_SIGNING_KEY_V2');
    expect(next.stdout).not.toContain('_V1');
    // The prompt takes one line.
    expect(pair.privateKey).toMatch(/^\S+$/);
    expect(signerFrom(text.stdout.split('\n')[0] ?? '').keyId).toMatch(/^[0-9a-f]{16}$/);
  });

  it('says of an exported file that no seal was checked if no key is set, and counts them if one is', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'ledger-')), 'export.jsonl');
    const keys = { current: 1, keys: { 1: 'a key for tests' } };
    const shape = { chains: 2, entriesPerChain: 2, from: Date.UTC(2026, 0, 1), keys };
    await writeLedgerFile(file, { ...shape, key: newKeyPair().privateKey });
    const verify = ['ledger', 'verify', '--file', file];
    const told = await compliance(...verify, '--json');
    expect(JSON.parse(told.stdout)).toMatchObject({ sealsChecked: null, problemCount: 0 });
    expect((await compliance(...verify)).stdout).toContain('no seal was checked');
    const withKey = await complianceWithKey(keys.keys[1], ...verify, '--json');
    expect(JSON.parse(withKey.stdout)).toMatchObject({ sealsChecked: 6, problemCount: 0 });
    const wrong = await complianceWithKey('another key', ...verify, '--json');
    expect(wrong.code).toBe(1);
    expect(JSON.parse(wrong.stdout)).toMatchObject({ problemCount: 6 });
  });

  it('refuses a file that is no export, and a public key that is none, and says which', async () => {
    const file = await compliance('ledger', 'verify', '--file', join(ROOT, 'package.json'));
    expect(file).toMatchObject({ code: 2, stdout: '' });
    expect(file.stderr).toContain('not an export of the ledger');
    const key = await compliance('ledger', 'verify', '--file', 'x', '--public-key', 'nonsense');
    expect(key.stderr).toContain('not an Ed25519 public key');
  });

  it.each([
    [['--help']],
    [['ledger', 'verify', '--help']],
    [['ledger', 'export', '--help']],
    [['ledger', 'checkpoint', '--help']],
    [['jobs', 'blocked', '--help']],
    [['erasure', 'retry', '--help']],
  ])('explains itself: %j', async (args) => {
    const { code, stdout } = await compliance(...args);
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: compliance');
  });
});
