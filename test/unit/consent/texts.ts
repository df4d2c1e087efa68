import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';

/**
 * AMIKEO's policy with its texts under further versions as well: a yes counts only for a version
 * that has texts.
 */
export function withTexts(...versions: readonly string[]): Policy {
  const texts = amikeo.notices[amikeo.version] ?? {};
  return {
    ...amikeo,
    notices: { ...Object.fromEntries(versions.map((version) => [version, texts])), ...amikeo.notices },
  };
}
