import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { renderRules } from '../../functions/src/policy/generate/rules.ts';
import { asDraft } from '../kit/amikeo.ts';

/**
 * AMIKEO's rules, also if another policy is deployed: the matrix has its documents. The next
 * version is a draft in them: enforced.test.ts has the rules from its day on.
 */
export const rules = renderRules(asDraft(amikeo));
