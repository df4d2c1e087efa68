import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { certificateHash, certificateText } from '../../../functions/src/erasure/certificate/certificate.ts';
import { certificatePage } from '../../../functions/src/erasure/certificate/page.ts';
import { certificate, interim, pair, stranger } from '../erasure/certificate/signed.sample.ts';
import { compliance } from './compliance.ts';

const ROOT = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const file = write('certificate.json', certificateText(certificate));
const forged = write('forged.json', certificateText({ ...certificate, number: 3 }));
const sha256 = certificateHash(certificate);

const run = (...args: string[]) => compliance('certificate', ...args);

describe('certificate verify', () => {
  it('says that it holds, for the key that signed it, without a database', async () => {
    const { code, stdout } = await run('verify', file, '--public-key', pair.publicKey);
    expect(code).toBe(0);
    expect(stdout).toContain('it holds');
    expect(stdout).toContain(sha256);
    expect(stdout).not.toContain('was not compared');
  });

  it('says the same as JSON, and that no key was compared', async () => {
    const { code, stdout } = await run('verify', file, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      ...{ ok: true, faults: [], sha256, compared: false, id: certificate.id, number: 2, interim: false },
      keyId: pair.keyId,
    });
    expect((await run('verify', file)).stdout).toContain('was not compared with one that you trust');
  });

  it('fails with 1 if it was changed, another key signed it, or it is something else', async () => {
    const changed = await run('verify', forged);
    expect(changed).toMatchObject({ code: 1 });
    expect(changed.stdout).toMatch(/changed: .*\nbadSignature: .*\n.*it does NOT hold\n$/s);
    const other = await run('verify', file, '--public-key', stranger.publicKey, '--json');
    expect(other.code).toBe(1);
    expect(JSON.parse(other.stdout)).toMatchObject({ ok: false, faults: [{ problem: 'untrustedKey' }] });
    const formatted = write('formatted.json', JSON.stringify(certificate, null, 2));
    expect((await run('verify', formatted)).stdout).toContain('notAsWritten');
    const something = await run('verify', join(ROOT, 'package.json'));
    expect(something).toMatchObject({ code: 1 });
    expect(something.stdout).toContain('notACertificate');
  });

  it('takes several keys, one of them from a file', async () => {
    const keys = `${stranger.publicKey},${write('key.txt', pair.publicKey)}`;
    expect((await run('verify', file, '--public-key', keys)).code).toBe(0);
  });

  it('fails with 2 if it was used wrongly: nothing was checked', async () => {
    for (const args of [
      ['verify'],
      ['verify', join(folder, 'none.json')],
      ['verify', file, '--public-key', 'nonsense'],
      ['verify', file, '--fast'],
      ['show', file, '--language', 'de'],
      ['forge', file],
    ]) {
      const { code, stdout, stderr } = await run(...args);
      expect([args, code]).toEqual([args, 2]);
      expect(stdout).toBe('');
      expect(stderr).not.toBe('');
    }
    expect((await run('verify', '--help')).code).toBe(0);
  }, 90_000);
});

describe('certificate show', () => {
  it('prints it in the requested language, with the result of the checks apart from it', async () => {
    const { code, stdout, stderr } = await run('show', file, '--language', 'fr');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Attestation d'effacement\n/);
    expect(stderr).toContain('it holds');
    const english = await run('show', write('interim.json', certificateText(interim)));
    expect(english.stdout).toMatch(/^Interim certificate of erasure\n/);
  });

  it('writes the page, the same as in the bucket', async () => {
    const out = join(folder, 'page.html');
    expect((await run('show', file, '--language', 'fr', '--out', out)).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toBe(certificatePage(certificate, sha256, 'fr'));
  });

  it('names the faults of one that does not hold first, and makes no page of it', async () => {
    const { code, stderr } = await run('show', forged);
    expect(code).toBe(1);
    expect(stderr).toContain('it does NOT hold');
    const out = join(folder, 'forged.html');
    expect((await run('show', forged, '--out', out)).code).toBe(1);
    expect(() => readFileSync(out)).toThrow('ENOENT');
    const none = await run('show', join(ROOT, 'package.json'));
    expect(none).toMatchObject({ code: 1, stdout: '' });
  });
});
