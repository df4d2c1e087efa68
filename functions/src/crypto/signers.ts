import { signerFrom, type Signer } from './sign.ts';
import type { Context } from '../platform/context.ts';
import { PermanentError } from '../platform/errors.ts';

/**
 * Returns the signer of evidence (checkpoints, certificates, exports), and all public keys that may
 * have signed. The current key signs.
 *
 * @throws PermanentError `signing_key` that names the secret, and nothing of its value
 */
export function signers(context: Pick<Context, 'evidenceKeys'>): { current: Signer; trusted: string[] } {
  const { current, keys } = context.evidenceKeys();
  const all = Object.entries(keys).map(([version, secret]) => {
    try {
      return { version: Number(version), signer: signerFrom(secret) };
    } catch (error) {
      throw new PermanentError('signing_key', `EVIDENCE_SIGNING_KEY_V${version}: ${(error as Error).message}`);
    }
  });
  const signer = all.find(({ version }) => version === current)?.signer;
  if (signer === undefined) throw new PermanentError('signing_key', `EVIDENCE_SIGNING_KEY_V${current} is not set`);
  return { current: signer, trusted: all.map((one) => one.signer.publicKey) };
}
