import type { PersonQuery } from '../../proof/findPerson.ts';
import { defined } from '../../platform/defined.ts';
import { ComplianceError } from '../../platform/errors.ts';
import type { Instant } from '../../platform/time.ts';
import { addPeriod, startOfDate } from '../../policy/calendar.ts';
import { sendsMail } from '../../policy/lookup.ts';
import { REGIMES } from '../../policy/regimes.ts';
import type { Policy } from '../../policy/schema.ts';
import { checkDetail, type DetailValue, type KnownDetails } from '../../requests/details.ts';
import { CHANNELS, requestTypes, type Channel, type RequestType } from '../../requests/request.ts';

/** A request that did not come through the app, as an officer enters it. Pure. */

/** The power by which somebody asks: for themselves, or for the person by a regime. */
export const POWERS = ['self', ...REGIMES] as const;
type PowerWord = (typeof POWERS)[number];

/**
 * How the identity was checked. `mailbox`: an answer from the address. `callBack`: a call to a
 * number that was known. `papers`: they were shown, and no copy was kept. `inPerson`: the officer
 * knows them. `none`: it was not checked yet.
 */
export const METHODS = ['mailbox', 'callBack', 'papers', 'inPerson', 'none'] as const;
type Method = (typeof METHODS)[number];

/**
 * A request as an officer enters it. Each value but the details is of a closed list, so no paper is
 * copied.
 */
export interface Entry {
  readonly channel: Channel;
  /** The legal clock runs from here (Art. 12(3)). */
  readonly receivedAt: Instant;
  /** The moment from which a no counts; absent: from receipt. */
  readonly countsFrom?: Instant;
  readonly type: RequestType;
  /** Absent: the person named neither an account nor an address. */
  readonly person?: PersonQuery;
  /** The officer's own mark of the letter: it leads to the paper, and names nobody. */
  readonly reference?: string;
  readonly power: PowerWord;
  readonly method: Method;
  /** Are asker and power proven? Nothing acts by a doubted request. */
  readonly proven: boolean;
  /** The person's own words and choices; absent: none. */
  readonly details?: KnownDetails;
}

/** The officer's words, not checked yet. */
export interface Given {
  readonly channel: string;
  /** A day in the controller's time zone, such as 2026-03-01, or a moment of ISO 8601. */
  readonly received: string;
  readonly type: string;
  readonly person?: PersonQuery | undefined;
  readonly reference?: string | undefined;
  readonly power: string;
  readonly identity: string;
  readonly proven: boolean;
  /** Each as `name=value`. */
  readonly details?: readonly string[];
  /** Further ones, as the app would write them: an object of names and values. */
  readonly members?: unknown;
}

/** A mark with a number in it, so that nobody writes a name. */
const REFERENCE = /^(?=.*\d)[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$/;
const REFERENCE_FORM =
  'the reference is your own mark on the paper, with a number and no name: A to Z, digits, . _ / -, such as 2026-17';

/** A letter that lay about for longer is a slip of the pen far more often. */
const OLDEST = 'P1Y';

/**
 * Reads an entry.
 *
 * @param now epoch milliseconds
 * @throws ComplianceError `request.entry` that names the mistake; no value is repeated
 */
export function readEntry(policy: Policy, given: Given, now: Instant): Entry {
  const { person, reference, proven } = given;
  const method = oneOf('how the identity was checked', METHODS, given.identity);
  if (proven && method === 'none') throw wrong('an identity that nobody checked is not proven');
  const type = oneOf('the type', requestTypes, given.type);
  const details = detailsOf(policy, type, [...namedIn(given.details ?? []), ...membersOf(given.members)]);
  const channel = oneOf('the channel', CHANNELS, given.channel);
  if (reference !== undefined && !REFERENCE.test(reference)) throw wrong(REFERENCE_FORM);
  if (person === undefined && channel === 'email') throw wrong('an e-mail has an address: enter it with that');
  if (person === undefined && reference === undefined) throw wrong(`without a person, ${REFERENCE_FORM}`);
  return {
    channel,
    ...receiptOf(policy, given.received, now),
    type,
    ...defined({ person, reference }),
    power: oneOf('the power', POWERS, given.power),
    method,
    proven,
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
}

type GivenDetail = readonly [name: string, value: unknown];

/** Takes details apart that are written as `name=value`. */
const namedIn = (given: readonly string[]): GivenDetail[] =>
  given.map((one) => {
    const at = one.indexOf('=');
    if (at < 1) throw wrong('a detail is written as name=value');
    return [one.slice(0, at), one.slice(at + 1)];
  });

function membersOf(members: unknown = {}): GivenDetail[] {
  if (typeof members !== 'object' || members === null || Array.isArray(members))
    throw wrong('the details of a file are one object, such as {"text": "My name is wrong.", "country": "BE"}');
  return Object.entries(members);
}

/** Checks details, each once. */
function detailsOf(policy: Policy, type: RequestType, given: readonly GivenDetail[]): KnownDetails {
  const { purposes } = policy;
  const details = new Map<string, DetailValue>();
  for (const [name, value] of given) {
    const read = checkDetail(type, name, value);
    if ('wrong' in read) throw wrong(read.wrong);
    if (details.has(name)) throw wrong(`the detail ${name} is given once`);
    const ids = name === 'purpose' || name === 'purposes' ? [read.value].flat() : [];
    if (ids.some((id) => !Object.hasOwn(purposes, String(id))))
      throw wrong(`the detail ${name} is one of ${Object.keys(purposes).join(', ')}`);
    if (name === 'answerTo' && !sendsMail(policy))
      throw wrong('this policy sends no e-mails, so that no last answer can leave by one');
    details.set(name, read.value);
  }
  return Object.fromEntries(details);
}

const wrong = (what: string): ComplianceError => new ComplianceError('request.entry', what);

function oneOf<T extends string>(what: string, values: readonly T[], given: string): T {
  const value = values.find((one) => one === given);
  if (value === undefined) throw wrong(`${what} is one of ${values.join(', ')}`);
  return value;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/** The receipt of a letter, a call or a visit. */
interface Receipt {
  /** The start of a day that was named alone: the clock of the answer runs from it. */
  readonly receivedAt: Instant;
  /**
   * The end of that day, at most now: a no counts from here. Of two answers of one day
   * without a known order, the no stands.
   */
  readonly countsFrom: Instant;
}

/**
 * Reads when something came in.
 *
 * @throws ComplianceError `request.entry` if it is no date, lies in the future, or a year ago
 */
export function receiptOf(
  { controller: { timeZone } }: Pick<Policy, 'controller'>,
  text: string,
  now: Instant,
): Receipt {
  const at = instantOf(text, timeZone);
  if (at === undefined) throw wrong('the receipt is a day such as 2026-03-01, or a moment such as 2026-03-01T09:30Z');
  if (at > now) throw wrong('the receipt lies in the future');
  if (addPeriod(at, OLDEST, timeZone) < now) throw wrong('the receipt is more than a year ago: check the year');
  const end = DAY.test(text) ? addPeriod(at, 'P1D', timeZone) - 1 : at;
  return { receivedAt: at, countsFrom: Math.min(end, now) };
}

function instantOf(text: string, timeZone: string): Instant | undefined {
  if (!DAY.test(text)) return MOMENT.test(text) && !Number.isNaN(Date.parse(text)) ? Date.parse(text) : undefined;
  try {
    return startOfDate(text, timeZone);
  } catch {
    return undefined;
  }
}
