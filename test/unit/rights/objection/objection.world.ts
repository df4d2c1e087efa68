import { Timestamp, type DocumentData } from 'firebase-admin/firestore';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { startStandins, type Standins } from '../../../../emulator/standins/index.ts';
import { onConsentWritten } from '../../../../functions/src/consent/recordDecision.ts';
import { changeRunner } from '../../../../functions/src/consent/steps.ts';
import { isOpen } from '../../../../functions/src/jobs/advance.ts';
import type { Runners } from '../../../../functions/src/jobs/catalog.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { jobsIn } from '../../../../functions/src/jobs/store.ts';
import type { Job } from '../../../../functions/src/jobs/types.ts';
import type { Head } from '../../../../functions/src/ledger/chain.ts';
import { latestHead } from '../../../../functions/src/ledger/find.ts';
import { closeTask, listTasks } from '../../../../functions/src/officerTasks/store.ts';
import type { OfficerTask } from '../../../../functions/src/officerTasks/task.ts';
import type { Context } from '../../../../functions/src/platform/context.ts';
import { requestKey } from '../../../../functions/src/requests/request.ts';
import { requestsIn, type RequestRecord } from '../../../../functions/src/requests/store.ts';
import { onPrivacyRequestCancelled, onPrivacyRequestCreated } from '../../../../functions/src/rights/receive.ts';
import { requestRunner } from '../../../../functions/src/rights/ways/steps.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { AMIKEO_VERSION } from '../../../kit/amikeo.ts';
import { NOW, World } from '../../erasure/memory.ts';
import { sheetKeys } from '../../officerTasks/helpers.ts';

/** Objections: both databases in memory, the local Brevo, and a clock that a test sets. */

let servers: Standins;
export let world: World;
export let context: Context;
export const time = { now: NOW };
/** The address of the local Brevo. */
export const brevoUrl = (): string => servers.brevoUrl;

export function useObjections(): void {
  beforeAll(async () => {
    servers = await startStandins({ now: () => time.now });
  });
  afterAll(() => servers.stop());
  beforeEach(async () => {
    time.now = NOW;
    await fetch(`${servers.brevoUrl}/_control/state`, { method: 'DELETE' });
    world = new World(servers);
    await world.openList();
    const config = {
      ...world.context.config,
      brevoSender: { name: 'AMIKEO', email: 'bonjour@amikeo.example' },
      brevoLinkAttribute: 'OBJECTION_LINK',
      linksUrl: new URL('https://links.example/compliance-links'),
      officerSheetKey: sheetKeys.publicKey,
    };
    context = { ...world.context, config, now: () => time.now };
  });
}

let number = 0;
/** Somebody with an account and a verified address. */
export async function person(): Promise<{ uid: string; email: string }> {
  const uid = `objector${(number += 1)}`;
  const email = `${uid}@example.com`;
  world.sign(uid, { email, emailVerified: true });
  await context.clients.app().doc(`users/${uid}`).set({ locale: 'en' });
  return { uid, email };
}

const consentOf = (uid: string, purpose: string) => context.clients.app().doc(`users/${uid}/consents/${purpose}`);
export const documentOf = async (uid: string, purpose = 'messages'): Promise<DocumentData | undefined> =>
  (await consentOf(uid, purpose).get()).data();

/** The person answers in the app; its event comes. */
export async function answer(uid: string, granted: boolean, purpose = 'messages'): Promise<void> {
  const before = await documentOf(uid, purpose);
  await write(uid, granted, purpose);
  await told(uid, purpose, before);
}

/** The document of an answer, of which no event tells yet. */
export async function write(uid: string, granted: boolean, purpose = 'messages'): Promise<void> {
  time.now += 1000;
  const updatedAt = Timestamp.fromMillis(time.now);
  await consentOf(uid, purpose).set({ granted, policyVersion: AMIKEO_VERSION, source: 'app', updatedAt });
}

/** The event of a document as it is now, and when it was written. */
export async function told(
  uid: string,
  key: string,
  before: DocumentData | undefined,
  writtenAt = time.now,
): Promise<void> {
  const event = { id: `event${(number += 1)}`, uid, key, writtenAt };
  await onConsentWritten(context, { ...event, before, after: await documentOf(uid, key) });
}

const requestOf = (uid: string, id: string) => context.clients.app().doc(`users/${uid}/privacyRequests/${id}`);
export const shownRequest = async (uid: string, id = 'r1'): Promise<DocumentData | undefined> =>
  (await requestOf(uid, id).get()).data();

/** The person asks in the app. Returns the delivery of the event of it. */
export async function request(
  uid: string,
  details: object,
  id = 'r1',
  type = 'objection',
): Promise<() => Promise<void>> {
  time.now += 1000;
  const data = { type, createdAt: Timestamp.fromMillis(time.now), details };
  await requestOf(uid, id).set(data);
  const event = { id: `ask${(number += 1)}`, uid, requestId: id, data, time: time.now };
  return () => onPrivacyRequestCreated(context, event);
}

/** The same, and its event comes; returns a further delivery. */
export async function ask(...asked: Parameters<typeof request>): ReturnType<typeof request> {
  const deliver = await request(...asked);
  await deliver();
  return deliver;
}

/** The person takes a request back; its event comes, and again with each call of the result. */
export async function takeBack(uid: string, id = 'r1'): Promise<() => Promise<void>> {
  const event = await takenBack(uid, id);
  await event();
  return event;
}

/** The person takes a request back; the event of it. */
export async function takenBack(uid: string, id = 'r1'): Promise<() => Promise<void>> {
  time.now += 1000;
  await requestOf(uid, id).update({ cancelled: true });
  const data = (await requestOf(uid, id).get()).data();
  const event = { id: `back${(number += 1)}`, uid, requestId: id, data, time: time.now };
  return () => onPrivacyRequestCancelled(context, event);
}

export const headOf = async (uid: string): Promise<Head> => (await latestHead(context, uid)).head;
export const chainOf = (uid: string): string => pseudonymOf(uid, context.keys);

/** The states of a person's entries about a consent, in their order. */
export async function statesOf(uid: string): Promise<string[]> {
  const entries = context.clients
    .own()
    .collection(`ledger/${chainOf(uid)}/entries`)
    .orderBy('seq');
  return (await entries.get()).docs.flatMap((one) =>
    one.get('kind') === 'consent' ? [`${String(one.get('purpose'))} ${String(one.get('state'))}`] : [],
  );
}

export async function requests(): Promise<RequestRecord[]> {
  const found = await context.clients.own().collection('requests').get();
  return requestsIn(found.docs, context.keys).requests.map(({ record }) => record);
}
export const recordOf = async (uid: string, id = 'r1'): Promise<RequestRecord | undefined> => {
  const key = requestKey(chainOf(uid), id, context.keys);
  const found = await context.clients.own().doc(`requests/${key}`).get();
  return requestsIn([found], context.keys).requests[0]?.record;
};

export const jobs = async (): Promise<Job[]> =>
  jobsIn((await context.clients.own().collection('jobs').get()).docs, context.keys).jobs;
export const tasks = async (): Promise<readonly OfficerTask[]> => (await listTasks(context)).tasks;

export const runners = {
  request: async (c: Context) => requestRunner(c),
  change: async (c: Context) => changeRunner(c),
};

/** Runs every job that is due, until none is left. */
export async function work(rounds = 8, kinds: Partial<Runners> = runners): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    time.now += 1000;
    const isDue = ({ kind, wakeAt }: Job): boolean => kind in kinds && (wakeAt ?? Infinity) <= time.now;
    const due = (await jobs()).filter((job) => isOpen(job) && isDue(job));
    if (due.length === 0) return;
    for (const { id } of due) await runJob(context, kinds, id);
  }
}

/** The contact of an address at Brevo; null if there is none. */
export async function contactOf(
  email: string,
): Promise<{ emailBlacklisted: boolean; listIds: number[]; attributes: Record<string, string> } | null> {
  const url = `${servers.brevoUrl}/v3/contacts/${encodeURIComponent(email)}?identifierType=email_id`;
  const found = await fetch(url, { headers: { 'api-key': 'test' } });
  return found.ok ? ((await found.json()) as never) : null;
}

/** The e-mails that were sent to an address, oldest first. */
export async function mailsTo(email: string): Promise<{ subject: string; textContent: string }[]> {
  const all = (await (await fetch(`${servers.brevoUrl}/_control/requests`)).json()) as {
    path: string;
    body: { to?: { email: string }[]; subject: string; textContent: string };
  }[];
  return all
    .filter(({ path, body }) => path === '/v3/smtp/email' && body.to?.[0]?.email === email)
    .map((one) => one.body);
}

/** Closes every open task of officers as done. */
export async function closeAll(): Promise<void> {
  for (const { id } of await tasks()) await closeTask(context, id, { as: 'done', by: 'v1_officer' }, time.now);
}
