import { declarationOf, DEFAULT_PREFIX, type Settings } from '../../functions/src/deployment.ts';
import type { Problem } from '../../functions/src/policy/check.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';
import { secretsIn, type SystemFolder } from './systems.ts';

/**
 * Renders the declaration of the functions as a file: listing them, or starting one, loads no
 * policy.
 */
export function renderDeployment(policy: Policy, settings: Settings, systems: readonly SystemFolder[]): string {
  return [
    '// Written by `npm run generate` from policies/deployed.ts and its policy: change those, not this.',
    "import type { Declaration, Deployment } from './deployment.ts';",
    '',
    `const declaration: Declaration = ${JSON.stringify(declarationOf(policy, settings, secretsIn(systems)), null, 2)};`,
    '',
    '/** The deployment of this repository; its policy is loaded at the first event. */',
    'export const deployment: Deployment = {',
    '  ...declaration,',
    "  policy: async () => (await import('../policies/deployed.ts')).policy,",
    '};',
    '',
  ].join('\n');
}

interface FirebaseJson {
  readonly functions?: readonly { readonly source?: string; readonly prefix?: string }[];
}

/**
 * Finds out if firebase.json gives the functions another prefix than they know themselves: their
 * tasks would go to queues that nobody works off.
 *
 * @param firebase the text of firebase.json; undefined if there is none
 * @throws SyntaxError if it is no JSON
 */
export function prefixProblems({ prefix = DEFAULT_PREFIX }: Settings, firebase: string | undefined): Problem[] {
  const { functions = [] } = JSON.parse(firebase ?? '{}') as FirebaseJson;
  const ours = functions.filter(({ source }) => source === 'functions');
  return ours
    .filter((codebase) => (codebase.prefix ?? '') !== prefix)
    .map((codebase) => ({
      code: 'function-prefix',
      path: 'firebase.json',
      message: `the functions have the prefix '${codebase.prefix ?? ''}' there and '${prefix}' in functions/policies/deployed.ts: say the same in both`,
    }));
}
