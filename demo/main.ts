/**
 * `npm run demo`: starts the suite, loads people, lives through the policy as an app would, and
 * shows the result. The exit code is 0 only if all of it is true.
 */
import '../scripts/requireNode.mjs';
import { Command } from 'commander';
import { Listr } from 'listr2';
import pc from 'picocolors';
import type { Suite } from '../emulator/suite.ts';
import { badInput } from './flows/bad-input.ts';
import { consent } from './flows/consent.ts';
import { deletion } from './flows/deletion.ts';
import { play } from './flows/flow.ts';
import { more } from './flows/more/more.ts';
import { officer } from './flows/officer/officer.ts';
import { portability } from './flows/portability.ts';
import { retention } from './flows/retention.ts';
import { interruption } from './interruption.ts';
import { withSuiteOptions, type Flags } from './options.ts';
import { allOk, same, type FlowResult } from './report.ts';
import { populate, settle, start } from './setup.ts';
import type { Stage } from './stage.ts';
import { shownOf, summaryOf } from './table.ts';

const FLOWS = [consent, retention, portability, deletion, badInput, officer, more];

interface Acts {
  suite?: Suite;
  stage?: Stage;
}

/** Plays everything; an interruption leaves the results so far in `results`. */
async function perform(flags: Flags, acts: Acts, results: FlowResult[], signal: AbortSignal): Promise<void> {
  const stage = (): Stage => {
    if (acts.stage === undefined) throw new Error('nothing is loaded');
    return acts.stage;
  };
  const tasks = new Listr<object, 'default' | 'silent', 'simple'>(
    [
      {
        title: 'Starting the suite',
        task: async (_, task) => {
          acts.suite = await start(flags, signal, (line) => (task.output = line));
          task.title = `The suite runs with AMIKEO's policy: ${acts.suite.backend} Firestore (${acts.suite.reason})`;
        },
      },
      {
        title: 'Loading people',
        task: async (_, task) => {
          if (acts.suite === undefined) throw new Error('the suite does not run');
          const begun = performance.now();
          acts.stage = await populate(acts.suite, flags, (line) => (task.output = line));
          task.title = `${acts.stage.world.people.length} people are loaded (${((performance.now() - begun) / 1000).toFixed(1)} s)`;
        },
      },
      {
        title: 'The backend works through their answers',
        task: async (_, task) => {
          const begun = performance.now();
          const { answers, entries, openJobs } = await settle(stage(), (line) => (task.output = line));
          const rows = [
            same('Ledger: one entry per answer ever given', answers, entries),
            same('Changes that have not reached Brevo', 0, openJobs),
          ];
          results.push({ title: '0 · The answers of two years', rows, seconds: (performance.now() - begun) / 1000 });
        },
      },
      ...FLOWS.map((flow) => ({
        title: flow.title,
        task: async (_: object, task: { output: string }) => {
          signal.throwIfAborted();
          results.push(await play(flow, stage(), (line) => (task.output = line)));
        },
      })),
    ],
    {
      renderer: flags.json ? 'silent' : 'default',
      fallbackRenderer: 'simple',
      registerSignalListeners: false,
      rendererOptions: { collapseErrors: false },
    },
  );
  await tasks.run();
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : JSON.stringify(error));

async function demo(flags: Flags): Promise<number> {
  const begun = performance.now();
  const interrupted = interruption();
  const acts: Acts = {};
  const results: FlowResult[] = [];
  let failure: unknown;
  try {
    const performing = perform(flags, acts, results, interrupted.signal);
    await Promise.race([performing, interrupted.happened]);
  } catch (error) {
    failure = error;
  }
  const ok = failure === undefined && allOk(results);
  await acts.stage?.clients.close().catch(() => undefined);
  await acts.suite?.stop({ keepLogs: !ok && interrupted.code === undefined });
  const seconds = (performance.now() - begun) / 1000;

  if (flags.json) process.stdout.write(`${JSON.stringify({ ok, seconds, flows: results }, null, 2)}\n`);
  else if (results.length > 0)
    process.stdout.write(`\n${results.map((flow) => shownOf(flow)).join('\n\n')}\n\n${summaryOf(results, seconds)}\n`);
  if (interrupted.code !== undefined) return interrupted.code;
  if (failure !== undefined)
    process.stderr.write(`${pc.red(messageOf(failure))}
`);
  if (!ok && acts.suite !== undefined) process.stderr.write(`The functions' log: ${acts.suite.log}\n`);
  return ok ? 0 : 1;
}

const command = withSuiteOptions(new Command('demo'))
  .description('Lives through the policy on a local suite, as an app would, and shows what is there afterwards.')
  .option('--json', 'the result as JSON, and nothing else', false)
  .action(async (flags: Flags) => {
    const code = await demo(flags);
    process.exit(code); // after an interruption something may still be waiting
  });
await command.parseAsync();
