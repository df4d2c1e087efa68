import type { Context } from '../../platform/context.ts';
import { ComplianceError, PermanentError } from '../../platform/errors.ts';
import { endsRows, fateFields, fateOf } from '../ending.ts';
import { manualForChange, manualForRefused } from '../manual.ts';
import type { Change, NamedRecord, Progress, Row, Scope, System } from '../system.ts';
import { Tally } from '../tally.ts';
import { contactsOf, deleteContact, findContacts, getContact, type Contact } from './contacts.ts';
import { checkLogs, deleteLogs, readEvents } from './log.ts';
import { manifest } from './manifest.ts';
import { applyConsent, checkConsent } from './marketing.ts';

/** Brevo. The person's contacts are proven first (subject/prove.ts); the log is found by the addresses that Auth verified. */
export function createSystem(context: Context): System {
  return {
    id: manifest.id,
    find: (subject) => findContacts(context, subject),
    read: (record, scope) => readRows(context, record, scope),
    apply: async (record, scope, change) => {
      const resource = resourceOf(record);
      if (change.kind === 'consent' && resource === 'contacts') return applyConsent(context, record, scope, change);
      if (!endsRows(record, change)) return { settled: manualForChange(record, scope, change) };
      return resource === 'contacts'
        ? endContacts(context, record, scope, change, true)
        : endLog(context, record, scope, change, true);
    },
    check: async (record, scope, change) => {
      const resource = resourceOf(record);
      if (change.kind === 'consent' && resource === 'contacts') return checkConsent(context, record, scope, change);
      if (!endsRows(record, change)) return { settled: manualForChange(record, scope, change) };
      return resource === 'contacts'
        ? endContacts(context, record, scope, change, false)
        : endLog(context, record, scope, change, false);
    },
  };
}

function resourceOf({ id, record }: NamedRecord): 'contacts' | 'smtp/emails' {
  if (record.path.startsWith('contacts/')) return 'contacts';
  if (record.path.startsWith('smtp/emails/')) return 'smtp/emails';
  throw new PermanentError('policy.path', `${id}: Brevo has ${manifest.resources.join(', ')}, not '${record.path}'`);
}

async function endContacts(
  context: Context,
  named: NamedRecord,
  scope: Scope,
  change: Change,
  ends: boolean,
): Promise<Progress> {
  const tally = new Tally();
  for (const id of contactsOf(scope)) {
    const contact = await getContact(context, 'contact_id', id);
    if (contact === null) continue;
    const fate = fateOf(named, scope, change, timesOf(named, contact));
    if (fate.kind === 'retain') tally.retain(fate);
    else if (fate.kind === 'keep') tally.keep(fate);
    else if (!ends) throw new ComplianceError('brevo.left', 'the contact is there that should have ended');
    else if (await deleteContact(context, id)) tally.deleted += 1;
  }
  return { settled: [...tally.outcomes(named, scope), ...manualForRefused(named, scope, manifest.id)] };
}

/** The log has no rows that could end one by one: its fate is asked once, without times. */
async function endLog(
  context: Context,
  named: NamedRecord,
  scope: Scope,
  change: Change,
  ends: boolean,
): Promise<Progress> {
  const fate = fateOf(named, scope, change, {});
  if (fate.kind === 'end') return ends ? deleteLogs(context, named, scope) : checkLogs(context, named, scope);
  const tally = new Tally();
  if (fate.kind === 'retain') tally.retain(fate);
  else tally.keep(fate);
  return { settled: tally.outcomes(named, scope) };
}

async function* readRows(context: Context, named: NamedRecord, scope: Scope): AsyncIterable<Row> {
  if (resourceOf(named) === 'contacts') {
    for (const id of contactsOf(scope)) {
      const contact = await getContact(context, 'contact_id', id);
      if (contact !== null) yield { path: `contacts/${id}`, data: { ...contact } };
    }
    return;
  }
  let index = 0;
  for await (const event of readEvents(context, scope))
    yield { path: `smtp/emails/${(index += 1)}`, data: { ...event } };
}

/** The times of a contact that its fate counts from: ISO 8601 texts. */
function timesOf({ record }: NamedRecord, contact: Contact): Record<string, number | undefined> {
  const values = contact as unknown as Record<string, unknown>;
  return Object.fromEntries(
    fateFields(record).map((field) => {
      const value = values[field];
      const millis = typeof value === 'string' ? Date.parse(value) : NaN;
      return [field, Number.isNaN(millis) ? undefined : millis];
    }),
  );
}
