import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { policy } from '../../functions/policies/deployed.ts';
import { safeText } from '../../functions/src/export/archive/formulas.ts';
import { waitOf } from '../../functions/src/rights/due.ts';
import { listAll, listOpen, type ListedRequest, type Received } from '../../functions/src/rights/answers/list.ts';
import { isCarriedOut } from '../../functions/src/rights/objection/plan.ts';
import { noteRead } from '../../functions/src/rights/reads.ts';
import { showRequest, type ShownRequest } from '../../functions/src/rights/answers/show.ts';
import { isKeptBack, keptBackOf } from '../../functions/src/requests/answered.ts';
import { dueOf, pausedMs, pauseOf } from '../../functions/src/requests/clock.ts';
import type { Reply } from '../../functions/src/requests/reply.ts';
import type { Job } from '../../functions/src/jobs/types.ts';
import type { RequestRecord } from '../../functions/src/requests/store.ts';
import type { OnBehalf } from '../../functions/src/requests/onBehalf.ts';
import { DAY_MS } from '../../functions/src/platform/time.ts';
import { inLanguage } from '../../functions/src/texts/languages.ts';
import {
  harmlessJson,
  harmlessLine,
  NEEDS_KEY,
  openStore,
  print,
  shownId,
  UsageError,
  withProject,
  type Common,
} from '../common.ts';
import { officerContext } from '../context.ts';
import { decided, readerOf, type Deciding } from '../officer.ts';
import { day, endOf, momentOf } from '../times.ts';
import { findOrFail, key, uidOption, type Named } from './options.ts';

/** `compliance request list|show|export`: reads requests, and changes nothing. */
export function readingCommands(request: Command): void {
  withProject(request.command('list'))
    .option('--all', 'also those that are closed and still kept, the oldest first')
    .description('lists the open requests, the next due first')
    .addHelpText('after', NEEDS_KEY)
    .action(async (options: Common & { all?: true }) => {
      const store = openStore(options);
      const { requests, forged } = options.all === true ? await listAll(store) : await listOpen(store);
      const shown = requests.map((one) => ({ key: one.key, ...registered(one) }));
      print(options, { requests: shown, forged }, () =>
        [
          ...requests.map(line),
          ...forged.map(
            (id) => `${shownId(id)}: NOT AS THE BACKEND WROTE IT (seal.broken): compliance due says what to do`,
          ),
          requests.length + forged.length === 0 ? 'there is no request' : [],
        ]
          .flat()
          .join('\n'),
      );
    });

  decided(request.command('show'))
    .addArgument(key())
    .addOption(uidOption())
    .description('shows a request: the person, their own words, the work of the machine, and its clock; that is noted')
    .addHelpText('after', NEEDS_KEY)
    .action(async (id: string, options: Named & Deciding) => {
      const context = officerContext(options);
      const found = await findOrFail(context, id, options);
      await noteRead(context, { what: 'request', of: id, by: await readerOf(options) });
      const shown = await showRequest(context, found);
      const { record, ...rest } = shown;
      print(options, { ...rest, request: registered({ key: id, record }) }, () => describe(shown));
    });

  withProject(request.command('export'))
    .requiredOption('--csv <file>', 'the file to write; - prints it')
    .option('--from <date>', 'only requests that were received since then, such as 2026-01-01')
    .option('--to <date>', 'only requests that were received until then, such as 2026-12-31; the whole day')
    .description('writes the register of requests: one line each, with dates, decisions and pseudonyms, and no words')
    .addHelpText('after', NEEDS_KEY)
    .action(async (options: Common & Period & { csv: string }) => {
      const received = receivedIn(options);
      const { requests, forged } = await listAll(openStore(options), received);
      const table = registerTable(requests);
      if (options.csv === '-' && options.json !== true) process.stdout.write(table);
      else {
        if (options.csv !== '-') writeFileSync(options.csv, table);
        const told = { requests: requests.length, forged: forged.length };
        print(options, told, () => `${told.requests} requests in ${options.csv}; left out as forged: ${told.forged}`);
      }
    });
}

interface Period {
  readonly from?: string;
  readonly to?: string;
}

/**
 * Reads the period of a register, in days of the controller's time zone, the last one included.
 *
 * @throws UsageError if it is none
 */
function receivedIn({ from, to }: Period): Received {
  const first = from === undefined ? undefined : momentOf(from, '--from', 0);
  const last = to === undefined ? undefined : endOf(to, '--to');
  if (first !== undefined && last !== undefined && first > last) throw new UsageError('--from is later than --to');
  return { from: first, to: last };
}

const iso = (at: { toDate(): Date } | undefined): string => at?.toDate().toISOString() ?? '';

/** Everything that officers kept back of a copy, by record and reason (Art. 15(4)). */
const keptBackIn = (record: RequestRecord): string[] =>
  Object.entries(keptBackOf(record)).flatMap(([id, all]) =>
    all.filter(isKeptBack).map(({ because, rows, fields }) => `${id}, ${because}: ${rows} rows, ${fields} fields`),
  );

/** A line of the register of requests: dates in ISO 8601, codes and pseudonyms; nobody's words. */
function registered({ key: id, record }: ListedRequest) {
  const { type, status, channel, pseudonym, entered, extension, reply, reason, pauses = [] } = record;
  return {
    request: id,
    pseudonym,
    type,
    channel,
    power: record.onBehalf?.regime ?? entered?.power ?? '',
    identity: entered === undefined ? '' : `${entered.identity.method}, ${entered.identity.result}`,
    reference: entered?.reference ?? '',
    receivedAt: iso(record.receivedAt),
    dueAt: new Date(dueOf(record, Date.now())).toISOString(),
    status,
    pauses: pauses.length,
    pausedDays: Math.round((pausedMs(record) / DAY_MS) * 10) / 10,
    pausedSince: iso(pauseOf(record)?.from),
    extendedAt: iso(extension?.at),
    extendedFor: extension?.reason ?? '',
    closedAt: iso(record.completedAt),
    reason: reason ?? '',
    repliedAt: iso(reply?.at),
    reply: reply?.kind ?? '',
    replySha256: reply?.sha256 ?? '',
    mail: reply?.end ?? '',
    keptBack: keptBackIn(record).join('; '),
    enteredBy: entered?.by ?? '',
    decidedBy: reply?.by ?? '',
  };
}

/** CSV (RFC 4180) of which no cell is a formula in a spreadsheet. */
export const registerTable = (requests: readonly ListedRequest[]): string =>
  stringify(
    requests.map((one) => Object.values(registered(one)).map((cell) => safeText(String(cell)))),
    { header: true, columns: COLUMNS, record_delimiter: '\r\n' },
  );

const COLUMNS = [
  ...['request', 'pseudonym', 'type', 'channel', 'power', 'identity', 'reference', 'receivedAt', 'dueAt', 'status'],
  ...['pauses', 'pausedDays', 'pausedSince', 'extendedAt', 'extendedFor', 'closedAt', 'reason', 'repliedAt', 'reply'],
  ...['replySha256', 'mail', 'keptBack', 'enteredBy', 'decidedBy'],
] as const satisfies (keyof ReturnType<typeof registered>)[];

function line({ key: id, record }: ListedRequest): string {
  const pause = pauseOf(record);
  const stands = pause === undefined ? '' : `, its clock stands since ${day(pause.from.toMillis())}`;
  const { type, status, channel, receivedAt, completedAt } = record;
  const end =
    completedAt === undefined
      ? `due ${day(dueOf(record, Date.now()))}${stands}`
      : `closed ${day(completedAt.toMillis())}`;
  return `${id}\n  ${type} (${channel}), ${status}, received ${day(receivedAt.toMillis())}, ${end}`;
}

function describe(shown: ShownRequest): string {
  const { key: id, record, uid, address, details, restriction, offersRestriction, about, jobs } = shown;
  const { entered, extension, pauses = [], reply, reason } = record;
  const whom = uid === '' ? 'no account' : `uid ${harmlessLine(uid)}`;
  const email =
    address === undefined ? 'no address' : `${harmlessLine(address.email)}${address.isProven ? '' : ' (NOT proven)'}`;
  return [
    line({ key: id, record }),
    `  person: ${whom}, ${email}`,
    ...(entered === undefined
      ? []
      : [`  asked by: ${entered.power}; identity: ${entered.identity.method}, ${entered.identity.result}`]),
    ...(record.onBehalf === undefined ? [] : sidesOf(record.onBehalf)),
    ...(entered?.reference === undefined ? [] : [`  your reference: ${entered.reference}`]),
    ...Object.entries(details.known).map(([name, value]) => `  ${name}: ${harmlessJson(value)}`),
    ...(details.ignored === 0 ? [] : [`  ${details.ignored} more details are unknown or too long: see the document`]),
    ...pauses.map(
      ({ from, until, reason: why }) =>
        `  paused (${why}): from ${day(from.toMillis())} ${until === undefined ? 'on' : `to ${day(until.toMillis())}`}`,
    ),
    ...(extension === undefined ? [] : [`  extended (${extension.reason}) on ${day(extension.at.toMillis())}`]),
    ...(reason === undefined ? [] : [`  reason: ${reason}`]),
    ...(reply === undefined
      ? []
      : [`  ${reply.kind} ${authorOf(reply)}on ${day(reply.at.toMillis())}; mail: ${reply.end ?? 'on its way'}`]),
    ...keptBackIn(record).map((kept) => `  kept back of ${kept}`),
    ...(about === undefined ? [] : decisionOn(id, about, record.status === 'waiting' && !isCarriedOut(record))),
    ...(restriction === undefined
      ? []
      : [
          `  restricted since ${day(restriction.since)}: ${restriction.purposes?.join(', ') ?? 'everything'} (restriction show --request ${id})`,
        ]),
    ...(offersRestriction
      ? [
          `  while you check, the person may have the use of these data paused (Art. 18(1)(a)): if they ask for it, restriction set --request ${id}`,
        ]
      : []),
    ...jobs.flatMap(({ id: job, status, steps }) => [`  job ${job}: ${status}`, ...workOf({ id: job, status, steps })]),
  ].join('\n');
}

/** The author of a reply. The end of a restriction is told by its job. */
const authorOf = ({ by, kind }: Reply): string =>
  kind === 'lifting' ? '' : by === 'backend' ? 'by the backend ' : 'by an officer ';

/** The basis and the interest of an objection, and the two decisions about it (Art. 21(1)). */
const decisionOn = (
  id: string,
  { legalBasis, interest }: NonNullable<ShownRequest['about']>,
  isUndecided: boolean,
): string[] => [
  `  it rests on: ${legalBasis}${interest === undefined ? '' : `; the interest: ${inLanguage(interest, 'en')}`}`,
  ...(isUndecided
    ? [`  decide: request uphold ${id}, or request refuse ${id} --because compellingGround or legalClaims`]
    : []),
];

/** Both sides of a request that somebody made for another person. */
function sidesOf({ holder, regime, goesOnAt, say, saidAt, letOnBy }: OnBehalf): string[] {
  const at = saidAt === undefined ? '' : ` on ${day(saidAt.toMillis())}`;
  const silent = goesOnAt === undefined ? 'it begins once they agree' : `it goes on ${day(goesOnAt.toMillis())}`;
  return [
    `  made for the person by: ${regime} (${holder ?? 'no account'})`,
    `  the person: ${say === undefined ? `said nothing yet; ${silent}` : `${say}${at}`}`,
    ...(letOnBy === undefined ? [] : [`  let on by an officer (${letOnBy})`]),
  ];
}

/** The open step of a job, and the outcomes that no machine could prove. */
function workOf(job: Pick<Job, 'id' | 'status' | 'steps'>): string[] {
  const outcomes = Object.values(job.steps).flatMap((step) => step.outcomes);
  const done = outcomes.filter(({ outcome }) => outcome === 'done').length;
  const others = outcomes.filter(({ outcome }) => outcome !== 'done');
  const name = (id: string): string =>
    inLanguage(asText(policy.records[id]?.name ?? policy.recipients[id]?.name), 'en');
  return [
    ...(job.status === 'completed' || job.status === 'cancelled'
      ? []
      : [`    waits: ${harmlessJson(waitOf(job as Job))}`]),
    ...(outcomes.length === 0 ? [] : [`    ${done} records done, ${others.length} with another outcome`]),
    ...others.map((one) => {
      const id = 'record' in one ? one.record : one.recipient;
      return `    ${one.outcome}: ${id} (${name(id) || id}), ${one.count} rows`;
    }),
  ];
}

const asText = (name: string | Readonly<Record<string, string | undefined>> | undefined) =>
  typeof name === 'string' ? { en: name } : (name ?? {});
