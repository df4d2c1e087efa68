import type { Command } from 'commander';
import { policy } from '../../functions/policies/deployed.ts';
import { consentPurposes } from '../../functions/src/policy/lookup.ts';
import { askLedger } from '../../functions/src/proof/answer.ts';
import { proveJson, provePage } from '../../functions/src/proof/page.ts';
import { fail, print, withProject, type Common } from '../common.ts';
import { officerContext } from '../context.ts';
import { personOf, type PersonOptions } from '../person.ts';

interface Options extends Common, PersonOptions {
  readonly purpose: string;
  readonly at?: string;
}

/**
 * `compliance ledger prove`: shows whether a person had agreed at a moment, and to which text. Exit
 * codes:
 *
 * - 0: the question was answered, with yes or no.
 * - 1: a chain does not verify, or something failed.
 * - 2: the question was put wrongly.
 */
export function proveCommand(ledger: Command): void {
  const command = withProject(ledger.command('prove'))
    .description('shows whether a person had agreed to a purpose at a moment, with the exact text of the question')
    .option('--uid <uid>', 'of Firebase Auth; also finds an erased person who had it')
    .option(
      '--email <address>',
      'finds a person with an account through Auth, and an erased one by the hash that the erasure left',
    )
    .requiredOption('--purpose <id>', `one of ${consentPurposes(policy).join(', ')}`)
    .option('--at <time>', 'ISO 8601, such as 2026-03-01 or 2026-03-01T10:00:00Z; absent: now')
    .addHelpText('after', '\nEnds with 1 if the ledger does not verify. Needs PSEUDONYM_KEY_V1.');

  const refuse = (message: string): never => command.error(`error: ${message}`);

  command.action(async (options: Options) => {
    const person = personOf(options);
    const at = timeOf(options.at) ?? refuse(`--at is not a time in ISO 8601, such as 2026-03-01T10:00:00Z`);
    // An older version of the policy may have asked for more purposes: the ids of its texts say
    // which.
    const known = new Set([
      ...consentPurposes(policy),
      ...Object.values(policy.notices).flatMap((n) => Object.keys(n)),
    ]);
    if (!known.has(options.purpose)) refuse(`no consent is asked for such a purpose. Known: ${[...known].join(', ')}`);

    const answer = await askLedger(officerContext(options), policy, { person, purpose: options.purpose, at });
    print(options, proveJson(answer), () => provePage(policy, answer, 'uid' in person ? 'uid' : 'email'));
    if (answer.persons.some(({ problems }) => problems.length > 0)) fail();
  });
}

/** A date alone is the beginning of that day, UTC. */
function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return Date.now();
  const at = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
    ? Date.parse(text)
    : NaN;
  return Number.isNaN(at) ? undefined : at;
}
