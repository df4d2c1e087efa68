import * as z from 'zod/mini';
import { readForm, type ReadForm } from '../../platform/intake.ts';
import { lazily } from '../../platform/shapes.ts';
import { readDetails, type KnownDetails } from '../../requests/details.ts';
import { requestTypes, TRANSMIT_TO } from '../../requests/request.ts';

/** The form of the callable `guardianRequest`. `requestId`: the app's own id of the wish. */
const form = lazily(() =>
  z.strictObject({
    // Any text: an id that nobody can have is answered as that of a stranger.
    child: z.string(),
    type: z.enum(requestTypes),
    requestId: z.string().check(z.minLength(8), z.maxLength(128)),
    details: z.optional(z.record(z.string().check(z.maxLength(100)), z.unknown())),
    locale: z.optional(z.string().check(z.maxLength(35))),
  }),
);
/** The form as an app fills it in; `locale` is the language of the answer. */
export type WishForm = z.input<ReturnType<typeof form>>;

/** A wish of a holder for a person. */
export type Wish = Omit<z.infer<ReturnType<typeof form>>, 'locale' | 'details'> & { readonly details: KnownDetails };

/** Details that are the person's alone: addresses to which something of theirs is sent. */
const OWN_DETAILS = ['answerTo', TRANSMIT_TO] as const;
export type OwnDetail = (typeof OWN_DETAILS)[number];
const isOwn = (name: string): boolean => OWN_DETAILS.some((own) => own === name);

/** Checks a caller's form. Details that do not fit are left out, as those of a person's request. */
export function readWish(data: unknown): ReadForm<Wish> {
  const read = readForm(form(), data);
  if (!read.ok) return read;
  const { child, type, requestId, details } = read.form;
  const known = Object.entries(readDetails(type, details).known).filter(([name]) => !isOwn(name));
  return { ok: true, form: { child, type, requestId, details: Object.fromEntries(known) } };
}
