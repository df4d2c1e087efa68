import { escapeHtml } from '../../../functions/src/platform/html.ts';
import { requestTypes } from '../../../functions/src/policy/contract.ts';
import type { Mail } from '../../read/mail.ts';
import type { RequestView } from '../../read/requests.ts';
import { same, sameSet, skipped, type Letter, type Row } from '../../report.ts';

/** An officer's words, as the command showed them to her. */
export interface Words {
  readonly subject: string;
  readonly text: string;
}

/** The ways on which a person can read a letter. */
type Way = 'in the app' | 'by e-mail' | 'on paper';

/** An officer's letter with everything in which its person can read it. */
export interface Told extends Words {
  readonly who: string;
  /** The ways on which it has to come. */
  readonly ways: readonly Way[];
  /** Their request in the app. */
  readonly app: RequestView | undefined;
  /** Every e-mail to them. */
  readonly mail: readonly Mail[];
  /** The printed page. */
  readonly page: string;
}

export interface Seen {
  /** Types in the register of requests. */
  readonly types: readonly string[];
  /** The person's own words: as they wrote them, and as the officer reads them. */
  readonly ownWords: { readonly written: string; readonly read: unknown };
  readonly corrected: Told;
  readonly refused: Told;
  /** More time for an objection: if the policy allows it, and the answer to the order. */
  readonly extension: { readonly isAllowed: boolean; readonly result: string };
  readonly call: {
    /** How many requests the person's app showed before it was proven who called. */
    readonly before: number;
    /** Epoch milliseconds: when it was due first, and after a pause of three days. */
    readonly due: readonly [first: number, after: number];
    readonly told: Told;
  };
  readonly letter: { readonly rows: number; readonly found: unknown; readonly told: Told };
  /** A message of the contact form. Undefined: the policy sends no e-mail, so nothing answers it. */
  readonly message: { readonly isClosed: boolean; readonly told: Told } | undefined;
  /** The states of an access, and of an erasure that was taken back. */
  readonly access: string | undefined;
  readonly erasure: string | undefined;
  /** The pseudonym beside each reply, the officer's own, and how often her name is there. */
  readonly deciders: { readonly found: readonly string[]; readonly officer: string; readonly names: number };
}

/** The ways on which the person got the very words of the officer. */
function waysOf({ subject, text, app, mail, page }: Told): string[] {
  const sent = mail.filter((one) => one.subject === subject && one.text === text).length;
  return [
    ...(app?.reply?.subject === subject && app.reply.text === text ? ['in the app'] : []),
    ...(sent === 0 ? [] : [sent === 1 ? 'by e-mail' : `by ${sent} e-mails`]),
    ...(text !== '' && page.includes(escapeHtml(text)) ? ['on paper'] : []),
  ];
}

/** A letter, and the state of its request in the app: both as the person finds them. */
function read(what: string, told: Told, status?: string): Row {
  const inWords = (state: string | undefined, ways: readonly string[]): string =>
    [...(state === undefined ? [] : [state]), `word for word ${ways.join(' and ') || 'nowhere'}`].join('; ');
  const { app } = told;
  const state = status === undefined ? undefined : `${app?.status ?? 'not there'} (${app?.reason ?? ''})`;
  return same(what, inWords(status, told.ways), inWords(state, waysOf(told)));
}

/** The answer to an extension that the policy has no period for. */
export const NOT_ALLOWED = 'not under this policy';
const DAY_MS = 86_400_000;
const day = (at: number): string => `due ${new Date(at).toISOString().slice(0, 10)}`;

export function rowsOf(seen: Seen): Row[] {
  const { ownWords, extension, call, letter, message, deciders } = seen;
  const [first, after] = call.due;
  return [
    sameSet('The officer sees a request of each type', requestTypes, seen.types),
    same('She sees the person’s own words', ownWords.written, ownWords.read),
    read('She answers a correction', seen.corrected, 'completed (done)'),
    read('She refuses a restriction', seen.refused, 'refused (conditions)'),
    same('She wants more time for an objection', extension.isAllowed ? 'extended' : NOT_ALLOWED, extension.result),
    same('Somebody calls, and she doubts who it is: shown in the app', 0, call.before),
    same('She asks; three days later the answer comes', day(first + 3 * DAY_MS), day(after)),
    read('Proven now, she answers the call', call.told, 'completed (done)'),
    same('A letter of somebody without an account: rows found', letter.rows, letter.found),
    read('She answers the letter', letter.told),
    ...(message === undefined
      ? [skipped('She answers a message of the contact form')]
      : [
          read('She answers a message, twice by mistake', message.told),
          same('She closes the message', 'closed', message.isClosed ? 'closed' : 'open'),
        ]),
    same('A copy waits for other companies’ parts', 'waiting', seen.access),
    same('An erasure is taken back in time', 'cancelled', seen.erasure),
    sameSet('Each decision has her pseudonym', [deciders.officer], deciders.found),
    same('Requests and answers that have her name', 0, deciders.names),
  ];
}

/** The letters, as the people read them. */
export const lettersOf = ({ corrected, refused, call, letter, message }: Seen): Letter[] =>
  [corrected, refused, call.told, letter.told, ...(message === undefined ? [] : [message.told])].map(
    ({ who, ways, subject, text }) => ({ read: `${who} reads ${ways.join(' and ')}`, subject, text }),
  );
