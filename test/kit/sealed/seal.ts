import type { DocumentReference } from 'firebase-admin/firestore';
import type { PseudonymKeys } from '../../../functions/src/platform/keys.ts';
import { sealed } from '../../../functions/src/crypto/seal.ts';

/**
 * Writes fields of a document of `compliance` as the backend would: whole, and sealed. A field that
 * is undefined goes. A test that forges a document writes it without this.
 */
export async function writeSealed(
  ref: DocumentReference,
  fields: Readonly<Record<string, unknown>>,
  keys: PseudonymKeys,
): Promise<void> {
  const changed = Object.entries({ ...(await ref.get()).data(), ...fields });
  const data = Object.fromEntries(changed.filter(([, value]) => value !== undefined));
  await ref.set(sealed(ref.path, data, keys));
}
