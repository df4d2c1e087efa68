import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import { AMIKEO_VERSION } from '../../kit/amikeo.ts';

/**
 * AMIKEO's policy with its texts under further versions as well: a yes counts only for a version
 * that has texts.
 */
export function withTexts(...versions: readonly string[]): Policy {
  const texts = amikeo.notices[AMIKEO_VERSION] ?? {};
  return {
    ...amikeo,
    version: AMIKEO_VERSION,
    notices: { ...Object.fromEntries(versions.map((version) => [version, texts])), ...amikeo.notices },
  };
}
