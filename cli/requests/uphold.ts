import type { Command } from 'commander';
import { policy } from '../../functions/policies/deployed.ts';
import { planUphold, uphold, type PlannedUphold } from '../../functions/src/rights/objection/uphold.ts';
import { inLanguage } from '../../functions/src/texts/languages.ts';
import { fail, print } from '../common.ts';
import { officerContext } from '../context.ts';
import { decided, officerOf, type Deciding } from '../officer.ts';
import { findOrFail, key, refusalOf, uidOption, type Named } from './options.ts';

interface Options extends Named, Deciding {
  readonly purpose?: string;
  readonly send?: true;
}

/** `compliance request uphold`: an objection is right, and its purpose ends for the person. */
export function upholdCommand(request: Command): void {
  decided(request.command('uphold'))
    .addArgument(key())
    .addOption(uidOption())
    .option('--purpose <id>', 'of the policy, as you read it in their words; absent: the one that the request names')
    .option('--send', 'decides it: the purpose ends, and the person is told; without it nothing changes')
    .description('upholds an objection (Art. 21(1)): its purpose ends for this person, and the machine answers them')
    .addHelpText('after', '\nNeeds PSEUDONYM_KEY_V1. `request refuse` is the other decision.')
    .action(async (id: string, options: Options) => {
      const context = officerContext(options);
      const found = await findOrFail(context, id, options);
      const planned = await planUphold(context, found, options.purpose);
      const decided =
        planned.ok && options.send === true
          ? await uphold(context, found, planned.uphold, await officerOf(options))
          : undefined;
      const no = planned.ok ? (decided?.ok === false ? decided : undefined) : planned;
      const purposes = planned.ok ? planned.uphold.purposes : [];
      const shown = { ok: no === undefined, ...(no && { because: no.because }), purposes, sent: decided?.ok === true };
      print(options, shown, () =>
        no === undefined && planned.ok
          ? [...linesOf(planned.uphold), ends(decided?.ok === true)].join('\n')
          : `NOT UPHELD: ${no === undefined ? '' : refusalOf(no)}`,
      );
      if (no !== undefined) fail();
    });
}

/** The purposes that end, each with its basis and its interest. */
const linesOf = ({ purposes }: PlannedUphold): string[] =>
  purposes.flatMap((id) => {
    const { name, legalBasis, interest } = policy.purposes[id] ?? {};
    return [
      `${id}: ${inLanguage(name ?? {}, 'en')} (${legalBasis ?? 'unknown'})`,
      ...(interest === undefined ? [] : [`  the interest: ${inLanguage(interest, 'en')}`]),
    ];
  });

const ends = (isSent: boolean): string =>
  isSent
    ? 'upheld: a job ends these purposes, makes the tasks at their recipients, and answers the person'
    : 'only shown: --send ends these purposes for this person, tells their recipients, and answers';
