import type { Command } from 'commander';
import Table from 'cli-table3';
import { runOf } from '../functions/src/erasure/restore/replay.ts';
import { jobsOfRun, replayErasures, type InUse, type ReplayReport } from '../functions/src/erasure/restore/run.ts';
import type { Outcome } from '../functions/src/systems/system.ts';
import { fail, NEEDS_KEY, openStore, print, UnknownError, UsageError, withProject, type Common } from './common.ts';
import { officerContext } from './context.ts';
import { moment } from './times.ts';

interface ReplayOptions extends Common {
  readonly since?: string;
  readonly run?: string;
  readonly dryRun?: true;
}

const WHY_SINCE =
  '--since is needed: when the backup was taken, such as 2026-03-01T02:00:00Z, or earlier. People erased before that are not in the backup; ' +
  'people erased after it are back. Without it the command cannot know which people to find';

/** Reads a moment, or the beginning of a day, in UTC: earlier is safer than later. */
function sinceOf(text: string | undefined): number {
  if (text === undefined) throw new UsageError(WHY_SINCE);
  const at = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
    ? Date.parse(text)
    : NaN;
  if (Number.isNaN(at))
    throw new UsageError(
      '--since is not an ISO date with a time zone, such as 2026-03-01T02:00:00Z, or a day, 2026-03-01',
    );
  return at;
}

const inWords = (one: InUse): string => {
  const rows = one.paths === undefined ? '' : `; rows: ${one.paths.join(', ')}`;
  switch (one.why) {
    case 'anotherAccount':
      return `${one.chain}: uid ${one.uid} belongs to another account now: separate what was restored by hand${rows}`;
    case 'addressOfAnother':
      return `${one.chain}: the account ${one.uid} has verified the address since: separate what was restored by hand${rows}`;
    case 'writtenSince':
      return `${one.chain}: somebody has written under the address since the erasure: separate what was restored by hand${rows}`;
    case 'holdGone':
      return `${one.chain}: a legal hold runs and its document is gone (compliance hold list): put it right or lift it, then give the same command again${rows}`;
  }
};

const outcome = (o: Outcome): string =>
  o.outcome === 'retained' && o.held === true
    ? 'kept (legal hold)'
    : o.outcome === 'done'
      ? (o.how ?? 'done')
      : o.outcome;

function tableOf(outcomes: readonly Outcome[]): string {
  const rows = new Table({ head: ['record', 'count', 'would be'], style: { head: [], border: [] } });
  for (const o of outcomes) if (o.count > 0 && 'record' in o) rows.push([o.record, o.count, outcome(o)]);
  return rows.length === 0 ? '  nothing of theirs would be erased' : rows.toString();
}

function words(report: ReplayReport): string {
  const { again, inUse, running, givenUp } = report;
  return [
    `run ${report.run}: ${report.erased} erased since ${moment(report.since)}, ${again.length} of them are there again, nothing of ${report.nothingFound}; ${report.reads} documents read`,
    ...again.flatMap(({ chain, by, job, outcomes }) => [
      `${chain} (by ${by})${job === undefined ? '' : `: ${job.id}${job.state === 'existed' ? ', made before' : ''}`}`,
      ...(outcomes === undefined ? [] : [tableOf(outcomes)]),
    ]),
    ...running.map(({ chain, job, status }) =>
      status === 'blocked'
        ? `waits for an officer, and erases then: ${chain}: ${job} (blocked)`
        : `still running, erases by itself: ${chain}: ${job} (${status})`,
    ),
    ...givenUp.map(({ chain, job }) => `given up by an officer, to be decided by hand: ${chain}: ${job}`),
    ...inUse.map((one) => `in use: ${inWords(one)}`),
    ...(report.dryRun || again.length === 0 ? [] : [`see its jobs: compliance erasure replayed ${report.run}`]),
  ].join('\n');
}

/**
 * `compliance erasure replay …`: erases again after a restore of the app's database from a backup
 * (docs/restore.md).
 */
export function replayCommands(erasure: Command): void {
  withProject(erasure.command('replay'))
    .option('--since <date>', 'when the backup was taken, or earlier')
    .option('--run <name>', 'of a run that was interrupted, such as 20260301T0930: makes no second job')
    .option('--dry-run', 'only names the people who are there again, and the rows that would be erased')
    .description("after a restore of the app's database: erases again the people who were erased since the backup")
    .addHelpText(
      'after',
      '\nNeeds PSEUDONYM_KEY_V1. Costs one read for each document of the collections in which people are looked for; says first how many there are. ' +
        'Ends with 1 if something is left to an officer.',
    )
    .action(async (options: ReplayOptions) => {
      const since = sinceOf(options.since);
      const context = officerContext(options);
      const run = options.run ?? runOf(context.now());
      const isTold = process.stderr.isTTY;
      let whole = 0;
      const report = await replayErasures(
        context,
        { since, run, dryRun: options.dryRun === true },
        {
          counted: (sources) => {
            whole = sources.reduce((sum, { documents }) => sum + documents, 0);
            const each = sources.map(({ name, documents }) => `${name} ${documents}`).join(', ');
            console.error(`run ${run}: reads at least ${whole} documents (${each})`);
          },
          read: (source, documents) => {
            if (isTold) process.stderr.write(`\r${`${source}: ${documents}`.padEnd(60)}`);
          },
        },
      );
      if (isTold && whole > 0) process.stderr.write(`\r${''.padEnd(60)}\r`);
      print(options, report, () => words(report));
      if (report.inUse.length > 0 || report.givenUp.length > 0) fail();
    });

  withProject(erasure.command('replayed'))
    .argument('<run>', 'its name')
    .description('shows the jobs of a replay; ends with 0 when all are completed')
    .addHelpText('after', NEEDS_KEY)
    .action(async (run: string, options: Common) => {
      const jobs = await jobsOfRun(openStore(options), run);
      const done = jobs.filter(({ status }) => status === 'completed').length;
      print(options, jobs, () =>
        [
          ...jobs.map(({ id, status, steps }) => {
            const error = Object.values(steps).find((step) => step.error !== undefined)?.error;
            return `${id}: ${status}${error === undefined ? '' : `: ${error.code}: ${error.message}`}`;
          }),
          `${done} of ${jobs.length} completed`,
        ].join('\n'),
      );
      if (jobs.length === 0) throw new UnknownError(`there is no job of a run ${run}`);
      if (done < jobs.length) fail();
    });
}
