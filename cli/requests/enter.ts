import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { enterRequest, type EnteredRequest } from '../../functions/src/rights/ways/enter.ts';
import { METHODS, POWERS, readEntry, type Entry } from '../../functions/src/rights/ways/form.ts';
import type { Findings } from '../../functions/src/rights/ways/search.ts';
import { CHANNELS, requestTypes } from '../../functions/src/requests/request.ts';
import { policy } from '../../functions/policies/deployed.ts';
import { inLanguage } from '../../functions/src/texts/languages.ts';
import { fail, print, UsageError } from '../common.ts';
import { officerContext } from '../context.ts';
import { decided, deciderIn, type Deciding } from '../officer.ts';
import { personOf, type PersonOptions } from '../person.ts';
import { day } from '../times.ts';

interface Options extends Deciding, PersonOptions {
  readonly reference?: string;
  readonly type: string;
  readonly channel: string;
  readonly received: string;
  readonly power: string;
  readonly identity: string;
  readonly proven?: true;
  readonly detail?: readonly string[];
  readonly details?: string;
}

/**
 * Reads the details of a file. No error repeats a word of it: those are the person's.
 *
 * @throws UsageError
 */
function membersIn(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--details: ${path} cannot be read`, { cause: error });
  }
  try {
    // Some editors begin a file with a mark that JSON has not.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new UsageError(`--details: ${path} is not JSON`);
  }
}

/** `compliance request enter`: a request that came by letter, call, visit or e-mail. */
export function enterCommand(request: Command): void {
  decided(request.command('enter'))
    .requiredOption('--type <type>', `one of ${requestTypes.join(', ')}`)
    .requiredOption('--channel <channel>', `how it came in: ${CHANNELS.join(', ')}`)
    .requiredOption('--received <date>', 'when it came in, such as 2026-03-01: the time to answer runs from there')
    .option('--uid <uid>', 'of the person, in Firebase Auth')
    .option('--email <address>', 'of the account that has verified it, or of a person without an account')
    .option(
      '--reference <mark>',
      'your own mark on the letter, such as 2026-17; alone, if it names neither an account nor an address',
    )
    .option('--power <power>', `by what power it was made: ${POWERS.join(', ')}`, 'self')
    .requiredOption('--identity <method>', `how you checked who asks: ${METHODS.join(', ')}; keep no copy of papers`)
    .option(
      '--detail <name=value...>',
      "the person's words and choices, such as text='My name is wrong.' country=BE; gone when the request closes",
    )
    .option('--details <file>', 'the same as one JSON object in a file: for words that are long, or of many lines')
    .option('--proven', 'it is proven who asks, and by what power; without it the request only waits')
    .description('enters a request that did not come through the app; entered twice, it is one')
    .addHelpText(
      'after',
      [
        '',
        'Needs PSEUDONYM_KEY_V1; an access by --email also STRIPE_SECRET_KEY and BREVO_API_KEY, since it searches',
        'every system: "do you have anything about me?"',
      ].join('\n'),
    )
    .action(async (options: Options) => {
      const { received, type, channel, reference, power, identity } = options;
      const { detail: details = [] } = options;
      const isUnnamed = options.uid === undefined && options.email === undefined && reference !== undefined;
      const person = isUnnamed ? undefined : personOf(options);
      const members = options.details === undefined ? undefined : membersIn(options.details);
      const context = officerContext(options);
      const asked = { received, type, channel, reference, person, details, members };
      const given = { ...asked, power, identity, proven: options.proven === true };
      const entry = readEntry(policy, given, context.now());
      const entered = await enterRequest(context, entry, await deciderIn(context, options.as));
      const { key, before, record, findings } = entered;
      const { status, reason } = record;
      const dueAt = record.dueAt.toDate().toISOString();
      print(options, { key, before, status, dueAt, reason, findings }, () => words(entered, entry));
      if (status === 'refused') fail();
    });
}

function words({ key, before, record, findings }: EnteredRequest, { details }: Entry): string {
  const due = day(record.dueAt.toMillis());
  const states: Readonly<Record<string, string>> = {
    in_progress: 'it begins within a minute',
    waiting: 'it waits for an officer',
    refused: 'refused: another one of this type is open, and answers it',
  };
  const { status, entered } = record;
  return [
    `${key}${before ? ' (it was entered before)' : ''}`,
    `${states[status] ?? status}; due ${due}`,
    ...(before && details !== undefined ? ['it keeps the details that it was entered with first'] : []),
    ...(entered?.unnamed === true ? [UNNAMED] : []),
    ...(entered?.identity.result === 'doubted' && entered.unnamed !== true
      ? ['nothing acts by it: enter it again with --proven when you know who asks']
      : []),
    ...(findings === undefined ? [] : found(findings)),
  ].join('\n');
}

const UNNAMED =
  'nothing finds this person: ask for an account or an address, then enter the same with it and the same --reference';

const nameOf = (id: string): string => {
  const name = (policy.records[id] ?? policy.recipients[id])?.name;
  if (name === undefined) return id;
  return `${id}: ${typeof name === 'string' ? name : inLanguage(name, 'en')}`;
};

function found({ rows, unsearched, refused, objection, erased }: Findings): string[] {
  const there = Object.entries(rows).filter(([, count]) => count > 0);
  const lines = there.map(([id, count]) => `  ${nameOf(id)}: ${count}`);
  return [
    there.length === 0 ? 'nothing was found under this address' : 'found under this address:',
    ...lines,
    ...(objection ? ['  an objection to marketing, by the keyed hash of the address'] : []),
    ...(erased > 0 ? [`  proof about ${erased} erased account${erased > 1 ? 's' : ''}, under a pseudonym`] : []),
    ...(refused > 0 ? [`  ${refused} found elsewhere and not proven to be theirs: look yourself`] : []),
    ...(unsearched.length > 0 ? ['not searched, ask or look yourself:'] : []),
    ...unsearched.map((id) => `  ${nameOf(id)}`),
  ];
}
