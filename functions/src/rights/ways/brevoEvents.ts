import * as z from 'zod/mini';
import { createJob } from '../../jobs/store.ts';
import type { Context } from '../../platform/context.ts';
import { batches } from '../../platform/firestore.ts';
import { keyedHash } from '../../platform/keys.ts';
import { lazily } from '../../platform/shapes.ts';
import { HOUR_MS, type Instant } from '../../platform/time.ts';
import { noteAddress } from '../../subject/addresses.ts';
import { foldEmail, isUnmistakable } from '../../subject/emails.ts';
import { brevoJob } from '../objection/job.ts';

/** The events by which a person says no to campaigns. Brevo's pages have the first two names. */
const OBJECTIONS: readonly unknown[] = ['unsubscribe', 'unsubscribed', 'spam'];

/** The events of a batch that are taken at once. */
const AT_ONCE = 50;

/**
 * An event as Brevo's pages have it; all but these parts is nothing to us. A time of another form
 * is none: the address decides.
 */
const event = lazily(() =>
  z.object({
    event: z.string(),
    email: z.pipe(z.string().check(z.trim(), z.maxLength(320)), z.transform(foldEmail)),
    ts_event: z.catch(z.optional(z.int()), undefined),
  }),
);

/**
 * Takes what Brevo's webhook tells: a job for each person that unsubscribed, which looks at Brevo
 * itself. Nobody is looked for here, so that an unknown address is answered as a known one. Other
 * events are left alone, and so are those of a batch that cannot be read: Brevo gives up a whole
 * call that is refused. Runs twice harmlessly. Costs 2 writes an event.
 *
 * @returns false if nothing of the body could be read
 */
export async function takeBrevoEvents(context: Context, body: unknown): Promise<boolean> {
  const events: readonly unknown[] = Array.isArray(body) ? body : [body];
  const read = events.flatMap((one) => event().safeParse(one).data ?? []);
  const unread = events.length - read.length;
  if (unread > 0) context.log.error('events of Brevo could not be read', { count: unread, of: events.length });
  if (read.length === 0) return events.length === 0;
  const at = context.now();
  for (const some of batches(read, AT_ONCE)) await Promise.all(some.map((one) => take(context, one, at)));
  return true;
}

async function take(
  context: Context,
  { event: name, email, ts_event: time }: z.infer<ReturnType<typeof event>>,
  at: Instant,
): Promise<void> {
  if (!OBJECTIONS.includes(name) || !isUnmistakable(email)) return;
  // Brevo tells an event again with the same time. Without one, an hour has one event.
  const told = time ?? `hour ${Math.floor(at / HOUR_MS)}`;
  const id = keyedHash('request', ['brevoEvent', email, String(told)], context.keys);
  await createJob(context, brevoJob(id, await noteAddress(context, email), at));
}
