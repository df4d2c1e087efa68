import type { Command } from 'commander';
import Table from 'cli-table3';
import { discardErasures, heldErasures, releaseErasures, startByOfficer } from '../functions/src/erasure/officer.ts';
import { previewErasure } from '../functions/src/erasure/preview.ts';
import { loadJob } from '../functions/src/jobs/store.ts';
import type { Job } from '../functions/src/jobs/types.ts';
import type { Outcome } from '../functions/src/systems/system.ts';
import { inLanguage } from '../functions/src/texts/languages.ts';
import { fail, NEEDS_KEY, openStore, print, UnknownError, UsageError, withProject, type Common } from './common.ts';
import { officerContext } from './context.ts';
import { as, decided, officerOf, type Deciding } from './officer.ts';
import { personOf, type PersonOptions } from './person.ts';
import { replayCommands } from './replay.ts';
import { day, moment, momentOf } from './times.ts';

interface Whom extends Common, PersonOptions {}

interface StartOptions {
  readonly askedAt?: string;
  readonly proven?: true;
  readonly unknownUid?: true;
  readonly answerTo?: string;
}

const subjectOf = (outcome: Outcome): string => ('record' in outcome ? outcome.record : outcome.recipient);

/**
 * An outcome in words: its kind, its count, its ground, its date, and the person or system that
 * acts.
 */
function words(outcome: Outcome): string {
  switch (outcome.outcome) {
    case 'done':
      if (outcome.how === 'confirmed') return `confirmed, noted by ${outcome.closedBy} on ${day(outcome.closedAt)}`;
      return outcome.count === 0 ? 'nothing there' : (outcome.how ?? 'done');
    case 'retained':
      return `retained until ${outcome.until === null ? 'not known' : day(outcome.until)}${outcome.held === true ? ' (legal hold)' : ''}: ${outcome.ground.article}`;
    case 'submitted':
      return `submitted (${outcome.providerId}), finished by ${day(outcome.finishBy)}`;
    case 'unconfirmed':
    case 'refused':
    case 'impossible':
    case 'disproportionate':
      return `${outcome.outcome}, noted by ${outcome.closedBy} on ${day(outcome.closedAt)}: ${inLanguage(outcome.what, 'en')}`;
    case 'expiring':
      return `ends by itself there, at the latest ${day(outcome.until)}`;
    case 'manual':
      return `by hand until ${day(outcome.by)}: ${inLanguage(outcome.what, 'en')}`;
  }
}

function table(outcomes: readonly Outcome[]): string {
  const rows = new Table({
    head: ['record or recipient', 'count', 'outcome'],
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [26, 8, 84],
  });
  for (const outcome of outcomes) rows.push([subjectOf(outcome), outcome.count, words(outcome)]);
  return rows.toString();
}

const whom = (command: Command): Command =>
  withProject(command)
    .option('--uid <uid>', 'of Firebase Auth')
    .option('--email <address>', 'of the account that has verified it, or of a person without an account');

const describe = ({ id, createdAt, dueAt, input, steps }: Job): string =>
  `${id}: since ${day(createdAt)}, due ${day(dueAt)}, started by ${String(input['startedBy'])}${steps['breaker']?.why === undefined ? '' : `; ${steps['breaker'].why}`}`;

/** `compliance erasure …`: shows erasures to an officer, and carries out the officer's orders. */
export function erasureCommands(program: Command): Command {
  const erasure = program.command('erasure').description('erasures (Art. 17)');

  whom(erasure.command('plan'))
    .description(
      'counts the rows that an erasure would delete, anonymise and retain, and names the recipients; changes nothing',
    )
    .addHelpText(
      'after',
      '\nNeeds PSEUDONYM_KEY_V1, STRIPE_SECRET_KEY, BREVO_API_KEY and, of exports in a bucket of their own, EXPORT_BUCKET.',
    )
    .action(async (options: Whom) => {
      const context = officerContext(options);
      const tell = (system: string): void => {
        if (process.stderr.isTTY) process.stderr.write(`\r${system.padEnd(40)}`);
      };
      const preview = await previewErasure(context, personOf(options), tell);
      if (process.stderr.isTTY) process.stderr.write('\r'.padEnd(41) + '\r');
      print(options, preview, () => {
        const refused = preview.refused > 0 ? [`${preview.refused} found elsewhere and not proven to be theirs`] : [];
        const before = preview.erased ? ['this account was erased before'] : [];
        return [`chain ${preview.chain}`, ...before, ...refused, table(preview.outcomes)].join('\n');
      });
    });

  whom(erasure.command('start'))
    .description(
      'starts the erasure of an account, or of a person without one by an address that is proven to be theirs',
    )
    .option(
      '--asked-at <date>',
      'when the person asked, such as 2026-03-01: the time to answer runs from there; absent: now',
    )
    .option('--unknown-uid', 'start it although neither Authentication nor this backend knows the uid')
    .option('--proven', 'the address was proven to be theirs (an answer from it, a document): needed with --email')
    .option('--answer-to <address>', 'where the person wants the last answer, when the last task of officers is closed')
    .addOption(as)
    .addHelpText('after', '\nNeeds PSEUDONYM_KEY_V1. There is no grace: it begins within a minute.')
    .action(async (options: Whom & Deciding & StartOptions) => {
      const person = personOf(options);
      if ('email' in person && options.proven !== true)
        throw new UsageError('an address is a claim until it is proven: once it is, give --proven as well');
      const at = momentOf(options.askedAt, '--asked-at', Date.now());
      const unknownUid = options.unknownUid === true;
      const officer = await officerOf(options);
      const { answerTo } = options;
      const started = await startByOfficer(officerContext(options), person, at, { unknownUid, officer, answerTo });
      const texts = {
        created: `started: ${started.job ?? ''}`,
        joined: `it runs already, and was told of this start: ${started.job ?? ''}`,
        unchanged: `it was completed before: ${started.job ?? ''}`,
        erased: 'this very account was erased before',
        takenBack: 'it was taken back',
      };
      const late = started.answerTo === 'tooLate' ? ['its certificate is signed: the address is not kept'] : [];
      print(options, started, () => [texts[started.state], ...late].join('\n'));
      if (started.job === null) fail();
    });

  withProject(erasure.command('held'))
    .description('erasures that the circuit breaker holds')
    .addHelpText('after', NEEDS_KEY)
    .action(async (options: Common) => {
      const held = await heldErasures(openStore(options));
      print(options, held, () => (held.length === 0 ? 'no erasure is held' : held.map(describe).join('\n')));
      if (held.length > 0) fail();
    });

  for (const [name, act, description] of [
    ['release', releaseErasures, 'lets held erasures go on; tick does so within a minute'],
    [
      'discard',
      discardErasures,
      'gives held erasures up: nothing of these people was touched (a migration that went wrong)',
    ],
  ] as const)
    decided(erasure.command(name))
      .argument('[jobs...]', 'their ids')
      .option('--all', 'every erasure that is held now')
      .option('--dry-run', 'only names them')
      .description(description)
      .addHelpText('after', NEEDS_KEY)
      .action(async (jobs: string[], options: Deciding & { all?: true; dryRun?: true }) => {
        if ((jobs.length === 0) === (options.all !== true))
          throw new UsageError('which erasures? Give their ids, or --all');
        const context = officerContext(options);
        const held = (await heldErasures(context)).map(({ id }) => id);
        const ids = options.all === true ? held : jobs;
        const done =
          options.dryRun === true
            ? ids.filter((id) => held.includes(id))
            : await act(context, ids, await officerOf(options));
        const others = ids.filter((id) => !done.includes(id));
        const verb = options.dryRun === true ? `would ${name}` : `${name}d`.replace('discardd', 'discarded');
        print(options, { [name]: done, notHeld: others, dryRun: options.dryRun === true }, () =>
          [`${verb}: ${done.length}`, ...done, ...others.map((id) => `not held: ${id}`)].join('\n'),
        );
        if (others.length > 0) fail();
      });

  withProject(erasure.command('show'))
    .argument('<job>', 'its id')
    .description('shows the steps of an erasure, and the outcome of each record and recipient')
    .addHelpText('after', NEEDS_KEY)
    .action(async (id: string, options: Common) => {
      const job = await loadJob(openStore(options), id);
      if (job?.kind !== 'erasure') throw new UnknownError(`there is no erasure ${id}`);
      print(options, job, () => {
        const steps = Object.entries(job.steps).map(
          ([name, { state, why, error }]) =>
            `  ${name.padEnd(12)} ${state}${why === undefined ? '' : ` (${why})`}${error === undefined ? '' : `: ${error.code}: ${error.message}`}`,
        );
        return [
          describe(job),
          `status ${job.status}`,
          ...(job.orders ?? []).map(({ order, at, officer }) => `${order} ${moment(at)} by ${officer}`),
          ...steps,
          table(Object.values(job.steps).flatMap((s) => s.outcomes)),
        ].join('\n');
      });
    });

  replayCommands(erasure);
  return erasure;
}
