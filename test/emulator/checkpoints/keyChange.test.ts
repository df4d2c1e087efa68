import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { newKeyPair } from '../../../functions/src/crypto/sign.ts';
import { runCompliance } from '../../compliance.ts';

/** The key that signs checkpoints is changed, as docs/checkpoints.md says. A project of its own. */

const project = `demo-keys-${randomBytes(4).toString('hex')}`;
const [one, two] = [newKeyPair(), newKeyPair()];
const [V1, V2] = [{ EVIDENCE_SIGNING_KEY_V1: one.privateKey }, { EVIDENCE_SIGNING_KEY_V2: two.privateKey }];
const neither = { EVIDENCE_SIGNING_KEY_V1: undefined, EVIDENCE_SIGNING_KEY_V2: undefined };

const ledger = async (args: readonly string[], keys: Record<string, string>) => {
  const here = { GCLOUD_PROJECT: project, GOOGLE_CLOUD_PROJECT: project, EVIDENCE_BUCKET: `${project}.appspot.com` };
  const env = { ...process.env, ...here, ...neither, ...keys };
  const { code, stdout, stderr } = await runCompliance(['ledger', ...args, '--json'], env);
  return { code, stderr, told: JSON.parse(stdout || '{}') as Record<string, unknown> };
};
const signedBy = async (): Promise<unknown> => (await ledger(['verify'], {})).told['checkpoint'];

it('a checkpoint from the terminal is signed by the last version, before and after the first one is gone', async () => {
  expect(await ledger(['checkpoint'], V1)).toMatchObject({ code: 0, told: { status: 'completed' } });
  expect(await signedBy()).toMatchObject({ keyId: one.keyId });
  for (const keys of [{ ...V1, ...V2 }, { ...V1, ...V2 }, V2]) {
    expect(await ledger(['checkpoint'], keys)).toMatchObject({ code: 0, told: { status: 'completed' } });
    expect(await signedBy()).toMatchObject({ keyId: two.keyId });
  }
  // Only the retired key: it does not vouch for the newest checkpoint, and signs nothing over it.
  const retired = await ledger(['checkpoint'], V1);
  expect(retired).toMatchObject({ code: 1, told: { status: 'blocked' } });
  expect(retired.told['problems']).toEqual([expect.stringContaining('untrustedKey')]);
  expect(await signedBy()).toMatchObject({ keyId: two.keyId });
});
