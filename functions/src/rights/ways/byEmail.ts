import * as z from 'zod/mini';
import { createJob } from '../../jobs/store.ts';
import { canMail } from '../../messages/mail.ts';
import type { Context } from '../../platform/context.ts';
import { readForm, refusing, type Answer } from '../../platform/intake.ts';
import { lazily } from '../../platform/shapes.ts';
import { DAY_MS } from '../../platform/time.ts';
import { noteAddress } from '../../subject/addresses.ts';
import { addressKey, foldEmail, isUnmistakable } from '../../subject/emails.ts';
import { countCalls } from '../../subject/rateLimit.ts';
import { textsIn } from '../../texts/index.ts';
import { contactLimits, countNetwork, type ContactCall } from '../contact/submit.ts';
import { mailJob } from './job.ts';
import { ASKS, createLink } from './link.ts';

/** One call of `requestByEmail`. The language is also that of the message and of the page. */
export type ByEmailCall = Omit<ContactCall, 'caller'>;

/** The callable's form: an address, and the wish. */
const form = lazily(() =>
  z.strictObject({
    email: z.pipe(
      z.pipe(z.string().check(z.trim(), z.maxLength(320)), z.email()),
      z.pipe(z.transform(foldEmail), z.string().check(z.refine(isUnmistakable))),
    ),
    asks: z.enum(ASKS),
    locale: z.optional(z.string().check(z.maxLength(35))),
    language: z.optional(z.string().check(z.maxLength(35))),
  }),
);
export type ByEmailForm = z.infer<ReturnType<typeof form>>;

/** The most links to one address in a day: anybody can type anybody's. */
export const LINKS_PER_DAY = 5;

type ByEmailRefusal = 'invalid' | 'rateLimited' | 'noMail';

/**
 * Sends a one-time link to an address, so that its owner can ask for a right without the app.
 *
 * Anybody can type anybody's address. So nothing here asks whether somebody has it: answer and work
 * are the same. Past the number of an address the link is made and not sent. A refusal depends on
 * the caller's own network, or on how much everybody sends, as that of the contact form does. Costs
 * 4 reads and 7 writes, with an IPv6 address one more of each.
 */
export async function requestByEmail(
  context: Context,
  { data, address, language }: ByEmailCall,
): Promise<Answer<{ requested: true }, ByEmailRefusal>> {
  const read = readForm(form(), data);
  const { byEmail: texts } = textsIn(language).answers;
  const refuse = refusing(context, (code: ByEmailRefusal) =>
    code === 'noMail' ? texts.noMail(context.policy.controller.email) : texts[code],
  );
  if (!read.ok) return refuse('invalid', { issues: read.issues });
  if (!canMail(context)) return refuse('noMail');
  const { email, asks } = read.form;
  const until = await countNetwork(context, 'requestByEmail', address);
  if (until !== null) return refuse('rateLimited', { until });
  const verdict = await countCalls(context, 'requestByEmail', [
    { name: 'all', perHour: contactLimits(context.config.contactPerHour).all },
    { name: `email:${email}`, perHour: LINKS_PER_DAY, windowMs: DAY_MS, reportOnly: true },
  ]);
  if (verdict.until !== null) return { ...refuse('rateLimited', { until: verdict.until }), message: texts.busy };

  const subjectKey = addressKey(email, context.keys);
  const link = await createLink(context, { subjectKey, asks, language, silent: verdict.over.length > 0 });
  await noteAddress(context, email);
  await createJob(context, mailJob(context, link));
  return { ok: true, result: { requested: true } };
}
