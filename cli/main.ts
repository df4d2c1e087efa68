import { Command, CommanderError, Help, type Option } from 'commander';
import { giveUp } from '../functions/src/erasure/giveUp.ts';
import { removeForged, retryJob, stuckJobs, type Ordered, type StuckJob } from '../functions/src/jobs/officer.ts';
import { certificateCommands } from './certificate.ts';
import { storedCertificateCommands } from './certificates.ts';
import { consentCommands } from './consent.ts';
import { loadSettings, officerContext } from './context.ts';
import { contactCommands } from './contact/commands.ts';
import {
  EXIT,
  exitCodeOf,
  fail,
  NEEDS_KEY,
  openStore,
  print,
  shownId,
  typedId,
  withProject,
  type Common,
} from './common.ts';
import { disclosureCommands } from './disclosures.ts';
import { doctorCommand } from './doctor/doctor.ts';
import { dueCommand } from './due.ts';
import { erasureCommands } from './erasure.ts';
import { exportCommands } from './exports.ts';
import { holdCommands } from './holds.ts';
import { decided, officerCommands, officerOf, type Deciding } from './officer.ts';
import { ledgerCommands } from './ledger/commands.ts';
import { requestCommands } from './requests/commands.ts';
import { officerTaskCommands } from './officers/tasks.ts';
import { policyCommands } from './policy.ts';
import { restrictionCommands } from './requests/restrictions.ts';
import { retentionCommands } from './retention.ts';
import { suppressionCommands } from './suppression.ts';
import { day } from './times.ts';

/**
 * `npm run compliance -- …`: the command of an officer. A thin adapter: every command calls one
 * operation, and prints its answer as text or with `--json`.
 */

/** Stands below the help of every command. */
const exits = `\nExit codes: ${Object.entries(EXIT)
  .map(([code, meaning]) => `${code} ${meaning}`)
  .join(' · ')}`;

/** The options that most commands share stand last in a command's help. */
const SHARED: readonly (string | undefined)[] = ['--as', '--project', '--json', '--help'];
const ownFirst = (a: Option, b: Option): number => SHARED.indexOf(a.long) - SHARED.indexOf(b.long);

/** Runs one command, and sets the exit code of the process. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    loadSettings(args);
    await complianceCommand().parseAsync(args, { from: 'user' });
  } catch (error) {
    // Commander has printed its own errors, in the same form, and help.
    if (!(error instanceof CommanderError)) console.error(`error: ${(error as Error).message}`);
    process.exitCode = exitCodeOf(error);
  }
}

/** Makes the command with all its subcommands anew at each call. */
export function complianceCommand(): Command {
  const program = new Command('compliance')
    .exitOverride()
    .description('AMIKEO Compliance from the terminal')
    .showHelpAfterError()
    .configureHelp({ visibleOptions: (command) => new Help().visibleOptions(command).sort(ownFirst) })
    .addHelpText('afterAll', exits);

  policyCommands(program);
  ledgerCommands(program);
  consentCommands(program);
  holdCommands(program);
  restrictionCommands(program);
  disclosureCommands(program);
  officerTaskCommands(program);
  officerCommands(program);
  dueCommand(program);
  contactCommands(program);
  storedCertificateCommands(certificateCommands(program));
  exportCommands(program);
  doctorCommand(program);
  requestCommands(program);
  retentionCommands(program);
  suppressionCommands(program);

  const jobs = program.command('jobs').description('durable jobs: erasures, exports, retention, changes');
  withProject(jobs.command('blocked'))
    .description('jobs that wait for an officer, the most urgent first, and forged ones')
    .addHelpText('after', NEEDS_KEY)
    .action(async (options: Common) => {
      const stuck = await stuckJobs(openStore(options));
      print(options, stuck, () => (stuck.length === 0 ? 'no job is blocked' : stuck.map(describeStuck).join('\n')));
      if (stuck.length > 0) fail();
    });

  decided(jobs.command('cancel'))
    .argument('<job>', 'its id', typedId)
    .description('gives a job up: its outcomes stay recorded, its data of the person goes. Removes a forged job')
    .addHelpText('after', NEEDS_KEY)
    .action(async (id: string, options: Deciding) => {
      const store = openStore(options);
      const officer = await officerOf(options);
      if (await removeForged(store, id)) {
        print(options, { ok: true, removed: id }, () => `${id} was not as the backend wrote it, and is removed`);
        return;
      }
      reportOrder(
        options,
        id,
        await giveUp(officerContext(options), id, { by: 'officer', officer, now: Date.now() }),
        `${id} is cancelled`,
      );
    });

  for (const parent of [jobs, erasureCommands(program)])
    decided(parent.command('retry'))
      .argument('<job>', 'its id', typedId)
      .description('lets the blocked steps try again; tick continues the job within a minute')
      .addHelpText('after', NEEDS_KEY)
      .action(async (id: string, options: Deciding) => {
        const officer = await officerOf(options);
        reportOrder(options, id, await retryJob(openStore(options), id, Date.now(), officer), `${id} goes on`);
      });

  return program;
}

const describeStuck = ({ id, kind, status, dueAt, blocked }: StuckJob): string => {
  const due = dueAt === null ? status : `due ${day(dueAt)}`;
  const steps = blocked.map(({ step, code, message }) =>
    step === null
      ? `  ${code}: nothing runs by it. Find out who wrote it; then compliance jobs cancel removes it`
      : `  ${step}: ${code}: ${message}`,
  );
  return [`${shownId(id)} (${kind ?? 'of no kind that there is'}, ${due})`, ...steps].join('\n');
};

function reportOrder(options: Common, id: string, outcome: Ordered, done: string): void {
  const refusals = { unknown: `there is no job ${id}`, nothingToDo: `nothing to do: see 'jobs blocked'` };
  print(options, outcome, () => (outcome.ok ? done : refusals[outcome.because]));
  if (!outcome.ok) fail();
}

if (import.meta.main) await main(process.argv.slice(2));
