import type { Command } from 'commander';
import { listInactive, type KnownInactivity } from '../functions/src/retention/inactivity/list.ts';
import { endOrphansOf, foreseeRun, lookForUndeclared, type Foreseen } from '../functions/src/retention/officer.ts';
import { startRetentionOf } from '../functions/src/retention/start.ts';
import { sweepKey } from '../functions/src/retention/plan.ts';
import type { Orphans } from '../functions/src/systems/system.ts';
import { fail, harmlessLine, print, say, withProject, type Common } from './common.ts';
import { officerContext } from './context.ts';
import { moment } from './times.ts';

/** One line of the dry run. */
function foreseenLine({ found, ...sweep }: Foreseen): string {
  const head = `${sweepKey(sweep)}: ${sweep.field} up to ${moment(sweep.cutoff)}`;
  if (found === null) return `${head}: its system cannot tell`;
  const { over, oldest, held, undated } = found;
  return [
    `${head}: ${over} over`,
    ...(oldest === null ? [] : [`oldest ${moment(oldest)}`]),
    ...(held === 0 ? [] : [held === null ? 'held: not counted' : `${held} held`]),
    ...(undated === 0 ? [] : [`${undated} undated`]),
  ].join(', ');
}

const inactiveLine = ({ uid, isSealed, lastActiveAt, told, eraseAt }: KnownInactivity): string =>
  [
    ...(isSealed ? [] : ['NOT SEALED, counts for nothing and is removed tonight']),
    `${uid}: last used ${moment(lastActiveAt)}`,
    told === undefined ? 'not told yet' : told === 'sent' ? 'told by e-mail' : 'has no address to be told at',
    ...(eraseAt === undefined ? [] : [`is erased after ${moment(eraseAt)}`]),
  ].join(', ');

/** Describes the result for orphans; a dry run foretells it. */
function orphansText({ found, deleted, archived, held, unarchived, places }: Orphans, isDry: boolean): string {
  if (found === 0) return 'nothing lies below deleted rows';
  const figures = [
    `${found} documents below deleted rows`,
    ...(isDry ? [] : [`${deleted} deleted`, `${archived} archived`]),
    ...(held === 0 ? [] : [`${held} held`]),
    ...(unarchived === 0 ? [] : [`${unarchived} stay: their archive has no place for them`]),
  ].join(', ');
  return [figures, ...places.map((place) => `  ${place}`)].join('\n');
}

/** `compliance retention …`: erasure of data that is over its period (Art. 5(1)(e)). */
export function retentionCommands(program: Command): void {
  const retention = program.command('retention').description('erasure of data that is over its period (Art. 5(1)(e))');

  withProject(retention.command('plan'))
    .option('--record <record>', 'one record of the policy')
    .description(
      'the dry run: per record the cut-off, the rows over it, the oldest and the held ones; and collections that no policy declares; changes nothing',
    )
    .addHelpText(
      'after',
      `
Counts are of the rows that the sweep reads: they include rows of other collections with the same name, which it does not touch.
Needs PSEUDONYM_KEY_V1.`,
    )
    .action(async ({ record, ...options }: Common & { record?: string }) => {
      const all: Foreseen[] = [];
      for await (const one of foreseeRun(officerContext(options), Date.now(), record)) {
        all.push(one);
        if (options.json !== true) say(foreseenLine(one));
      }
      const undeclared =
        record === undefined ? await lookForUndeclared(officerContext(options), Date.now()) : undefined;
      if (options.json === true) print(options, { sweeps: all, ...(undeclared && { undeclared }) }, () => '');
      else
        for (const place of [...(undeclared?.collections ?? []), ...(undeclared?.below ?? [])])
          say(`in no policy: ${harmlessLine(place)}`);
    });

  withProject(retention.command('inactive'))
    .description('unused accounts: since when, whether the person was told, when the account is erased')
    .addHelpText('after', '\nNames notes that the backend did not write so. Needs PSEUDONYM_KEY_V1.')
    .action(async (options: Common) => {
      const all = await listInactive(officerContext(options));
      print(options, all, () => all.map(inactiveLine).join('\n') || 'no account is unused');
    });

  withProject(retention.command('orphans'))
    .requiredOption('--record <record>', 'of the policy')
    .option('--dry-run', 'only count them')
    .description('erases documents that earlier sweeps left below deleted rows of a record')
    .addHelpText(
      'after',
      `
Reads the record's root collection with all that lies below it: each document is billed as a read.
Look at the dry run first: an app may keep documents below ones that it never made, and these are erased too.
Ends with 1 if something is left: held, or without a place in its archive. Needs PSEUDONYM_KEY_V1.`,
    )
    .action(async ({ record, dryRun, ...options }: Common & { record: string; dryRun?: true }) => {
      const isDry = dryRun === true;
      const orphans = await endOrphansOf(officerContext(options), record, isDry);
      print(options, { record, dryRun: isDry, ...orphans }, () => orphansText(orphans, isDry));
      if (!isDry && orphans.held + orphans.unarchived > 0) fail();
    });

  withProject(retention.command('run'))
    .requiredOption('--record <record>', 'of the policy')
    .description('erases rows of one record that are over their period now, beside the nightly run')
    .addHelpText('after', '\nThe deployed tick begins within a minute. Needs PSEUDONYM_KEY_V1.')
    .action(async ({ record, ...options }: Common & { record: string }) => {
      const run = await startRetentionOf(officerContext(options), record, Date.now());
      print(options, { run }, () => `run ${run} is started; its figures are in retentionRuns/${run}`);
    });
}
