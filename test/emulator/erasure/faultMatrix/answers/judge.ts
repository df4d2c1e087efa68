import { sha256Hex } from '../../../../../functions/src/crypto/hash.ts';
import { withoutSeal } from '../../../../../functions/src/crypto/seal.ts';
import { entryFromDocument } from '../../../../../functions/src/ledger/documents.ts';
import type { RequestRecord } from '../../../../../functions/src/requests/store.ts';
import { isFinal } from '../../../../../functions/src/requests/request.ts';
import { REQUEST, uid, type Person } from '../person.ts';
import type { State } from '../state.ts';
import { touched } from '../touched.ts';
import type { Wrong } from '../wrong.ts';

/** A request, and the decision about it. */
export interface Case {
  readonly key: string;
  readonly type: string;
  readonly state: 'answered' | 'refused' | 'paused';
  readonly to: string;
  readonly hasAccount: boolean;
}

const recordIn = ({ own }: State, key: string): RequestRecord | undefined => {
  const data = own.get(`requests/${key}`)?.data();
  return data === undefined ? undefined : (withoutSeal(data) as RequestRecord);
};
const DOCUMENT = `users/${uid}/privacyRequests/${REQUEST}`;

const jobs = ({ own }: State) => [...own].flatMap(([path, row]) => (path.startsWith('jobs/') ? [row] : []));

/** The decision is there, and every job has ended; that of an export was stopped. */
export const isOver = (state: State): boolean =>
  (isPaused(state) || jobs(state).some(({ id }) => id.startsWith('reply_'))) &&
  jobs(state).every((row) => row.get('status') === 'completed' || row.get('status') === 'cancelled');

const isPaused = ({ own }: State): boolean =>
  [...own].some(([path, row]) => path.startsWith('requests/') && row.get('pauses') !== undefined);

/** How often the ledger has the decision. */
const entriesOf = ({ own }: State, { chain }: Person, state: string): number =>
  [...own].filter(
    ([path, row]) =>
      path.startsWith(`ledger/${chain}/entries/`) && entryFromDocument(row.id, row.data()).state === state,
  ).length;

export function wrongAtAnyMoment(
  state: State,
  person: Person,
  { key, type, state: decision, hasAccount }: Case,
  messages: readonly string[],
): Wrong[] {
  const wrong: Wrong[] = [];
  const say = (what: string, kind: Wrong['kind'] = 'other'): void => void wrong.push({ kind, what });
  const record = recordIn(state, key);
  if (record === undefined) return [{ kind: 'left behind', what: 'the request is gone' }];
  const { status, reply } = record;
  const isDecided = decision === 'paused' ? record.pauses !== undefined : reply !== undefined;
  const entries = hasAccount ? entriesOf(state, person, `${type}.${decision}`) : Number(isDecided);
  if (entries !== Number(isDecided)) say(`${entries} entries say ${decision}, and the request is ${status}`);
  if ((record.pauses ?? []).length > 1) say('it was paused twice');
  const shown = state.app.get(DOCUMENT);
  if (isFinal(shown?.get('status')) && !isFinal(status)) say('the person sees an end that is none', 'false done');
  if (reply?.end === 'sent' && messages.length === 0) say('a message is said to be sent, and it was not', 'false done');
  // The words leave the record when the person has them.
  const isRead = hasAccount ? sha256Hex(String(shown?.get('reply.text'))) === reply?.sha256 : messages.length > 0;
  if (reply !== undefined && reply.words === undefined && !isRead)
    say('the words of the letter are lost', 'false done');
  if (isFinal(status) && JSON.stringify(record).includes('wedding')) say('the record keeps the person’s words');
  return wrong;
}

/** Is it an answered correction, which is carried to other companies as well? */
const isCarried = ({ type, state, hasAccount }: Case): boolean =>
  type === 'rectification' && state === 'answered' && hasAccount;

/** Everything of everybody else is as it was. */
export const othersTouched = (before: State, after: State, { chain }: Person, one: Case): Wrong[] =>
  touched(before, after, {
    app: (path) => path === DOCUMENT,
    own: (path) =>
      path.startsWith(`ledger/${chain}`) ||
      path === `requests/${one.key}` ||
      path.startsWith('jobs/') ||
      isCounter(path),
    file: (name) => name.startsWith(`exports:exports/${uid}/`),
    account: () => false,
    stripe: () => false,
    list: () => false,
    contact: (address) => isCarried(one) && address === one.to,
    log: (address) => address === one.to,
    writesOwn: true,
  });

const isCounter = (path: string): boolean => path.startsWith('rateLimits/');

/** The faults when nothing is left to do. */
export function notAsPromised(
  state: State,
  one: Case,
  { sent, mayRepeat }: { readonly sent: number; readonly mayRepeat: boolean },
): Wrong[] {
  const { key, state: decision, hasAccount, to } = one;
  const wrong: Wrong[] = [];
  const say = (what: string, kind: Wrong['kind'] = 'other'): void => void wrong.push({ kind, what });
  const record = recordIn(state, key);
  const shown = state.app.get(DOCUMENT);
  if (isCarried(one) && state.contacts.get(to)?.includes('"LASTNAME":"Lovelace"') !== true)
    say('the correction has not reached Brevo', 'not ended');
  if (decision === 'paused') {
    const since = record?.pauses?.[0]?.from.toMillis();
    if (since === undefined) say('its clock never stood', 'not ended');
    const told = (shown?.get('pausedAt') as { toMillis(): number } | undefined)?.toMillis();
    if (told !== since) say(`the person sees a clock that stands since ${told}, and it is ${since}`);
    return wrong;
  }
  // The export was there before the officer could refuse it: it answers, and nothing is refused.
  if (decision === 'refused' && record?.status === 'completed' && record.reply === undefined) return wrong;
  if (!isFinal(record?.status)) say(`it is ${record?.status}`, 'not ended');
  if (record?.reply?.end !== 'sent' || record.reply.words !== undefined) say(`the reply is ${record?.reply?.end}`);
  if (sent === 0 || (sent > 1 && !mayRepeat)) say(`${sent} messages went to the person`);
  if (hasAccount && shown?.get('status') !== record?.status) say(`the person sees ${shown?.get('status')}`);
  if (JSON.stringify(shown?.data() ?? {}).includes('wedding'))
    say('the document keeps the person’s words', 'left behind');
  const left = [...state.files.keys()].filter((name) => name.startsWith(`exports:exports/${uid}/${REQUEST}/`));
  if (decision === 'refused' && left.length > 0) say(`of a refused export there is ${left.join()}`, 'left behind');
  return wrong;
}
