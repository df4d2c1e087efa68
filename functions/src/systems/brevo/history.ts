import { setTimeout } from 'node:timers/promises';
import type { Context } from '../../platform/context.ts';
import type { Scope } from '../system.ts';
import { callBrevo, expectAnswer, isTooOld } from './client.ts';
import { contactsOf, getContact, type Contact } from './contacts.ts';
import { newestDays, periodsBack, type Days } from './periods.ts';

type Statistics = Record<string, unknown>;

/**
 * Requests about contacts that one export makes in a second. Brevo answers ten for everybody
 * together. A second is too short to be shared through a document. The queue lets two exports run
 * at once (options.ts): together they make six. Everything else has four left.
 * test/unit/systems/brevoQuota.sampled.test.ts holds the two numbers together.
 */
export const A_SECOND = 3;

/**
 * Waits before a request that would be one too many in a second. Made once for a reading, which may
 * take dozens of them.
 */
function pacer(): () => Promise<void> {
  let made = 0;
  return async () => {
    if (made > 0 && made % A_SECOND === 0) await setTimeout(1000);
    made += 1;
  };
}

/**
 * Yields the person's contacts, each with the names of its lists and its whole statistics of
 * campaigns. A name is read once; a list that is gone has none.
 */
export async function* readContacts(
  context: Context,
  scope: Scope,
): AsyncIterable<{ readonly id: string; readonly data: Record<string, unknown> }> {
  const pace = pacer();
  const names = new Map<number, string | null>();
  const named = async (ids: readonly number[]): Promise<{ id: number; name?: string }[]> => {
    const lists: { id: number; name?: string }[] = [];
    for (const id of ids) {
      let name = names.get(id);
      if (name === undefined) {
        await pace();
        names.set(id, (name = await nameOf(context, id)));
      }
      lists.push({ id, ...(name === null ? {} : { name }) });
    }
    return lists;
  };
  for (const id of contactsOf(scope)) {
    await pace();
    const contact = await getContact(context, 'contact_id', id);
    if (contact === null) continue;
    const unsubscribed = contact.listUnsubscribed ?? [];
    yield {
      id,
      data: {
        ...contact,
        lists: await named(contact.listIds),
        ...(unsubscribed.length === 0 ? {} : { listsUnsubscribed: await named(unsubscribed) }),
        statistics: await statisticsOf(context, contact, scope, pace),
      },
    };
  }
}

async function nameOf(context: Context, listId: number): Promise<string | null> {
  const list = await callBrevo(context, (brevo) => brevo.contacts.getList({ listId }));
  return list === null ? null : expectAnswer(list, ({ name }) => typeof name === 'string').name;
}

/**
 * Returns the results of the campaigns that were sent to a contact. With the contact itself Brevo
 * tells of the last 90 days. Older ones are asked for, back to the day on which the contact was
 * made, or until Brevo refuses a period as too old. A contact's are in memory at once.
 */
async function statisticsOf(
  context: Context,
  { id, createdAt, statistics }: Contact,
  { now }: Scope,
  pace: () => Promise<void>,
): Promise<Statistics> {
  const asked = async (days: Days): Promise<Statistics> => {
    await pace();
    const answer = await callBrevo(context, (brevo) => brevo.contacts.getContactStats({ identifier: id, ...days }));
    return { ...expectAnswer(answer ?? {}, (stats) => Object.values(stats).every((one) => typeof one === 'object')) };
  };
  let all: Statistics = { ...statistics };
  for (const { ask } of periodsBack(now, madeAt(createdAt, now))) {
    if (!('startDate' in ask)) continue;
    try {
      all = mergeAnswers(all, await asked(ask)) as Statistics;
    } catch (error) {
      if (await isTooOld(error, () => asked(newestDays(now)))) break;
      throw error;
    }
  }
  return all;
}

/** Returns a contact's own beginning. @throws ComplianceError `brevo.answer` if it is no time */
function madeAt(createdAt: string, now: number): number {
  const at = Date.parse(createdAt);
  expectAnswer({ at }, () => !Number.isNaN(at));
  return Math.min(at, now);
}

/**
 * Merges two answers of the same kind. The days of two questions overlap: a result that both tell
 * is there once. Results with lists in them (the links of a campaign that were clicked) are the
 * same if everything else is, and their lists are merged in the same way.
 */
export function mergeAnswers(known: unknown, more: unknown): unknown {
  if (Array.isArray(known) && Array.isArray(more)) {
    const all: unknown[] = [...(known as unknown[])];
    const places = new Map(all.map((one, place) => [withoutLists(one), place]));
    for (const one of more as unknown[]) {
      const place = places.get(withoutLists(one));
      if (place === undefined) all.push(one);
      else all[place] = mergeAnswers(all[place], one);
    }
    return all;
  }
  if (isMap(known) && isMap(more)) {
    const both = Object.keys({ ...known, ...more });
    return Object.fromEntries(both.map((name) => [name, mergeAnswers(known[name], more[name])]));
  }
  return known ?? more;
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Returns the content of a result without its lists. */
const withoutLists = (one: unknown): string =>
  JSON.stringify(one, (_, value: unknown) => (Array.isArray(value) ? undefined : value));
