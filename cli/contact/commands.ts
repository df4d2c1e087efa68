import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { policy } from '../../functions/policies/deployed.ts';
import {
  answerContact,
  closeContact,
  listContacts,
  type AnswerOrder,
  type Answered,
  type ContactMessage,
} from '../../functions/src/rights/contact/officer.ts';
import { LANGUAGES, type Language } from '../../functions/src/texts/languages.ts';
import {
  asUsage,
  fail,
  harmless,
  harmlessLine,
  NEEDS_KEY,
  print,
  shownId,
  typedId,
  UsageError,
  withProject,
  type Common,
} from '../common.ts';
import { officerContext } from '../context.ts';
import { decided, officerOf, type Deciding } from '../officer.ts';
import { day } from '../times.ts';

interface AnswerOptions extends Deciding {
  readonly file: string;
  readonly language: Language;
  readonly send?: true;
  readonly printed?: true;
}

/** `compliance contact …`: messages of the contact form. Any of them can be a request. */
export function contactCommands(program: Command): void {
  const contact = program.command('contact').description('messages of the contact form');
  withProject(contact.command('list'))
    .description('lists the messages that nobody has closed, the oldest first, with their words')
    .addHelpText('after', NEEDS_KEY)
    .action(async (options: Common) => {
      const { messages, more } = await listContacts(officerContext(options));
      const open = messages.map((one) => ({ ...one, id: shownId(one.id) }));
      print(options, { messages: open, more }, () => inWords(open, more));
    });

  decided(contact.command('answer'))
    .argument('<id>', 'of the message, as `contact list` shows it', typedId)
    .requiredOption('--file <path>', 'a text file with your answer')
    .addOption(
      new Option('--language <language>', 'of the words around it')
        .choices([...LANGUAGES])
        .default(policy.languages[0]),
    )
    .option('--send', 'sends it by e-mail to the address that the person gave; once, also if you repeat it')
    .option('--printed', 'notes that you give it by letter or by hand')
    .description('shows the whole text that the person gets; with --send it leaves')
    .addHelpText('after', `${NEEDS_KEY} With --send also BREVO_API_KEY and BREVO_SENDER.`)
    .action(async (id: string, options: AnswerOptions) => {
      const how = wayOf(options);
      const context = officerContext(options);
      const officer = how === 'preview' ? undefined : await officerOf(options);
      const answer = await asUsage(() => readFile(options.file, 'utf8'));
      const answered = await answerContact(context, { id, answer, language: options.language, how, officer });
      print(options, answered, () => words(answered));
      if (!answered.ok) fail();
    });

  decided(contact.command('close'))
    .argument('<id>', 'of the message, as `contact list` shows it', typedId)
    .description('closes a message: its period in the policy counts from now')
    .addHelpText('after', NEEDS_KEY)
    .action(async (id: string, options: Deciding) => {
      const context = officerContext(options);
      const closed = await closeContact(context, id, await officerOf(options));
      print(options, closed, () => {
        if (!closed.ok) return refusals[closed.because];
        return closed.changed ? 'closed' : `it was closed before, on ${day(closed.closedAt)}`;
      });
      if (!closed.ok || !closed.changed) fail();
    });
}

const inWords = (open: readonly ContactMessage[], more: number): string =>
  [
    ...(open.length === 0 ? ['no message is open'] : open.map(describe)),
    ...(more === 0 ? [] : [`${more} more are open: they follow as these are closed`]),
  ].join('\n\n');

function wayOf({ send, printed }: AnswerOptions): AnswerOrder['how'] {
  if (send === true && printed === true) throw new UsageError('give --send or --printed, not both');
  return send === true ? 'mail' : printed === true ? 'printed' : 'preview';
}

/** A message in words; its id as `contact answer` and `contact close` take it. */
export function describe({ id, receivedAt, dueAt, daysLeft, held, answeredAt, uid, texts }: ContactMessage): string {
  const left = daysLeft < 0 ? `OVERDUE since ${-daysLeft} days` : `${daysLeft} days left`;
  const states = [
    `of ${day(receivedAt)}, due ${day(dueAt)} if it is a request, ${left}`,
    ...(held ? ['kept apart, since many came at once'] : []),
    ...(answeredAt === undefined ? [] : [`answered ${day(answeredAt)}: close it if that is all`]),
  ];
  return [
    id,
    ...states.map((state) => `  ${state}`),
    ...(uid === undefined ? [] : [`  of the account ${harmlessLine(uid)}`]),
    ...Object.entries(texts).map(([name, text]) => `  ${name}: ${harmless(text).replaceAll('\n', '\n    ')}`),
  ].join('\n');
}

const refusals: Readonly<Record<Extract<Answered, { ok: false }>['because'], string>> = {
  unknown: 'there is no such message',
  noAddress: 'the message names no address that can be written to: give the answer another way, then --printed',
  noMail: 'no e-mail can be sent (BREVO_SENDER, or the policy has no mail): print the text, then --printed',
  refused: 'the e-mail was refused: check the address, or give the answer another way, then --printed',
};

function words(answered: Answered): string {
  if (!answered.ok) return refusals[answered.because];
  const { how, to, text, before } = answered;
  const ends: Readonly<Record<AnswerOrder['how'], string>> = {
    preview: 'nothing was sent: --send sends it, --printed notes that you give it another way',
    mail: 'sent',
    printed: 'noted: it is given by letter or by hand',
  };
  const lines = [`To: ${to === null ? '-' : harmlessLine(to)}`, `Subject: ${text.subject}`, '', text.text];
  return [...lines, before ? 'this answer had left before: nothing is sent now' : ends[how]].join('\n');
}
