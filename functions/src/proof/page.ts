import { ENTRY_TIMES, type Entry } from '../ledger/chain.ts';
import { iso, type Instant } from '../platform/time.ts';
import { nameIn } from '../policy/lookup.ts';
import type { Policy } from '../policy/schema.ts';
import type { LedgerAnswer, PersonAnswer } from './answer.ts';
import { appliesFrom, type Applied, type ProvenNotice } from './prove.ts';

/** The answer of `ledger prove` for people, as plain text, and as JSON. Pure. */

const shortly = (entry: Entry): string => `entry ${entry.seq} (${entry.id})`;

const WHO: Readonly<Record<string, string>> = {
  subject: 'the person',
  holder: 'a holder of parental responsibility or guardian',
  backend: 'this backend, by a rule of the policy',
  server: 'a server of the app',
  officer: 'an officer',
};

/** The answer that applied, in a line. */
function applies({ state, agreed, since, against }: Applied): string {
  if (state === null || since === null) return 'NOT AGREED: nobody had answered';
  const because = against === null ? '' : `, since ${shortly(against)} says no and was recorded after the yes`;
  return `${agreed ? 'AGREED' : 'NOT AGREED'}: ${state} since ${iso(since)}${because}`;
}

/** The pseudonym of a holder or an officer who acted. */
function named({ holder, officer }: Entry): string {
  const pseudonym = officer ?? holder;
  return pseudonym === undefined ? '' : ` (${pseudonym})`;
}

/** The app's own statements, word for word: nobody else can vouch for them. */
function circumstances(entry: Entry): string[] {
  const declared = new Set(entry.declared ?? []);
  const details = (['policyVersion', 'source', 'appVersion', 'locale'] as const).flatMap((name) => {
    const value = entry[name];
    return value === undefined ? [] : [`${name} ${value}${declared.has(name) ? ' (declared by the app)' : ''}`];
  });
  return [
    ...(entry.actor === undefined ? [] : [`Who acted: ${WHO[entry.actor] ?? entry.actor}${named(entry)}`]),
    ...(details.length === 0 ? [] : [`How: ${details.join(', ')}`]),
    ...(entry.clamped === true ? ['The device claimed a time in the future: the time of the server was taken.'] : []),
    ...(entry.reconciled === true ? ['Its event was lost: the decision was found by comparing the documents.'] : []),
  ];
}

/** The terms under which it was asked, from the entry itself. */
function terms(entry: Entry): string[] {
  const list = (name: string, values: readonly string[] | undefined): string[] =>
    values === undefined || values.length === 0 ? [] : [`${name}: ${values.join(', ')}`];
  return [
    ...(entry.controller === undefined ? [] : [`Controller: ${entry.controller}`]),
    ...list('Data', entry.dataTypes),
    ...list('Recipients', entry.recipients),
    ...list('Countries', entry.storageLocation),
  ];
}

function noticeLines(notice: ProvenNotice): string[] {
  switch (notice.kind) {
    case 'notRecorded':
      return ['The text: the entry names none.'];
    case 'notInRepository':
      return [
        `The text: version ${notice.version}, ${notice.language}, SHA-256 ${notice.hash}. THE REPOSITORY HAS NO SUCH TEXT: look for it in its history.`,
      ];
    case 'differs':
      return [
        `The text: version ${notice.version}, ${notice.language}, SHA-256 ${notice.hash}.`,
        `THE REPOSITORY'S TEXT IS ANOTHER ONE (SHA-256 ${notice.hashInRepository}): it was changed afterwards, and is not what the person saw.`,
      ];
    case 'exact':
      return [
        `The text that was shown: version ${notice.version}, ${notice.language}${notice.assumed ? ' (assumed: the app did not say in which language)' : ''}, SHA-256 ${notice.hash}, computed again and the same:`,
        '',
        ...notice.text.split('\n').map((line) => (line === '' ? '' : `    ${line}`)),
      ];
  }
}

function known({ proof }: PersonAnswer): string[] {
  const { knownThen, recordedLater } = proof;
  if (recordedLater.length === 0) return ['Known at that moment: the same; nothing of it was recorded later.'];
  return [
    `Known at that moment: ${applies(knownThen)}`,
    ...recordedLater.map(
      (entry) =>
        `  recorded later: ${shortly(entry)}, ${entry.state}, happened ${iso(entry.occurredAt)}, recorded ${iso(entry.recordedAt)}`,
    ),
  ];
}

function verification({ chains, ended, verified, problems }: PersonAnswer): string[] {
  return [
    problems.length === 0
      ? `The ledger: ${verified} entries in ${chains.length} chain(s), verified: none changed, missing, added or re-ordered.`
      : `THE LEDGER DOES NOT VERIFY, ${problems.length} problem(s): what is said above may not be what happened.`,
    ...problems.map(
      ({ chain, seq, id, problem }) => `  ${chain} entry ${seq}${id === undefined ? '' : ` (${id})`}: ${problem}`,
    ),
    ...(ended === undefined
      ? []
      : [`Before it there was the chain ${ended}, which was deleted when its period ended.`]),
  ];
}

function person(answer: PersonAnswer, number: number, of: number): string[] {
  const { proof, by } = answer;
  const { shownBy, until, erasedAt, history } = proof;
  return [
    ...(of > 1
      ? [`--- ${number} of ${of}: ${by === 'erased' ? 'an account that was erased' : 'the account'} ---`]
      : []),
    `Of: ${answer.chains.at(-1) ?? ''}${by === 'erased' ? ' (erased)' : ''}`,
    erasedAt === null
      ? applies(proof)
      : `NOT AGREED: the person was erased on ${iso(erasedAt)}; until then: ${proof.state ?? 'nobody had answered'}`,
    ...(shownBy === null
      ? []
      : [
          `Shown by: ${shortly(shownBy)}, happened ${iso(shownBy.occurredAt)}, recorded ${iso(shownBy.recordedAt)}, hash ${shownBy.hash}`,
          ...circumstances(shownBy),
          ...terms(shownBy),
        ]),
    ...known(answer),
    until === null
      ? 'Afterwards: nothing changed it.'
      : `Afterwards: ${until.state} from ${iso(appliesFrom(until))}, ${shortly(until)}`,
    ...(shownBy === null ? [] : ['', ...noticeLines(answer.notice), '']),
    ...(history.length === 0
      ? []
      : [
          'All answers, in the order in which they happened:',
          ...history.map((e) => `  ${iso(appliesFrom(e))}  ${e.state}  ${shortly(e)}, recorded ${iso(e.recordedAt)}`),
        ]),
    ...verification(answer),
  ];
}

/** Says honestly for which question nobody was found. */
function nobody({ account }: LedgerAnswer, by: 'uid' | 'email'): string {
  const whose = by === 'uid' ? 'this uid' : 'this address';
  return account === 'none'
    ? `Nobody: Auth has no account with ${whose}, and the ledger knows nobody under it, erased or not.`
    : `Auth has an account with ${whose}, and the ledger has no entry of it: no consent can be shown.`;
}

/** The page that the command prints. */
export function provePage(policy: Policy, answer: LedgerAnswer, by: 'uid' | 'email'): string {
  const name = nameIn(policy.purposes, answer.purpose, 'en');
  const title = name === answer.purpose ? `'${name}'` : `“${name}” (${answer.purpose})`;
  const { persons } = answer;
  return [
    `Consent to ${title} at ${iso(answer.at)}`,
    ...(answer.account === 'unverified'
      ? ['Careful: Auth did not verify this address. Anybody can have typed it; it does not show whose account it is.']
      : []),
    '',
    ...(persons.length === 0
      ? [nobody(answer, by)]
      : persons.flatMap((one, index) => [...person(one, index + 1, persons.length), ''])),
  ]
    .join('\n')
    .trimEnd();
}

/** An entry with its moments in ISO 8601. */
function printableEntry(entry: Entry): Record<string, unknown> {
  const times = ENTRY_TIMES.flatMap((name) => {
    const at = entry[name];
    return at === undefined ? [] : [[name, iso(at)] as const];
  });
  return { ...entry, ...Object.fromEntries(times) };
}

const printable = (entry: Entry | null): Record<string, unknown> | null =>
  entry === null ? null : printableEntry(entry);
const isoOrNull = (at: Instant | null): string | null => (at === null ? null : iso(at));

const printableApplied = ({ state, agreed, since, shownBy, against }: Applied) => ({
  state,
  agreed,
  since: isoOrNull(since),
  shownBy: printable(shownBy),
  against: printable(against),
});

/** The same as JSON: moments in ISO 8601. */
export const proveJson = ({ purpose, at, account, persons }: LedgerAnswer) => ({
  purpose,
  at: iso(at),
  account,
  persons: persons.map(({ proof, ...rest }) => ({
    ...rest,
    ...printableApplied(proof),
    knownThen: printableApplied(proof.knownThen),
    recordedLater: proof.recordedLater.map(printableEntry),
    until: printable(proof.until),
    erasedAt: isoOrNull(proof.erasedAt),
    history: proof.history.map(printableEntry),
  })),
});
