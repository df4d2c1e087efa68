import type { Brevo } from '@getbrevo/brevo';
import { z } from 'zod';
import type { Answer } from '../standin.ts';
import type { Router } from '../router.ts';
import { statistics } from './campaigns.ts';
import { checkNotAhead, checkStatisticsDays, daysOf } from './days.ts';
import { BrevoFailure, invalid, missingParameter } from './errors.ts';
import { contactOf, findBy, identifierType, type IdentifierType } from './identifiers.ts';
import * as p from './params.ts';
import type { AttributeValue, BrevoContext, BrevoState, Contact } from './state.ts';

const attributes = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]));

const createBody = z.strictObject({
  attributes: attributes.optional(),
  email: p.email.optional(),
  emailBlacklisted: z.boolean().optional(),
  ext_id: z.string().optional(),
  listIds: z.array(z.number().int()).optional(),
  smsBlacklisted: z.boolean().optional(),
  updateEnabled: z.boolean().optional(),
} satisfies p.Shape<Brevo.CreateContactRequest>);

const updateBody = z.strictObject({
  attributes: attributes.optional(),
  emailBlacklisted: z.boolean().optional(),
  ext_id: z.string().optional(),
  listIds: z.array(z.number().int()).optional(),
  smsBlacklisted: z.boolean().optional(),
  unlinkListIds: z.array(z.number().int()).optional(),
} satisfies p.Shape<Brevo.UpdateContactRequest>);

const identifierQuery = z.strictObject({ identifierType: identifierType.optional() });
const statsDates = { startDate: p.day.optional(), endDate: p.day.optional() };
const infoQuery = identifierQuery.extend(statsDates);

const listQuery = z.strictObject({
  ...p.paging(50, 1_000),
  modifiedSince: p.instant.optional(),
  createdSince: p.instant.optional(),
  ids: p.integers.pipe(z.array(z.number()).max(20)).optional(),
  listIds: p.integers.optional(),
  filter: z
    .string()
    .regex(/^equals\(\s*\w+\s*,.*\)$/, 'should be equals(ATTRIBUTE, value)')
    .optional(),
} satisfies p.Shape<Brevo.GetContactsRequest>);

/** https://developers.brevo.com/reference/create-contact and its neighbours. */
export function contacts(router: Router<BrevoContext, Answer>): void {
  router.on('POST', '/v3/contacts', ({ state, body }) => create(state, p.readParams(createBody, body)));

  router.on('GET', '/v3/contacts', ({ state, query }) => {
    const params = p.readParams(listQuery, query);
    const all = p
      .inOrder([...state.contacts.values()], params.sort)
      .filter((c) => params.createdSince === undefined || c.createdAt > new Date(params.createdSince).toISOString())
      .filter((c) => params.modifiedSince === undefined || c.modifiedAt > new Date(params.modifiedSince).toISOString())
      .filter((c) => params.ids?.includes(c.id) ?? true)
      .filter((c) => params.listIds?.some((id) => c.listIds.has(id)) ?? true)
      .filter((c) => params.filter === undefined || fitsFilter(c, params.filter));
    return {
      status: 200,
      body: { contacts: p.slice(all, params).map(details), count: all.length } satisfies Brevo.GetContacts,
    };
  });

  router.on('GET', '/v3/contacts/:identifier', ({ state, query }, { identifier }) => {
    const params = p.readParams(infoQuery, query);
    // "The statistics of contact for the recent 90 days by default"
    // (https://developers.brevo.com/changelog/2021/7/26).
    const days = daysOf(state, params, 90);
    checkNotAhead(state, days);
    const contact = contactOf(state, identifier, params.identifierType);
    return {
      status: 200,
      body: {
        ...details(contact),
        statistics: statistics(state, contact, days),
      } satisfies Brevo.GetContactInfoResponse,
    };
  });

  router.on('PUT', '/v3/contacts/:identifier', ({ state, query, body }, { identifier }) => {
    const { identifierType: type } = p.readParams(identifierQuery, query);
    const change = p.readParams(updateBody, body);
    apply(state, contactOf(state, identifier, type), change, 'update');
    return { status: 204 };
  });

  router.on('DELETE', '/v3/contacts/:identifier', ({ state, query }, { identifier }) => {
    const { identifierType: type } = p.readParams(identifierQuery, query);
    state.contacts.delete(contactOf(state, identifier, type).id);
    return { status: 204 };
  });

  // https://developers.brevo.com/reference/get-contact-stats: "a maximum span of 90 days", "must
  // not be greater than the current date"
  router.on('GET', '/v3/contacts/:identifier/campaignStats', ({ state, query }, { identifier }) => {
    const days = daysOf(state, p.readParams(z.strictObject(statsDates), query), 90);
    checkNotAhead(state, days);
    checkStatisticsDays(state, days);
    const none = { messagesSent: [], delivered: [], opened: [], clicked: [], transacAttributes: [] };
    const told = statistics(state, contactOf(state, identifier, undefined), days);
    return { status: 200, body: { ...none, ...told } satisfies Brevo.GetContactStatsResponse };
  });
}

function create(state: BrevoState, given: z.infer<typeof createBody>): Answer {
  const { updateEnabled, email, ...change } = given;
  const sms = upperCased(change.attributes)['SMS'];
  if (email === undefined && given.ext_id === undefined && sms === undefined) {
    throw missingParameter('Either email, SMS or ext_id is mandatory to create a new contact');
  }
  const known =
    (email === undefined ? undefined : findBy(state, 'email_id', email)) ??
    (given.ext_id === undefined ? undefined : findBy(state, 'ext_id', given.ext_id)) ??
    (typeof sms === 'string' ? findBy(state, 'phone_id', sms) : undefined);
  const withEmail = email === undefined ? change : { ...change, attributes: { ...change.attributes, EMAIL: email } };
  if (known && updateEnabled === true) {
    apply(state, known, withEmail, 'update');
    // https://developers.brevo.com/changelog/operations-and-management-for-contacts
    return { status: 204 };
  }
  const now = state.time();
  const id = state.nextId();
  const fresh: Contact = {
    id,
    attributes: {},
    emailBlacklisted: false,
    smsBlacklisted: false,
    listIds: new Set(),
    listUnsubscribed: new Set(),
    campaigns: [],
    createdAt: now,
    modifiedAt: now,
  };
  apply(state, fresh, withEmail, 'create');
  fresh.modifiedAt = fresh.createdAt;
  state.contacts.set(id, fresh);
  return { status: 201, body: { id } satisfies Brevo.CreateContactResponse };
}

/** Checks everything, then changes: a refused call changes nothing. */
function apply(
  state: BrevoState,
  contact: Contact,
  change: z.infer<typeof updateBody>,
  verb: 'create' | 'update',
): void {
  const { EMAIL: email, ...rest } = upperCased(change.attributes);
  const changed: Record<string, AttributeValue> = {
    ...rest,
    ...(change.ext_id === undefined ? {} : { EXT_ID: change.ext_id }),
  };
  if (email !== undefined && !p.email.safeParse(email).success) throw invalid('email is not valid in attributes');
  const identifying: [string, IdentifierType, AttributeValue | undefined][] = [
    ['email', 'email_id', email],
    ['ext_id', 'ext_id', changed['EXT_ID']],
    ['SMS', 'phone_id', changed['SMS']],
    ['WHATSAPP', 'whatsapp_id', changed['WHATSAPP']],
    ['LANDLINE_NUMBER', 'landline_number_id', changed['LANDLINE_NUMBER']],
  ];
  for (const [name, type, value] of identifying) {
    if (typeof value !== 'string' || value === '') continue;
    const other = findBy(state, type, value);
    if (other && other !== contact) {
      throw new BrevoFailure(
        400,
        'duplicate_parameter',
        `Unable to ${verb} contact, ${name} is already associated with another Contact`,
        {
          duplicate_identifiers: [name],
        },
      );
    }
  }
  for (const id of [...(change.listIds ?? []), ...(change.unlinkListIds ?? [])]) {
    if (!state.lists.has(id)) throw invalid(`List ID does not exist: ${id}`);
  }

  // A new address is a new subscription: the blocklisting does not follow it. Seen with Brevo, and
  // of weight here. If the e-mail of a person who objected changes, the same call must set
  // emailBlacklisted again.
  if (typeof email === 'string' && email.toLowerCase() !== contact.email) {
    contact.email = email.toLowerCase();
    contact.emailBlacklisted = false;
  }
  for (const [name, value] of Object.entries(changed)) {
    if (value === '') Reflect.deleteProperty(contact.attributes, name);
    else contact.attributes[name] = value;
  }
  if (change.emailBlacklisted !== undefined) contact.emailBlacklisted = change.emailBlacklisted;
  if (change.smsBlacklisted !== undefined) contact.smsBlacklisted = change.smsBlacklisted;
  for (const id of change.listIds ?? []) contact.listIds.add(id);
  for (const id of change.unlinkListIds ?? []) contact.listIds.delete(id);
  contact.modifiedAt = state.time();
}

/** "The attribute's parameter should be passed in capital letter". */
const upperCased = (given: Record<string, AttributeValue> | undefined): Record<string, AttributeValue> =>
  Object.fromEntries(Object.entries(given ?? {}).map(([name, value]) => [name.toUpperCase(), value]));

/**
 * `equals(FIRSTNAME,"Antoine")`: "Allowed operator: equals"
 * (https://developers.brevo.com/reference/get-contacts).
 */
function fitsFilter(contact: Contact, filter: string): boolean {
  const [, name = '', value = ''] = /^equals\(\s*(\w+)\s*,\s*(.*?)\s*\)$/.exec(filter) ?? [];
  return String(contact.attributes[name.toUpperCase()] ?? '') === value.replace(/^"(.*)"$/, '$1');
}

/** A contact as every answer shows it. */
export function details(contact: Contact): Brevo.GetContactDetails {
  return {
    ...(contact.email === undefined ? {} : { email: contact.email }),
    id: contact.id,
    emailBlacklisted: contact.emailBlacklisted,
    smsBlacklisted: contact.smsBlacklisted,
    whatsappBlacklisted: false,
    createdAt: contact.createdAt,
    modifiedAt: contact.modifiedAt,
    attributes: { ...contact.attributes },
    listIds: [...contact.listIds],
    listUnsubscribed: [...contact.listUnsubscribed],
  };
}
