import type { Settings } from '../src/deployment.ts';

/**
 * The policy that this deployment keeps. Another company exports its own here:
 * docs/your-own-policy.md.
 */
export { amikeo as policy } from './amikeo/index.ts';

/** Settings beside the policy: none. */
export const settings: Settings = {};
