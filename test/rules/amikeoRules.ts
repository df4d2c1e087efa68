import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { renderRules } from '../../functions/src/policy/generate/rules.ts';

/** AMIKEO's rules, also if another policy is deployed: the matrix has its documents. */
export const rules = renderRules(amikeo);
