import { writeFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { policy } from '../../functions/policies/deployed.ts';
import { replyPage } from '../../functions/src/messages/reply.ts';
import type { Context } from '../../functions/src/platform/context.ts';
import { authorityCountries } from '../../functions/src/policy/authorities.ts';
import { pauseRequest, resumeRequest } from '../../functions/src/rights/answers/clock.ts';
import type { Decided } from '../../functions/src/rights/answers/decide.ts';
import { planReply, sendReply, type Order, type PlannedReply } from '../../functions/src/rights/answers/reply.ts';
import {
  extensionReasons,
  pauseReasons,
  type ExtensionReason,
  type PauseReason,
} from '../../functions/src/requests/clock.ts';
import { MAX_WORDS, refusalReasons, type RefusalReason } from '../../functions/src/requests/reply.ts';
import { languagesOf, type Language } from '../../functions/src/texts/languages.ts';
import { decided, officerOf, type Deciding } from '../officer.ts';
import { fail, NEEDS_KEY, print, UsageError } from '../common.ts';
import { officerContext } from '../context.ts';
import { day, momentOf } from '../times.ts';
import { findOrFail, key, refusalOf, uidOption, type Named } from './options.ts';

interface Options extends Named, Deciding {
  readonly words?: string;
  readonly language?: Language;
  readonly country?: string;
  readonly page?: string;
  readonly send?: true;
}

const WORDS = `your own words to the person, in their language; at most ${MAX_WORDS} characters`;

const NEEDS = '\nNeeds PSEUDONYM_KEY_V1, and BREVO_SENDER if people get e-mails.';

/** `compliance request answer|refuse|extend|pause|resume`: an officer decides about a request. */
export function decidingCommands(request: Command): void {
  const result = new Option('--result <result>', 'was all of it done, or a part?').choices(['done', 'partly']);
  replying(request.command('answer').description('answers a request, after you have done what was asked'))
    .addOption(result.default('done'))
    .action(async (id: string, options: Options & { result: 'done' | 'partly' }) => {
      if (options.result === 'partly' && options.words === undefined)
        throw new UsageError('give --words: which part was done, and why not the rest (Art. 12(4))');
      await reply(id, options, { kind: 'answered', result: options.result });
    });

  const why = new Option('--because <reason>', 'the reason, which the person reads in easy words').choices(
    refusalReasons,
  );
  replying(request.command('refuse').description('refuses a request, with the reason (Art. 12(4) and (5))'), true)
    .addOption(why.makeOptionMandatory())
    .action(async (id: string, options: Options & { because: RefusalReason }) => {
      await reply(id, options, { kind: 'refused', reason: options.because });
    });

  const longest = policy.rights.answerWithin.extension?.period;
  const allowed = longest === undefined ? 'this policy allows none' : `this policy allows ${longest}`;
  const reasons = new Option('--because <reason>', 'the reason of Art. 12(3)').choices(extensionReasons);
  replying(request.command('extend').description(`extends the time to answer, once, before it is over: ${allowed}`))
    .option('--by <period>', 'so much longer, such as P1M', longest ?? 'P1M')
    .addOption(reasons.makeOptionMandatory())
    .action(async (id: string, options: Options & { by: string; because: ExtensionReason }) => {
      if (!/^P(?=\d)(\d+M)?(\d+W)?(\d+D)?$/.test(options.by))
        throw new UsageError('--by is a period of calendar units, such as P1M or P20D');
      await reply(id, options, { kind: 'extended', by: options.by, reason: options.because });
    });

  const asked = new Option('--because <question>', 'you asked who they are, or by which power they act').choices(
    pauseReasons,
  );
  turning(request.command('pause').description('stops the clock, since you asked who the person is on reasoned doubt'))
    .option('--since <date>', 'when you asked, such as 2026-03-01; absent: now')
    .addOption(asked.default('identity'))
    .action(async (id: string, options: Options & { since?: string; because: PauseReason }) => {
      const context = officerContext(options);
      const from = momentOf(options.since, '--since', context.now());
      const found = await findOrFail(context, id, options);
      const officer = await officerOf(options);
      told(options, await pauseRequest(context, found, { from, reason: options.because, officer }), 'its clock stands');
    });
  turning(request.command('resume').description('lets the clock go on, since the answer has come'))
    .option('--at <date>', 'when it came, such as 2026-03-09; absent: now')
    .action(async (id: string, options: Options & { at?: string }) => {
      const context = officerContext(options);
      const at = momentOf(options.at, '--at', context.now());
      const found = await findOrFail(context, id, options);
      told(options, await resumeRequest(context, found, { at, officer: await officerOf(options) }), 'its clock runs');
    });
}

const turning = (command: Command): Command =>
  decided(command).addArgument(key()).addOption(uidOption()).addHelpText('after', NEEDS_KEY);

/** The options of a decision that the person is told in words. */
const replying = (command: Command, wordsAreNeeded = false): Command =>
  decided(command)
    .addArgument(key())
    .addOption(uidOption())
    .addOption(new Option('--words <text>', WORDS).makeOptionMandatory(wordsAreNeeded))
    .addOption(new Option('--language <language>', "of the letter; absent: the person's").choices(languagesOf(policy)))
    .addOption(
      new Option(
        '--country <code>',
        "the person's country, which decides about the authority; absent: as they said, or their profile says",
      ).choices(authorityCountries),
    )
    .option('--page <file>', 'writes the letter as a page to print, for a person who gets no e-mail')
    .option('--send', 'decides it, and tells the person; without it the letter is only shown')
    .addHelpText('after', NEEDS);

function told(options: Options, decided: Decided, done: string): void {
  const shown = decided.ok ? { ok: true, dueAt: decided.record.dueAt.toDate().toISOString() } : decided;
  print(options, shown, () =>
    decided.ok ? `${done}; due ${day(decided.record.dueAt.toMillis())}` : refusalOf(decided),
  );
  if (!decided.ok) fail();
}

/** Shows the letter; with `--send` decides, and has the person told. */
async function reply(id: string, options: Options, order: Order): Promise<void> {
  const words = options.words?.trim();
  if (words !== undefined && (words === '' || words.length > MAX_WORDS))
    throw new UsageError(`--words has 1 to ${MAX_WORDS} characters`);
  const context = officerContext(options);
  const found = await findOrFail(context, id, options);
  const officer = options.send === true ? await officerOf(options) : undefined;
  const { language, country } = options;
  const planned = await planReply(context, found, { order, words, language, country });
  if (!planned.ok) {
    print(options, planned, () => refusalOf(planned));
    fail();
    return;
  }
  const letter = planned.reply;
  if (options.send === true && !letter.app && !letter.mail && options.page === undefined)
    throw new UsageError('nothing reaches this person by itself: give --page, and send the page by post');
  if (options.page !== undefined) writeFileSync(options.page, replyPage(letter, letter.language));
  const sent = options.send === true ? await sendReply(context, found, letter, officer) : undefined;
  const { subject, text, mail, stopsErasure } = letter;
  const shown = { sent: sent?.ok === true, subject, text, mail, ...(stopsErasure ? { stopsErasure } : {}) };
  print(options, { ...(sent?.ok === false ? sent : { ok: true }), ...shown }, () =>
    [subject, '', text, ...ways(context, letter, options, sent)].join('\n'),
  );
  if (sent?.ok === false) fail();
}

function ways(
  { policy: { rights } }: Context,
  { app, mail, order, stopsErasure }: PlannedReply,
  { page, send }: Options,
  sent: Decided | undefined,
): string[] {
  if (sent?.ok === false) return [`NOT SENT: ${refusalOf(sent)}`];
  const by = [
    ...(app ? ['in the app'] : []),
    ...(mail ? ['by e-mail'] : []),
    ...(page === undefined ? [] : [`on the page ${page}: send it by post`]),
  ];
  return [
    `the person gets it ${by.join(', ') || 'by no way yet: give --page'}`,
    ...(stopsErasure ? [`the erasure ${send === true ? 'has ended' : 'ends with it'}: nothing was deleted`] : []),
    send === true
      ? order.kind === 'extended'
        ? `extended, beyond ${rights.answerWithin.period}`
        : 'the request is closed'
      : 'only shown: --send decides it',
  ];
}
