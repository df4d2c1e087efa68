import { targetsOf, type Target } from '../../scripts/generate/targets.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';

/**
 * The generated files of a policy but the client's: the compiler takes seconds to print its types.
 * For a test about the others.
 */
export const quickTargets = (policy: Policy): readonly Target[] =>
  targetsOf(policy).filter(({ path }) => path !== 'client/contract.generated.ts');
