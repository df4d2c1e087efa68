import type { Brevo } from '@getbrevo/brevo';
import { z } from 'zod';
import type { Answer } from '../standin.ts';
import type { Router } from '../router.ts';
import { details } from './contacts.ts';
import { invalid, notFound } from './errors.ts';
import { findBy } from './identifiers.ts';
import * as p from './params.ts';
import type { BrevoContext, BrevoState, Contact, ContactList } from './state.ts';

const createBody = z.strictObject({
  folderId: z.number().int(),
  name: z.string().min(1),
} satisfies p.Shape<Brevo.CreateListRequest>);
const folderBody = z.strictObject({ name: z.string().min(1) } satisfies p.Shape<Brevo.CreateUpdateFolder>);

const members = {
  emails: z.array(z.string()).max(150).optional(),
  ids: z.array(z.number().int()).max(150).optional(),
  extIds: z.array(z.string()).max(150).optional(),
};
const addBody = z.strictObject(members);
const removeBody = z.strictObject({ ...members, all: z.boolean().optional() });
const page = z.strictObject(p.paging(10, 50));
const contactPage = z.strictObject({ ...p.paging(50, 500), modifiedSince: p.instant.optional() });

/**
 * https://developers.brevo.com/reference/get-lists and its neighbours. Registered before
 * `/v3/contacts/:identifier`.
 */
export function lists(router: Router<BrevoContext, Answer>): void {
  router.on('GET', '/v3/contacts/folders', ({ state, query }) => {
    const params = p.readParams(page, query);
    const all = p.inOrder(
      [...state.folders].map(([id, name]) => ({
        id,
        name,
        totalBlacklisted: 0,
        totalSubscribers: 0,
        uniqueSubscribers: 0,
      })),
      params.sort,
    );
    return {
      status: 200,
      body: { count: all.length, folders: p.slice(all, params) } satisfies Brevo.GetFoldersResponse,
    };
  });
  router.on('POST', '/v3/contacts/folders', ({ state, body }) => {
    const id = state.nextId();
    state.folders.set(id, p.readParams(folderBody, body).name);
    return { status: 201, body: { id } satisfies Brevo.CreateFolderResponse };
  });

  router.on('GET', '/v3/contacts/lists', ({ state, query }) => {
    const params = p.readParams(page, query);
    const all = p
      .inOrder([...state.lists.values()], params.sort)
      .map((list) => ({ ...summary(state, list), folderId: list.folderId }));
    return { status: 200, body: { count: all.length, lists: p.slice(all, params) } satisfies Brevo.GetListsResponse };
  });
  router.on('POST', '/v3/contacts/lists', ({ state, body }) => {
    const { folderId, name } = p.readParams(createBody, body);
    if (!state.folders.has(folderId)) throw notFound('Folder ID does not exist');
    const id = state.nextId();
    state.lists.set(id, { id, name, folderId, createdAt: state.time() });
    return { status: 201, body: { id } satisfies Brevo.CreateListResponse };
  });

  router.on('GET', '/v3/contacts/lists/:id', ({ state }, { id }) => {
    const list = listOf(state, id);
    const body: Brevo.GetListResponse = {
      ...summary(state, list),
      folderId: list.folderId,
      createdAt: list.createdAt,
      dynamicList: false,
      campaignStats: [],
    };
    return { status: 200, body };
  });
  router.on('DELETE', '/v3/contacts/lists/:id', ({ state }, { id }) => {
    const list = listOf(state, id);
    for (const contact of state.contacts.values()) contact.listIds.delete(list.id);
    state.lists.delete(list.id);
    return { status: 204 };
  });

  router.on('GET', '/v3/contacts/lists/:id/contacts', ({ state, query }, { id }) => {
    const params = p.readParams(contactPage, query);
    const since = params.modifiedSince === undefined ? '' : new Date(params.modifiedSince).toISOString();
    const all = p.inOrder(subscribers(state, listOf(state, id)), params.sort).filter((c) => c.modifiedAt > since);
    return {
      status: 200,
      body: { contacts: p.slice(all, params).map(details), count: all.length } satisfies Brevo.GetContacts,
    };
  });

  router.on('POST', '/v3/contacts/lists/:id/contacts/add', ({ state, body }, { id }) => {
    const list = listOf(state, id);
    const given = p.readParams(addBody, body);
    return change(state, given, 'Contact already in list and/or does not exist', (contact) => {
      if (contact.listIds.has(list.id)) return false;
      contact.listIds.add(list.id);
      return true;
    });
  });

  router.on('POST', '/v3/contacts/lists/:id/contacts/remove', ({ state, body }, { id }) => {
    const list = listOf(state, id);
    const { all, ...given } = p.readParams(removeBody, body);
    if (all === true) {
      const leaving = subscribers(state, list);
      const process = state.startProcess('REMOVE_CONTACTS_FROM_LIST', () => {
        for (const contact of leaving) contact.listIds.delete(list.id);
      });
      const answer: Brevo.PostContactInfo = { contacts: { processId: process.id, total: leaving.length } };
      return { status: 201, body: answer };
    }
    return change(state, given, 'Contact already removed from list and/or does not exist', (contact) =>
      contact.listIds.delete(list.id),
    );
  });
}

function listOf(state: BrevoState, id: string): ContactList {
  const list = state.lists.get(Number(id));
  if (!list) throw notFound('List ID does not exist');
  return list;
}

const subscribers = (state: BrevoState, list: ContactList): Contact[] =>
  [...state.contacts.values()].filter((contact) => contact.listIds.has(list.id));

function summary(state: BrevoState, list: ContactList): Brevo.GetList {
  const inList = subscribers(state, list);
  const blacklisted = inList.filter((contact) => contact.emailBlacklisted).length;
  return {
    id: list.id,
    name: list.name,
    totalBlacklisted: blacklisted,
    totalSubscribers: inList.length - blacklisted,
    uniqueSubscribers: inList.length,
  };
}

/**
 * Changes each member, and names those that it changed. If there were none, the whole call is
 * refused (https://developers.brevo.com/reference/add-contact-to-list).
 */
function change(
  state: BrevoState,
  given: z.infer<typeof addBody>,
  refusal: string,
  act: (contact: Contact) => boolean,
): Answer {
  const names = given.emails ?? given.ids ?? given.extIds;
  if (!names || names.length === 0) throw invalid('Either emails, ids or extIds is mandatory');
  const type = given.emails ? 'email_id' : given.ids ? 'contact_id' : 'ext_id';
  const success: string[] = [];
  const failure: string[] = [];
  for (const name of names) {
    const contact = findBy(state, type, String(name));
    (contact && act(contact) ? success : failure).push(String(name));
  }
  if (success.length === 0) throw invalid(refusal);
  const typed = (list: string[]): string[] | number[] => (given.ids && !given.emails ? list.map(Number) : list);
  const body: Brevo.PostContactInfo = { contacts: { success: typed(success), failure: typed(failure) } };
  return { status: 201, body };
}
