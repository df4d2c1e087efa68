import type { Command } from 'commander';
import { letOn } from '../../functions/src/rights/onBehalf/letOn.ts';
import { fail, print } from '../common.ts';
import { officerContext } from '../context.ts';
import { decided, officerOf, type Deciding } from '../officer.ts';
import { findOrFail, key, refusalOf, uidOption, type Named } from './options.ts';

/** `compliance request let-on`: a request for another person goes on against their word. */
export function letOnCommand(request: Command): void {
  decided(request.command('let-on'))
    .addArgument(key())
    .addOption(uidOption())
    .description('lets a request for another person go on although the person disagrees; never an erasure')
    .addHelpText(
      'after',
      '\nNeeds PSEUDONYM_KEY_V1. `request show` has both sides. A copy leaves out what the person wrote.',
    )
    .action(async (id: string, options: Named & Deciding) => {
      const context = officerContext(options);
      const found = await findOrFail(context, id, options);
      const decided = await letOn(context, found, await officerOf(options));
      const shown = decided.ok ? { ok: true, status: decided.record.status } : decided;
      print(options, shown, () =>
        decided.ok ? `it goes on: ${decided.record.status}` : `NOT LET ON: ${refusalOf(decided)}`,
      );
      if (!decided.ok) fail();
    });
}
