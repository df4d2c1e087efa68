import { readFileSync } from 'node:fs';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { consentPurposes, devicePermissionIds } from '../../functions/src/policy/lookup.ts';
import { renderRules } from '../../scripts/rules-sections.ts';

/** The rules of this repository with AMIKEO's lists, whatever policy is deployed: the matrix has its documents. */
export const rules = renderRules(readFileSync(new URL('../../firestore.rules', import.meta.url), 'utf8'), {
  consentPurposes: consentPurposes(amikeo),
  devicePermissions: devicePermissionIds(amikeo),
});
