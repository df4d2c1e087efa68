import fc from 'fast-check';
import type { BrevoClient } from '@getbrevo/brevo';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure, openBench, type Bench } from './helpers.ts';

let bench: Bench;
let brevo: BrevoClient;
beforeEach(async () => {
  bench = await openBench();
  brevo = bench.brevo();
});
afterEach(() => bench.stop());

/** A request that the types would not let through. */
const untyped = (request: object): never => request as never;
const missing = { statusCode: 404, body: { code: 'document_not_found' } };

describe('contacts', () => {
  const attributes = { FIRSTNAME: 'Anne', SMS: '+33612345678', CONSENTS: ['a', 'b'], AGE: 40, VIP: true };

  it('are created and read by e-mail, ext_id, phone and id, as the SDK sends them', async () => {
    const id = (await brevo.contacts.createContact({ email: 'Anne+test@Example.fr', ext_id: 'uid/1 é', attributes }))
      ?.id;
    const byEmail = await brevo.contacts.getContactInfo({
      identifier: 'anne+test@example.fr',
      identifierType: 'email_id',
    });
    expect(byEmail).toEqual({
      id,
      email: 'anne+test@example.fr',
      emailBlacklisted: false,
      smsBlacklisted: false,
      whatsappBlacklisted: false,
      createdAt: new Date(bench.time.now).toISOString(),
      modifiedAt: new Date(bench.time.now).toISOString(),
      attributes: { ...attributes, EXT_ID: 'uid/1 é' },
      listIds: [],
      listUnsubscribed: [],
      statistics: {},
    });
    for (const request of [
      { identifier: 'uid/1 é', identifierType: 'ext_id' },
      { identifier: '0033612345678', identifierType: 'phone_id' },
      { identifier: id ?? 0, identifierType: 'contact_id' },
      { identifier: id ?? 0 },
      { identifier: 'ANNE+TEST@example.fr' },
    ] as const) {
      expect(await brevo.contacts.getContactInfo(request), JSON.stringify(request)).toEqual(byEmail);
    }
  });

  it('need the type of an identifier that is neither an e-mail nor an id', async () => {
    await brevo.contacts.createContact({ email: 'a@b.fr', ext_id: 'uid1' });
    expect(await failure(brevo.contacts.getContactInfo({ identifier: 'uid1' }))).toMatchObject({ statusCode: 400 });
    expect(await failure(brevo.contacts.deleteContact({ identifier: 'uid1' }))).toMatchObject({ statusCode: 400 });
    expect(
      await failure(brevo.contacts.getContactInfo({ identifier: 'a@b.fr', identifierType: 'ext_id' })),
    ).toMatchObject(missing);
  });

  it('that do not exist are document_not_found, for every call', async () => {
    const identifier = 'nobody@example.fr';
    expect(await failure(brevo.contacts.getContactInfo({ identifier }))).toMatchObject(missing);
    expect(await failure(brevo.contacts.updateContact({ identifier, attributes: {} }))).toMatchObject(missing);
    expect(await failure(brevo.contacts.deleteContact({ identifier }))).toMatchObject(missing);
    expect(await failure(brevo.contacts.getContactStats({ identifier }))).toMatchObject(missing);
  });

  it('are deleted with 204 and nothing, once', async () => {
    await brevo.contacts.createContact({ email: 'a@b.fr', ext_id: 'u1' });
    const request = { identifier: 'u1', identifierType: 'ext_id' } as const;
    const { data, rawResponse } = await brevo.contacts.deleteContact(request).withRawResponse();
    expect([data, rawResponse.status]).toEqual([undefined, 204]);
    expect(await failure(brevo.contacts.deleteContact(request))).toMatchObject(missing);
    expect((await brevo.contacts.getContacts()).count).toBe(0);
  });

  it('are unique by each identifier; updateEnabled changes the one that is there', async () => {
    await brevo.contacts.createContact({ email: 'a@b.fr', ext_id: 'u1' });
    expect(await failure(brevo.contacts.createContact({ email: 'A@b.fr' }))).toMatchObject({
      statusCode: 400,
      body: { code: 'duplicate_parameter', metadata: { duplicate_identifiers: ['email'] } },
    });
    expect(await failure(brevo.contacts.createContact({ email: 'c@b.fr', ext_id: 'u1' }))).toMatchObject({
      body: { code: 'duplicate_parameter' },
    });
    const { rawResponse } = await brevo.contacts
      .createContact({ email: 'a@b.fr', attributes: { FIRSTNAME: 'A' }, updateEnabled: true })
      .withRawResponse();
    expect(rawResponse.status).toBe(204);
    await brevo.contacts.createContact({ email: 'd@b.fr' });
    expect(
      await failure(
        brevo.contacts.updateContact({ identifier: 'd@b.fr', attributes: { EMAIL: 'a@b.fr', FIRSTNAME: 'D' } }),
      ),
    ).toMatchObject({ statusCode: 400 });
    const { contacts } = await brevo.contacts.getContacts({ sort: 'asc' });
    expect(contacts.map((c) => [c.email, c.attributes])).toEqual([
      ['a@b.fr', { EXT_ID: 'u1', FIRSTNAME: 'A' }],
      ['d@b.fr', {}],
    ]);
  });

  it('that are blocklisted are subscribed again by a new e-mail, unless the same call says otherwise', async () => {
    await brevo.contacts.createContact({ email: 'a@b.fr', ext_id: 'u1', emailBlacklisted: true });
    const update = (request: object) =>
      brevo.contacts.updateContact({ identifier: 'u1', identifierType: 'ext_id', ...request });
    const blocked = async () =>
      (await brevo.contacts.getContactInfo({ identifier: 'u1', identifierType: 'ext_id' })).emailBlacklisted;
    await update({ attributes: { FIRSTNAME: 'A', EMAIL: 'a@b.fr' } });
    expect(await blocked()).toBe(true);
    await update({ attributes: { EMAIL: 'new@b.fr' } });
    expect(await blocked()).toBe(false);
    await update({ attributes: { EMAIL: 'newer@b.fr' }, emailBlacklisted: true });
    expect(await blocked()).toBe(true);
  });

  it('refuse a missing, wrong or unknown parameter by its name', async () => {
    const create = (request: object) => failure(brevo.contacts.createContact(untyped(request)));
    expect(await create({ attributes: { FIRSTNAME: 'A' } })).toMatchObject({
      statusCode: 400,
      body: { code: 'missing_parameter' },
    });
    expect(await create({ email: 'not an e-mail' })).toMatchObject({
      body: { code: 'invalid_parameter', message: expect.stringContaining('email') as string },
    });
    expect(await create({ email: 'a@b.fr', emailBlocklisted: true })).toMatchObject({
      body: { code: 'invalid_parameter', message: expect.stringContaining('emailBlocklisted') as string },
    });
    expect(await create({ email: 'a@b.fr', listIds: [99] })).toMatchObject({ statusCode: 400 });
    expect(await failure(brevo.contacts.getContacts({}, { queryParams: { email: 'a@b.fr' } }))).toMatchObject({
      body: { message: expect.stringContaining('email: not a known') as string },
    });
    expect(
      await failure(brevo.contacts.getContactInfo({ identifier: 'a@b.fr', startDate: '2026-01-01' })),
    ).toMatchObject({ statusCode: 400 });
    const broken = await fetch(`${bench.brevoUrl}/v3/contacts`, {
      method: 'POST',
      headers: { 'api-key': 'k' },
      body: '{',
    });
    expect([broken.status, await broken.json()]).toMatchObject([400, { code: 'bad_request' }]);
    expect((await brevo.contacts.getContacts()).count).toBe(0);
  });

  it('are listed newest first, by id, time, list and attribute, in pages that give each exactly once', async () => {
    const { id: listId } = await brevo.contacts.createList({ folderId: 1, name: 'News' });
    const ids: number[] = [];
    for (let i = 0; i < 13; i += 1) {
      const made = await brevo.contacts.createContact({
        email: `c${i}@b.fr`,
        attributes: { CITY: i % 2 ? 'Lyon' : 'Paris' },
        listIds: i < 3 ? [listId] : [],
      });
      ids.unshift(made?.id ?? 0);
      bench.time.now += 1_000;
    }
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 15 }), async (limit) => {
        const seen: number[] = [];
        for (let offset = 0; offset < 13; offset += limit) {
          const { contacts, count } = await brevo.contacts.getContacts({ limit, offset });
          expect(count).toBe(13);
          seen.push(...contacts.map((c) => c.id));
        }
        expect(seen).toEqual(ids);
      }),
      { numRuns: 10 },
    );
    const found = async (request: Parameters<typeof brevo.contacts.getContacts>[0]) =>
      (await brevo.contacts.getContacts(request)).contacts.map((c) => c.id);
    expect(await found({ sort: 'asc', limit: 2 })).toEqual([ids[12], ids[11]]);
    expect(await found({ ids: [ids[0] ?? 0, ids[5] ?? 0] })).toEqual([ids[0], ids[5]]);
    expect(await found({ listIds: listId })).toEqual(ids.slice(10));
    expect(await found({ filter: 'equals(CITY,"Lyon")' })).toHaveLength(6);
    expect(await found({ createdSince: new Date(bench.time.now - 2_500).toISOString() })).toEqual(ids.slice(0, 2));
    expect(await failure(brevo.contacts.getContacts({ limit: 1_001 }))).toMatchObject({ statusCode: 400 });
  });

  it('have empty statistics of campaigns', async () => {
    await brevo.contacts.createContact({ email: 'a@b.fr' });
    expect(await brevo.contacts.getContactStats({ identifier: 'a@b.fr' })).toMatchObject({
      messagesSent: [],
      opened: [],
    });
  });

  it('have the events of campaigns: of the last 90 days, or of days, 90 at most and none ahead', async () => {
    const { id: listId } = await brevo.contacts.createList({ folderId: 1, name: 'News' });
    const contact = await brevo.contacts.createContact({ email: 'a@b.fr', listIds: [listId] });
    await brevo.contacts.createContact({ email: 'other@b.fr' });
    const id = contact?.id ?? 0;
    const day = 86_400_000;
    const first = new Date(bench.time.now).toISOString();
    const campaign = (campaignId: number, events: string[], more = {}) =>
      bench.control('brevo', 'PUT', 'campaigns', { email: 'a@b.fr', campaignId, events, ...more });
    await campaign(1, ['messagesSent', 'softBounces']);
    bench.time.now += 90 * day;
    const second = new Date(bench.time.now).toISOString();
    await campaign(2, ['messagesSent', 'delivered', 'opened', 'clicked'], { url: 'https://a.example/1' });
    await campaign(2, ['clicked'], { url: 'https://a.example/2' });
    await bench.control('brevo', 'PUT', 'unsubscriptions', { email: 'a@b.fr' });
    const link = (url: string) => ({ count: 1, eventTime: second, ip: '192.0.2.1', url });
    const recent = {
      messagesSent: [{ campaignId: 2, eventTime: second }],
      delivered: [{ campaignId: 2, eventTime: second }],
      opened: [{ campaignId: 2, eventTime: second, count: 1, ip: '192.0.2.1' }],
      clicked: [{ campaignId: 2, links: [link('https://a.example/1'), link('https://a.example/2')] }],
      unsubscriptions: { userUnsubscription: [{ campaignId: 1, eventTime: second }], adminUnsubscription: [] },
    };
    const stats = (days = {}) => brevo.contacts.getContactStats({ identifier: id, ...days });
    expect(await stats()).toEqual({ ...recent, transacAttributes: [] });
    expect(await brevo.contacts.getContactInfo({ identifier: id })).toMatchObject({
      statistics: recent,
      emailBlacklisted: true,
      listIds: [listId],
      listUnsubscribed: [listId],
    });
    expect(await stats({ startDate: '2026-01-15', endDate: '2026-04-14' })).toMatchObject({
      messagesSent: [{ campaignId: 1, eventTime: first }],
      softBounces: [{ campaignId: 1, eventTime: first }],
      delivered: [],
    });
    expect((await stats({ startDate: '2026-01-15', endDate: '2026-04-15' })).messagesSent).toHaveLength(2);
    expect((await brevo.contacts.getContactInfo({ identifier: 'other@b.fr' })).statistics).toEqual({});
    for (const days of [
      { startDate: '2026-01-14', endDate: '2026-04-15' },
      { startDate: '2026-04-15', endDate: '2026-04-16' },
      { startDate: '2026-04-15', endDate: '2026-04-14' },
      { startDate: '2026-04-15' },
    ])
      expect([days, await failure(stats(days))]).toMatchObject([days, { statusCode: 400 }]);
    expect(await failure(brevo.contacts.getContactStats({ identifier: 999 }))).toMatchObject(missing);
    await bench.control('brevo', 'PUT', 'settings', { statisticsDays: 90 });
    expect(await failure(stats({ startDate: '2026-01-15', endDate: '2026-01-16' }))).toMatchObject({ statusCode: 400 });
  });
});

describe('lists', () => {
  it('take and release contacts by e-mail, id and ext_id, and tell which', async () => {
    const { id: listId } = await brevo.contacts.createList({ folderId: 1, name: 'News' });
    const a = (await brevo.contacts.createContact({ email: 'a@b.fr' }))?.id ?? 0;
    await brevo.contacts.createContact({ email: 'b@b.fr', ext_id: 'u2', emailBlacklisted: true });
    const add = (body: Parameters<typeof brevo.contacts.addContactToList>[0]['body']) =>
      brevo.contacts.addContactToList({ listId, body });
    expect(await add({ emails: ['A@b.fr', 'nobody@b.fr'] })).toEqual({
      contacts: { success: ['A@b.fr'], failure: ['nobody@b.fr'] },
    });
    expect(await add({ extIds: ['u2'] })).toEqual({ contacts: { success: ['u2'], failure: [] } });
    expect(await failure(add({ ids: [a] }))).toMatchObject({
      statusCode: 400,
      body: { message: expect.stringContaining('already in list') as string },
    });
    expect(await brevo.contacts.getList({ listId })).toMatchObject({
      name: 'News',
      totalSubscribers: 1,
      totalBlacklisted: 1,
      uniqueSubscribers: 2,
    });
    expect((await brevo.contacts.getContactsFromList({ listId })).contacts.map((c) => c.email)).toEqual([
      'b@b.fr',
      'a@b.fr',
    ]);
    expect(await brevo.contacts.removeContactFromList({ listId, body: { ids: [a] } })).toEqual({
      contacts: { success: [a], failure: [] },
    });
    expect((await brevo.contacts.getContactInfo({ identifier: 'a@b.fr' })).listIds).toEqual([]);
    expect((await brevo.contacts.getLists({})).lists).toMatchObject([
      { id: listId, folderId: 1, uniqueSubscribers: 1 },
    ]);
    await brevo.contacts.updateContact({ identifier: 'a@b.fr', listIds: [listId] });
    await brevo.contacts.updateContact({ identifier: 'b@b.fr', unlinkListIds: [listId] });
    expect((await brevo.contacts.getContactsFromList({ listId })).contacts.map((c) => c.email)).toEqual(['a@b.fr']);
  });

  it('lose a contact that is deleted, and are forgotten by their contacts', async () => {
    const { id: folderId } = await brevo.contacts.createFolder({ name: 'App' });
    const { id: listId } = await brevo.contacts.createList({ folderId, name: 'News' });
    await brevo.contacts.createContact({ email: 'a@b.fr', listIds: [listId] });
    await brevo.contacts.createContact({ email: 'b@b.fr', listIds: [listId] });
    await brevo.contacts.deleteContact({ identifier: 'a@b.fr' });
    expect((await brevo.contacts.getContactsFromList({ listId })).count).toBe(1);
    await brevo.contacts.deleteList({ listId });
    expect((await brevo.contacts.getContactInfo({ identifier: 'b@b.fr' })).listIds).toEqual([]);
    expect(await failure(brevo.contacts.getList({ listId }))).toMatchObject(missing);
    expect(await failure(brevo.contacts.createList({ folderId: 99, name: 'x' }))).toMatchObject(missing);
  });

  it('are emptied by a process', async () => {
    const { id: listId } = await brevo.contacts.createList({ folderId: 1, name: 'News' });
    await brevo.contacts.createContact({ email: 'a@b.fr', listIds: [listId] });
    const { contacts } = await brevo.contacts.removeContactFromList({ listId, body: { all: true } });
    expect(contacts.total).toBe(1);
    const status = async () => (await brevo.process.getProcess({ processId: contacts.processId ?? 0 })).status;
    expect([await status(), await status(), await status()]).toEqual(['queued', 'in_process', 'completed']);
    expect((await brevo.contacts.getContactsFromList({ listId })).count).toBe(0);
  });
});
