import type { Context } from '../../platform/context.ts';
import { LeftError, PermanentError } from '../../platform/errors.ts';
import { fateOf, parsedTime, timesBy, type RowTimes } from '../rowFate.ts';
import { identifiersOf } from '../../subject/identity.ts';
import { namesAnother } from '../../subject/pseudonym.ts';
import { manual, manualForAnothers, manualForRefused } from '../officerTasks.ts';
import type { Change, NamedRecord, Outcome, Row, Scope, System } from '../system.ts';
import { RowCounts } from '../outcomes.ts';
import { answersOf, foreseen, type VisitRows } from '../modes.ts';
import {
  contactsOf,
  deleteContact,
  findContacts,
  getContact,
  hasUnsearchable,
  ownerOf,
  type Contact,
} from './contacts.ts';
import { readEvents } from './events.ts';
import { readContacts } from './history.ts';
import { deleteLogs, lookAtLogs } from './log.ts';
import { manifest } from './manifest.ts';
import { applyConsent, checkConsent, contactsFor } from './marketing.ts';
import { correctContacts } from './rectify.ts';

/**
 * Brevo. The person's contacts are proven first (subject/prove.ts); the log is found by the
 * addresses that Auth verified.
 */
export function createSystem(context: Context): System {
  const rows = answersOf(
    context,
    (_, record, ...how) =>
      resourceOf(record) === 'contacts' ? visitContacts(context, record, ...how) : visitLog(context, record, ...how),
    correctContacts,
  );
  const isAnswer = (record: NamedRecord, change: Change): change is Consent =>
    change.kind === 'consent' && resourceOf(record) === 'contacts';
  return {
    id: manifest.id,
    find: (subject) => findContacts(context, subject),
    read: (record, scope) => readRows(context, record, scope),
    apply: (record, scope, change) =>
      isAnswer(record, change) ? applyConsent(context, record, scope, change) : rows.apply(record, scope, change),
    check: (record, scope, change) =>
      isAnswer(record, change) ? checkConsent(context, record, scope, change) : rows.check(record, scope, change),
    preview: (record, scope, change) =>
      isAnswer(record, change) ? previewConsent(context, record, scope, change) : rows.preview(record, scope, change),
  };
}

type Consent = Extract<Change, { kind: 'consent' }>;

/**
 * Foretells bringing an answer to Brevo: an answer that is there already reads back; any other
 * would change something.
 */
async function previewConsent(
  context: Context,
  named: NamedRecord,
  scope: Scope,
  change: Consent,
): Promise<readonly Outcome[]> {
  try {
    return await foreseen(scope, (fresh) => checkConsent(context, named, fresh, change));
  } catch (error) {
    if (!(error instanceof LeftError)) throw error;
  }
  const { handles, refused } = await contactsFor(context, scope, change);
  // Given, there is one contact afterwards; withdrawn, those that are there are blocked.
  const count = change.granted ? 1 : handles.length;
  return [
    { record: named.id, count, outcome: 'done', how: 'changed' },
    ...manualForRefused(named, { ...scope, refused }, manifest.id),
  ];
}

function resourceOf({ id, record }: NamedRecord): 'contacts' | 'smtp/emails' {
  if (record.path.startsWith('contacts/')) return 'contacts';
  if (record.path.startsWith('smtp/emails/')) return 'smtp/emails';
  throw new PermanentError('policy.path', `${id}: Brevo has ${manifest.resources.join(', ')}, not '${record.path}'`);
}

const visitContacts: VisitRows = async (context, named, scope, change, mode) => {
  const counts = new RowCounts();
  const anothers: string[] = [];
  for (const id of contactsOf(scope)) {
    const contact = await getContact(context, 'contact_id', id);
    if (contact === null) continue;
    if (namesAnother(ownerOf(contact), scope.subject, context.keys)) {
      anothers.push(id);
      continue;
    }
    const fate = fateOf(named, scope, change, timesOf(named, contact));
    if (fate.kind !== 'end') counts.leave(fate, { change, now: scope.now });
    else if (mode === 'check') throw new LeftError('brevo.left', 'the contact is there that should have ended');
    else if (mode === 'preview' || (await deleteContact(context, id))) counts.deleted += 1;
  }
  const forOfficer = [
    ...manualForRefused(named, scope, manifest.id),
    ...manualForAnothers(named, scope, manifest.id, anothers),
    ...(hasUnsearchable(identifiersOf(scope.subject, 'email')) ? [manual(named.id, scope, 1, 'brevoUnasked')] : []),
  ];
  return { settled: [...counts.outcomes(named, scope), ...forOfficer] };
};

/** The log has no rows that could end one by one: its fate is asked once, without times. */
const visitLog: VisitRows = async (context, named, scope, change, mode) => {
  const fate = fateOf(named, scope, change, {});
  if (fate.kind === 'end')
    return mode === 'end' ? deleteLogs(context, named, scope) : lookAtLogs(context, named, scope, mode);
  const counts = new RowCounts();
  counts.leave(fate, { change, now: scope.now });
  return { settled: counts.outcomes(named, scope) };
};

async function* readRows(context: Context, named: NamedRecord, scope: Scope): AsyncIterable<Row> {
  if (resourceOf(named) === 'contacts') {
    for await (const { id, data } of readContacts(context, scope)) yield { path: `contacts/${id}`, data };
    return;
  }
  for await (const { id, event, readAt } of readEvents(context, scope)) {
    // A log that was read earlier that day says so.
    const data = { ...event, readAt: new Date(readAt).toISOString() };
    yield { path: `smtp/emails/${id}`, data };
  }
}

/** The times of a contact that its fate counts from: ISO 8601 texts. */
const timesOf = ({ record }: NamedRecord, contact: Contact): RowTimes =>
  timesBy(record, (field) => parsedTime((contact as unknown as Readonly<Record<string, unknown>>)[field]));
