import { afterAll, beforeAll, beforeEach } from 'vitest';
import { startStandins, type Standins } from '../../../../emulator/standins/index.ts';
import { requestsIn } from '../../../../functions/src/requests/store.ts';
import { jobsIn } from '../../../../functions/src/jobs/store.ts';
import type { Job } from '../../../../functions/src/jobs/types.ts';
import type { Context } from '../../../../functions/src/platform/context.ts';
import { defined } from '../../../../functions/src/platform/defined.ts';
import { requestByEmail } from '../../../../functions/src/rights/ways/byEmail.ts';
import { openLink } from '../../../../functions/src/rights/ways/openLink.ts';
import { requestRunner } from '../../../../functions/src/rights/ways/steps.ts';
import { NOW, World } from '../../erasure/memory.ts';
import { sheetKeys } from '../../officerTasks/helpers.ts';

/** Mailboxes, links and pages: both databases in memory, the local Brevo sends. */

let servers: Standins;
export let world: World;
/** The context of the functions, with a clock that a test sets. */
export let context: Context;
export const time = { now: NOW };

export function useLinks(): void {
  beforeAll(async () => {
    servers = await startStandins({ now: () => time.now });
  });
  afterAll(() => servers.stop());
  beforeEach(() => {
    time.now = NOW;
    world = new World(servers);
    const config = {
      ...world.context.config,
      brevoSender: { name: 'AMIKEO', email: 'bonjour@amikeo.example' },
      linksUrl: new URL('https://links.example/compliance-links'),
      officerSheetKey: sheetKeys.publicKey,
    };
    context = { ...world.context, config, now: () => time.now };
  });
}

let caller = 0;
/** A call from another network each time, unless it is given. */
export const ask = (email: string, asks: string, more: { address?: string; language?: 'en' | 'fr' | 'nl' } = {}) =>
  requestByEmail(context, {
    data: { email, asks },
    address: more.address ?? `203.0.${(caller += 1) >> 8}.${caller & 255}`,
    language: more.language ?? 'en',
  });

/**
 * Works off every job of links, also one that ended, and then those that they began. The steps of
 * an objection run in their order, each with the outcomes of those before it.
 */
export async function work(): Promise<void> {
  const seen = new Set<string>();
  for (let more = true; more;) {
    more = false;
    const stored = await context.clients.own().collection('jobs').where('kind', '==', 'request').get();
    for (const job of jobsIn(stored.docs, context.keys).jobs) {
      if (seen.has(job.id)) continue;
      seen.add(job.id);
      more = true;
      await workOff(job);
    }
  }
}

async function workOff(job: Job): Promise<void> {
  let now = job;
  for (const step of Object.keys(job.steps)) {
    const progress = await requestRunner(context).run(step, now, { deadline: Infinity });
    const state = now.steps[step];
    if (state === undefined || !('settled' in progress)) continue;
    now = { ...now, steps: { ...now.steps, [step]: { ...state, state: 'done', outcomes: progress.settled } } };
  }
}

interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The token of the link in it. */
  readonly token: string;
}

/** The messages that were sent to an address, oldest first. */
export async function mailsTo(email: string): Promise<Mail[]> {
  const url = `${servers.brevoUrl}/_control/requests`;
  const all = (await (await fetch(url)).json()) as { path: string; status: number | null; body: unknown }[];
  return all.flatMap(({ path, status, body }) => {
    if (path !== '/v3/smtp/email' || status !== 201) return [];
    const { to, subject, textContent } = body as { to: { email: string }[]; subject: string; textContent: string };
    if (to[0]?.email !== email) return [];
    const token = /https:\/\/links\.example\/compliance-links\/([A-Za-z0-9_-]+)/.exec(textContent)?.[1] ?? '';
    return [{ to: email, subject, text: textContent, token }];
  });
}

/** Asks for a link, and returns the token that arrives. */
export async function tokenFor(email: string, asks: string): Promise<string> {
  await ask(email, asks);
  await work();
  return (await mailsTo(email)).at(-1)?.token ?? '';
}

export const visit = (method: string, token: string, purpose?: string) =>
  openLink(context, { method, token, language: 'en', ...defined({ purpose }) });

/** Everything that is stored, as text: two states compare. */
export async function state(): Promise<string> {
  const own = context.clients.own();
  const found = [];
  for (const name of ['links', 'jobs', 'requests', 'subjects', 'suppressions', 'rateLimits', 'ledger'])
    for (const one of (await own.collection(name).get()).docs) found.push([one.ref.path, one.data()]);
  return JSON.stringify(found);
}

export const requests = async () =>
  requestsIn((await context.clients.own().collection('requests').get()).docs, context.keys).requests;
export const jobs = async () => (await context.clients.own().collection('jobs').get()).size;
