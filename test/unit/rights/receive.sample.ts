import { Timestamp } from 'firebase-admin/firestore';
import type { RequestEvent } from '../../../functions/src/rights/receive.ts';
import { NOW, context, keyOf, person, entries } from './helpers.ts';

/** Returns the id of a job for a request; it does not repeat the request's own id. */
export const job = (kind: string, id = 'r1'): string => `${kind}_${keyOf(id)}`;

export const event = (id: string, data: object): RequestEvent => ({ id, uid: 'u1', requestId: 'r1', data, time: NOW });

/** Writes the request `r1` as the person does; returns its event. */
export async function ask(type: string, more: object = {}): Promise<RequestEvent> {
  const data = { type, createdAt: Timestamp.fromMillis(NOW), ...more };
  await person('r1').set(data);
  return event('e-create', data);
}

export async function takeBack(): Promise<RequestEvent> {
  await person('r1').update({ cancelled: true });
  return event('e-cancel', (await person('r1').get()).data() ?? {});
}

/** Returns all documents, without the moments at which a function read its clock. */
export async function state(): Promise<object> {
  const dump = async (path: string) =>
    Object.fromEntries((await context.own.collection(path).get()).docs.map((d) => [d.id, d.data()]));
  const rejected = Object.values(await dump('rejectedEvents'));
  return {
    requests: await dump('requests'),
    jobs: await dump('jobs'),
    rejected: Object.fromEntries(rejected.map((one, n) => [n === 0 ? 'once' : `${n + 1} times`, one])),
    entries: (await entries()).sort(),
    mirror: (await person('r1').get()).data(),
  };
}
