import * as z from 'zod/mini';
import { createJob } from '../../jobs/store.ts';
import type { Context } from '../../platform/context.ts';
import { keyedHash } from '../../platform/keys.ts';
import { lazily } from '../../platform/shapes.ts';
import { HOUR_MS } from '../../platform/time.ts';
import { noteAddress } from '../../subject/addresses.ts';
import { foldEmail, isUnmistakable } from '../../subject/emails.ts';
import { brevoJob } from '../objection/brevo.ts';

/** The events by which a person says no to campaigns. Brevo's pages have the first two names. */
const OBJECTIONS: readonly unknown[] = ['unsubscribe', 'unsubscribed', 'spam'];

/** So many events stand in one call at most: Brevo can send them in batches. */
const MOST_EVENTS = 1_000;

/** An event as Brevo's pages have it; all but these parts is nothing to us. */
const event = lazily(() =>
  z.object({
    event: z.string(),
    email: z.pipe(z.string().check(z.trim(), z.maxLength(320)), z.transform(foldEmail)),
    ts_event: z.optional(z.int()),
  }),
);

/**
 * Takes what Brevo's webhook tells: a job for each person that unsubscribed, which looks at Brevo
 * itself. Nobody is looked for here, so that an unknown address is answered as a known one. Other
 * events are left alone. Costs 2 writes an event.
 *
 * @returns false if the body could not be read
 */
export async function takeBrevoEvents(context: Context, body: unknown): Promise<boolean> {
  const events = Array.isArray(body) ? (body as unknown[]).slice(0, MOST_EVENTS) : [body];
  const read = events.map((one) => event().safeParse(one));
  if (read.some(({ success }) => !success)) return false;
  const at = context.now();
  for (const { data } of read) {
    if (data === undefined || !OBJECTIONS.includes(data.event) || !isUnmistakable(data.email)) continue;
    // Brevo tells an event again with the same time. Without one, an hour has one event.
    const told = data.ts_event ?? `hour ${Math.floor(at / HOUR_MS)}`;
    const name = keyedHash('request', ['brevoEvent', data.email, String(told)], context.keys);
    await createJob(context, brevoJob(name, await noteAddress(context, data.email), at));
  }
  return true;
}
