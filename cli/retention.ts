import type { Command } from 'commander';
import { listInactive, type KnownInactivity } from '../functions/src/retention/inactiveSteps.ts';
import { foreseeRun, lookForUndeclared, type Foreseen } from '../functions/src/retention/officer.ts';
import { startRetentionOf } from '../functions/src/retention/operations.ts';
import { sweepKey } from '../functions/src/retention/plan.ts';
import { json, print, project, type Common } from './common.ts';
import { officerContext } from './context.ts';

const at = (instant: number): string => new Date(instant).toISOString().slice(0, 19);

/** One line of the dry run. */
function foreseenLine({ found, ...sweep }: Foreseen): string {
  const head = `${sweepKey(sweep)}: ${sweep.field} up to ${at(sweep.cutoff)}`;
  if (found === null) return `${head}: its system cannot tell`;
  const { over, oldest, held, undated } = found;
  return [
    `${head}: ${over} over`,
    ...(oldest === null ? [] : [`oldest ${at(oldest)}`]),
    ...(held === 0 ? [] : [held === null ? 'held: not counted' : `${held} held`]),
    ...(undated === 0 ? [] : [`${undated} undated`]),
  ].join(', ');
}

const inactiveLine = ({ uid, lastActiveAt, told, eraseAt }: KnownInactivity): string =>
  [
    `${uid}: last used ${at(lastActiveAt)}`,
    told === undefined ? 'not told yet' : told === 'sent' ? 'told by e-mail' : 'has no address to be told at',
    ...(eraseAt === undefined ? [] : [`ends after ${at(eraseAt)}`]),
  ].join(', ');

/** `compliance retention …`: what ends because its time has come (Art. 5(1)(e)). */
export function retentionCommands(program: Command): void {
  const retention = program.command('retention').description('what ends because its time has come (Art. 5(1)(e))');

  retention
    .command('plan')
    .option('--record <record>', 'one record of the policy')
    .description(
      'the dry run: per record the cut-off, how much is over it, the oldest, what is held; and what no policy declares; touches nothing',
    )
    .addHelpText(
      'after',
      `
Counts say how many rows the sweep will look at: rows of collections of the same name elsewhere are counted and not touched.
Needs PSEUDONYM_KEY_V1.`,
    )
    .addOption(project)
    .addOption(json)
    .action(async ({ record, ...options }: Common & { record?: string }) => {
      const all: Foreseen[] = [];
      for await (const one of foreseeRun(officerContext(options), Date.now(), record)) {
        all.push(one);
        if (options.json !== true) console.log(foreseenLine(one));
      }
      const undeclared =
        record === undefined ? await lookForUndeclared(officerContext(options), Date.now()) : undefined;
      if (options.json === true) print(options, { sweeps: all, ...(undeclared && { undeclared }) }, () => '');
      else
        for (const place of [...(undeclared?.collections ?? []), ...(undeclared?.below ?? [])])
          console.log(`in no policy: ${place}`);
    });

  retention
    .command('inactive')
    .description('accounts that nobody uses: since when, whether the person was told, when the account ends')
    .addOption(project)
    .addOption(json)
    .action(async (options: Common) => {
      const all = await listInactive(officerContext(options));
      print(options, all, () => all.map(inactiveLine).join('\n') || 'no account is unused');
    });

  retention
    .command('run')
    .requiredOption('--record <record>', 'of the policy')
    .description('ends what is over of one record now, beside the nightly run')
    .addHelpText('after', '\nThe deployed tick begins within a minute. Needs PSEUDONYM_KEY_V1.')
    .addOption(project)
    .addOption(json)
    .action(async ({ record, ...options }: Common & { record: string }) => {
      const run = await startRetentionOf(officerContext(options), record, Date.now());
      print(options, { run }, () => `run ${run} is started; its figures are in retentionRuns/${run}`);
    });
}
