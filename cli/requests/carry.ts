import type { Command } from 'commander';
import { carryCorrection, type NotCarried } from '../../functions/src/rights/answers/correction.ts';
import { fail, print, withProject } from '../common.ts';
import { officerContext } from '../context.ts';
import { findOrFail, key, uidOption, type Named } from './options.ts';

const REFUSALS: Readonly<Record<NotCarried, string>> = {
  nothing: 'nothing is carried for it: only a rectification of an account, if a recipient has values of profiles',
  final: 'it is closed',
  queued: 'it is queued, and has not begun',
  erased: 'the person is being erased, or was: nothing of theirs is carried any more',
};

/** `compliance request carry`: a correction reaches every recipient that has the value. */
export function carryCommand(request: Command): void {
  withProject(request.command('carry'))
    .addArgument(key())
    .addOption(uidOption())
    .option('--again', 'begins anew: the profile was corrected once more')
    .description('carries a correction to every recipient that has the value, and says how far it is (Art. 16, 19)')
    .addHelpText('after', '\nCorrect the profile first: it is read then. Needs PSEUDONYM_KEY_V1.')
    .action(async (id: string, options: Named & { again?: true }) => {
      const context = officerContext(options);
      const found = await findOrFail(context, id, options);
      const answer = await carryCorrection(context, found, options.again === true);
      print(options, answer, () =>
        answer.ok
          ? [
              `told: ${answer.carried.told.join(', ') || 'nobody yet'}`,
              `being told, or to look at: ${answer.carried.asked.join(', ') || 'nobody'}`,
              `not corrected, since they said no or cannot be told: ${answer.carried.refused.join(', ') || 'nobody'}`,
            ].join('\n')
          : REFUSALS[answer.because],
      );
      if (!answer.ok) fail();
    });
}
