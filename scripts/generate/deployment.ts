import { declarationOf, type Settings } from '../../functions/src/deployment.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';
import type { SystemFolder } from './systems.ts';

/**
 * Renders what the functions are declared with as a file: listing them, or starting one, loads no
 * policy.
 */
export function renderDeployment(policy: Policy, settings: Settings, systems: readonly SystemFolder[]): string {
  const secretsOf = (system: string): readonly string[] => systems.find(({ id }) => id === system)?.secrets ?? [];
  return [
    '// Written by `npm run generate` from policies/deployed.ts and its policy: change those, not this.',
    "import type { Declaration, Deployment } from './deployment.ts';",
    '',
    `const declaration: Declaration = ${JSON.stringify(declarationOf(policy, settings, secretsOf), null, 2)};`,
    '',
    '/** The deployment of this repository; its policy is loaded at the first event. */',
    'export const deployment: Deployment = {',
    '  ...declaration,',
    "  policy: async () => (await import('../policies/deployed.ts')).policy,",
    '};',
    '',
  ].join('\n');
}
