import { writeFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { policy } from '../../functions/policies/deployed.ts';
import { exceptions, type Exception } from '../../functions/src/ledger/shape.ts';
import { restrictionGrounds } from '../../functions/src/ledger/restriction/scope.ts';
import type { WhichRestriction } from '../../functions/src/ledger/restriction/stated.ts';
import { replyPage } from '../../functions/src/messages/reply.ts';
import type { Context } from '../../functions/src/platform/context.ts';
import { MAX_WORDS } from '../../functions/src/requests/reply.ts';
import {
  announceLift,
  endRestriction,
  planLift,
  type LiftRefusal,
} from '../../functions/src/rights/restriction/lift.ts';
import { listRestrictions, type ListedRestriction } from '../../functions/src/rights/restriction/list.ts';
import { orderOfPerson, orderOfRequest, type Choices } from '../../functions/src/rights/restriction/officer.ts';
import { nameOfRequest } from '../../functions/src/rights/restriction/plan.ts';
import { setRestriction } from '../../functions/src/rights/restriction/set.ts';
import { languagesOf, type Language } from '../../functions/src/texts/languages.ts';
import { fail, NEEDS_KEY, print, UnknownError, UsageError, withProject, type Common } from '../common.ts';
import { officerContext } from '../context.ts';
import { as, officerOf, type Deciding } from '../officer.ts';
import { findOrFail } from './options.ts';
import { day, endOf, momentOf } from '../times.ts';

interface Named extends Deciding {
  readonly uid?: string;
  readonly request?: string;
  readonly name?: string;
}

interface SetOptions extends Named, Pick<Choices, 'ground'> {
  readonly purpose?: string[];
  readonly all?: true;
  readonly except?: string[];
  readonly until?: string;
}

interface LiftOptions extends Named {
  readonly from?: string;
  readonly words?: string;
  readonly language?: Language;
  readonly page?: string;
  readonly send?: true;
}

/** `compliance restriction …`: the use of a person's data is paused (Art. 18). */
export function restrictionCommands(program: Command): void {
  const restriction = program
    .command('restriction')
    .description('restrictions of processing (Art. 18): data are stored, and not used for the purposes in scope');

  naming(restriction.command('set'))
    .option('--purpose <ids...>', 'purposes of the policy; absent: those that the request names')
    .option('--all', 'the whole person: every purpose')
    .option('--except <purpose=why...>', `with --all: purposes that go on, because of ${exceptions.join(', ')}`)
    .addOption(
      new Option('--ground <ground>', 'Art. 18(1)(a) to (d); absent: as the request says').choices(restrictionGrounds),
    )
    .option(
      '--until <date>',
      'such as 2027-01-31, until the end of that day; the person is told before; absent: until lifted',
    )
    .description('restricts the use of data, or changes the scope; the person of a request is told by its answer')
    .addOption(as)
    .action(async (options: SetOptions) => {
      const context = officerContext(options);
      const order = await orderOf(context, options);
      const by = { actor: 'officer', officer: await officerOf(options) } as const;
      const { changed, isErased } = await setRestriction(context, order, by);
      const { uid, name, purposes } = order;
      print(options, { uid, name, purposes: purposes ?? null, changed, isErased }, () =>
        isErased
          ? 'the person is erased, or is being erased: nothing is left to restrict'
          : `${changed ? 'restricted' : 'it was so before'}: ${name}, ${purposes?.join(', ') ?? 'everything'}, of uid ${uid}`,
      );
      if (isErased) fail();
    });

  naming(restriction.command('lift'))
    .option('--from <date>', 'when the data are used again; absent: as soon as the person can have read it')
    .option('--words <text>', `your own words to the person, in their language; at most ${MAX_WORDS} characters`)
    .addOption(new Option('--language <language>', "of the letter; absent: the person's").choices(languagesOf(policy)))
    .option('--page <file>', 'writes the letter as a page to print, for a person who gets no e-mail')
    .option('--send', 'announces it; without it the letter is only shown')
    .description('announces the end of a restriction; it ends when the person was told and the day has come')
    .addOption(as)
    .action(lift);

  naming(restriction.command('show'))
    .description('shows the restrictions of a person, with their scope and their announced end')
    .action(async (options: Named) => {
      const context = officerContext(options);
      const { uid, name } = await whose(context, options);
      const all = (await listRestrictions(context, uid)).filter((one) => name === undefined || one.name === name);
      print(options, all, () =>
        all.length === 0 ? 'nothing of this person is restricted' : all.map(describe).join('\n'),
      );
      if (all.length === 0) fail();
    });

  withProject(restriction.command('list'))
    .description('lists the restrictions that run')
    .addHelpText('after', NEEDS_KEY)
    .action(async (options: Common) => {
      const all = await listRestrictions(officerContext(options));
      print(options, all, () => (all.length === 0 ? 'nothing is restricted' : all.map(describe).join('\n')));
    });
}

const naming = (command: Command): Command =>
  withProject(command)
    .option('--request <request>', 'its name, as `request list` shows it')
    .option('--uid <uid>', 'of the person; with --request only if the identity map has lost them')
    .option('--name <name>', 'which restriction of the person, as `restriction list` shows it; absent: the only one')
    .addHelpText('after', NEEDS_KEY);

async function orderOf(context: Context, options: SetOptions) {
  const { request, uid, purpose: purposes, ground, all = false, except, until } = options;
  const choices: Choices = {
    all,
    ...(purposes === undefined ? {} : { purposes }),
    ...(ground === undefined ? {} : { ground }),
    ...(except === undefined ? {} : { except: Object.fromEntries(except.map(exceptionOf)) }),
    ...(until === undefined ? {} : { until: endOf(until, '--until') }),
  };
  if (all && purposes !== undefined) throw new UsageError('give either --purpose or --all');
  if (request !== undefined) return orderOfRequest(context, await findOrFail(context, request, options), choices);
  if (uid === undefined) throw new UsageError('whose data? Give --request or --uid');
  return orderOfPerson(context, uid, choices);
}

function exceptionOf(text: string): [string, Exception] {
  const [purpose = '', why] = text.split('=');
  const because = exceptions.find((one) => one === why);
  if (because === undefined) throw new UsageError(`--except is PURPOSE=WHY, with one of ${exceptions.join(', ')}`);
  return [purpose, because];
}

/** The person of a command, and the name of the restriction if it was given or follows. */
async function whose(context: Context, options: Named): Promise<{ readonly uid: string; readonly name?: string }> {
  const { request, uid, name } = options;
  if (request !== undefined) {
    const { ref } = await findOrFail(context, request, options);
    return { uid: ref.uid, name: name ?? nameOfRequest(ref.key, context.keys) };
  }
  if (uid === undefined) throw new UsageError('whose data? Give --request or --uid');
  return { uid, ...(name === undefined ? {} : { name }) };
}

/** The one restriction that a command means. */
async function whichOf(context: Context, options: Named): Promise<WhichRestriction & { readonly isForged: boolean }> {
  const { uid, name } = await whose(context, options);
  const all = (await listRestrictions(context, uid)).filter((one) => name === undefined || one.name === name);
  const [one, ...more] = all;
  if (one === undefined) throw new UnknownError('nothing of this person is restricted so: `restriction show` has it');
  if (more.length > 0)
    throw new UsageError(`which one? Give --name: ${all.map((each) => each.name ?? '-').join(', ')}`);
  return { uid, name: one.name ?? '', isForged: one.name === null };
}

const refusals: Readonly<Record<LiftRefusal, string>> = {
  unknown: 'no such restriction runs',
  ofErasure: 'an erasure restricts this person, and ends that itself',
  announced: 'its end on this day is announced already',
  tooSoon: `the person is told ${policy.rights.restrictionLift.notice} before (rights.restrictionLift): choose a later day`,
  untold: 'nothing reaches this person by itself: give --page, and send the page by post',
};

async function lift(options: LiftOptions): Promise<void> {
  const words = options.words?.trim();
  if (words !== undefined && (words === '' || words.length > MAX_WORDS))
    throw new UsageError(`--words has 1 to ${MAX_WORDS} characters`);
  const context = officerContext(options);
  const { isForged, ...of } = await whichOf(context, options);
  const officer = options.send === true ? await officerOf(options) : undefined;
  const by = { actor: 'officer', ...(officer === undefined ? {} : { officer }) } as const;
  if (isForged) return endForged(context, options, of, by);
  const from = options.from === undefined ? undefined : momentOf(options.from, '--from', context.now());
  const planned = await planLift(context, of, { from, words, language: options.language });
  const byPost = options.page === undefined ? {} : { byPost: true as const };
  const letter = planned.ok ? planned.lift : undefined;
  if (letter !== undefined && options.page !== undefined)
    writeFileSync(options.page, replyPage(letter, letter.language));
  const sent =
    letter === undefined || options.send !== true
      ? undefined
      : await announceLift(context, of, letter, { ...(words === undefined ? {} : { words }), ...byPost }, by);
  const no = planned.ok ? (sent?.ok === false ? sent : undefined) : planned;
  const shown = letter === undefined ? {} : { ...letter, sent: sent?.ok === true };
  print(options, { ok: no === undefined, ...(no === undefined ? {} : { because: no.because }), ...shown }, () =>
    [
      ...(letter === undefined ? [] : [letter.subject, '', letter.text]),
      no === undefined ? waysOf(letter, options) : refusals[no.because],
    ].join('\n'),
  );
  if (no !== undefined) fail();
}

function waysOf(
  letter: { app: boolean; mail: boolean; from: number } | undefined,
  { page, send }: LiftOptions,
): string {
  const ways = [
    ...(letter?.app === true ? ['in the app'] : []),
    ...(letter?.mail === true ? ['by e-mail'] : []),
    ...(page === undefined ? [] : [`on the page ${page}: send it by post`]),
  ];
  return [
    `the person gets it ${ways.join(', ') || 'by no way yet: give --page'}`,
    send === true
      ? `announced: the restriction goes on until ${day(letter?.from ?? 0)}, and until the person was told`
      : 'only shown: --send announces it',
  ].join('\n');
}

/** A document that somebody else wrote: nobody was restricted by us, so that nobody is told. */
async function endForged(
  context: Context,
  options: LiftOptions,
  of: WhichRestriction,
  by: Parameters<typeof endRestriction>[2],
): Promise<void> {
  if (options.send === true) await endRestriction(context, of, by);
  print(options, { ok: true, sent: options.send === true, isSealed: false }, () =>
    options.send === true
      ? 'deleted: somebody else had written this document'
      : 'somebody else wrote this document, and nobody is told: --send deletes it',
  );
}

function describe({ uid, name, isSealed, goneFrom, ...one }: ListedRestriction): string {
  const { purposes, except, ground, since, liftsAt, request, job } = one;
  const goesOn = Object.entries(except ?? {}).map(([purpose, why]) => `${purpose} (${why})`);
  return [
    `${name ?? 'unknown'}  ${uid === undefined ? 'uid unknown' : `uid ${uid}`}`,
    `  on ${purposes?.join(', ') ?? 'everything'}${goesOn.length === 0 ? '' : `, but for ${goesOn.join(', ')}`}, since ${since === undefined ? '-' : day(since)}, ${liftsAt === undefined ? 'until it is lifted' : `ends on ${day(liftsAt)}, once the person was told`}`,
    ...(ground === undefined ? [] : [`  ground: ${ground}`]),
    ...(request === undefined ? [] : [`  request: ${request}`]),
    ...(job === undefined ? [] : [`  brought by ${job}, which ends it`]),
    ...(goneFrom === undefined
      ? []
      : [`  GONE: its document was deleted, and ${goneFrom} says that it runs: set it again, or lift it`]),
    ...(isSealed || goneFrom !== undefined
      ? []
      : ['  NOT SEALED: not as the backend wrote it; it restricts everything until you set it again, or lift it']),
  ].join('\n');
}
