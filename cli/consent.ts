import { Option, type Command } from 'commander';
import { policy } from '../functions/policies/deployed.ts';
import { enterWithdrawal, type Entered } from '../functions/src/consent/letters/withdrawal.ts';
import { consentPurposes } from '../functions/src/policy/lookup.ts';
import { receiptOf } from '../functions/src/rights/ways/form.ts';
import { CHANNELS, type Channel } from '../functions/src/requests/request.ts';
import { print } from './common.ts';
import { officerContext } from './context.ts';
import { decided, deciderIn, type Deciding } from './officer.ts';
import { personOf, type PersonOptions } from './person.ts';

interface Options extends Deciding, PersonOptions {
  readonly purpose: string;
  readonly channel: Channel;
  readonly received: string;
  readonly holder?: string;
}

/** `compliance consent …`: answers that did not come through the app. */
export function consentCommands(program: Command): void {
  const consent = program.command('consent').description('consents that people take back outside the app');

  decided(consent.command('withdraw'))
    .requiredOption('--purpose <id>', `one of ${consentPurposes(policy).join(', ')}`)
    .addOption(new Option('--channel <channel>', 'how it came in').choices(CHANNELS).makeOptionMandatory())
    .requiredOption(
      '--received <date>',
      'when it came in, such as 2026-03-01, or 2026-03-01T14:00Z: it ends then; a day counts to its end',
    )
    .option('--uid <uid>', 'of the person, in Firebase Auth')
    .option('--email <address>', 'of the account that has verified it')
    .option('--holder <uid>', 'of the parent or guardian who wrote for the person')
    .description('takes a consent back for somebody who wrote, called or came (Art. 7(3)); entered twice, it is one')
    .addHelpText(
      'after',
      '\nNobody has to prove who they are to say no. The app shows the no as well. Needs PSEUDONYM_KEY_V1.',
    )
    .action(async (options: Options) => {
      const { purpose, channel, received, holder } = options;
      const context = officerContext(options);
      const receipt = receiptOf(policy, received, context.now());
      const officer = await deciderIn(context, options.as);
      const no = { purpose, channel, ...receipt, officer };
      const entered = await enterWithdrawal(context, personOf(options), no, holder);
      print(options, { purpose, ...entered }, () => words(purpose, entered));
    });
}

function words(purpose: string, { state, before, stands }: Entered): string {
  const was = before ? ' (it was entered before, or the person said no themselves)' : '';
  return stands ? `${purpose}: recorded${was}; a later yes of the person stands` : `${purpose}: ${state}${was}`;
}
