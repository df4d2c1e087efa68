import type { Command } from 'commander';
import { isSuppressed, liftSuppression } from '../functions/src/subject/suppression.ts';
import { isUnmistakable } from '../functions/src/subject/emails.ts';
import { fail, NEEDS_KEY, print, UsageError, withProject, type Common } from './common.ts';
import { officerContext } from './context.ts';

interface Options extends Common {
  readonly email: string;
  readonly proven?: true;
}

/**
 * The address as it is kept; it is never printed.
 *
 * @throws {UsageError} if it is no address
 */
function addressOf({ email }: Options): string {
  const address = email.trim();
  if (!isUnmistakable(address))
    throw new UsageError('--email is no address, or one that could be mistaken for another');
  return address;
}

/** `compliance suppression …`: objections to marketing that outlived an erasure (Art. 21(3)). */
export function suppressionCommands(program: Command): void {
  const suppression = program
    .command('suppression')
    .description('objections to marketing that outlived an erasure (Art. 21(3)), by the keyed hash of an address');

  withProject(suppression.command('check'))
    .requiredOption('--email <address>', 'of the person who asks')
    .description('is an objection kept under this address?')
    .addHelpText('after', NEEDS_KEY)
    .action(async (options: Options) => {
      const suppressed = await isSuppressed(officerContext(options), addressOf(options));
      print(options, { suppressed }, () =>
        suppressed ? 'an objection is kept: this address gets no marketing' : 'no objection is kept under this address',
      );
      if (!suppressed) fail();
    });

  withProject(suppression.command('lift'))
    .requiredOption('--email <address>', 'of the person who asks')
    .option('--proven', 'needed: the person has proven that the address is theirs, and wants to be written to again')
    .description('ends an objection, so that the next consent under this address counts')
    .addHelpText('after', NEEDS_KEY)
    .action(async (options: Options) => {
      if (options.proven !== true)
        throw new UsageError(
          'only the person who has the address can lift an objection: add --proven once that is proven',
        );
      const lifted = await liftSuppression(officerContext(options), addressOf(options));
      print(options, { lifted }, () => (lifted ? 'lifted' : 'no objection was kept under this address'));
      if (!lifted) fail();
    });
}
