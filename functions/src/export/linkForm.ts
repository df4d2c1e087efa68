import * as z from 'zod/mini';
import { readForm, type ReadForm } from '../platform/intake.ts';
import type { Policy } from '../policy/schema.ts';
import { listIn, textsIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';

/** The form of the callable `exportLink`. */
const linkForm = (languages: readonly Language[]) =>
  z.strictObject({
    /** The id of the person's own `privacyRequests` document. */
    requestId: z.string().check(z.regex(/^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}$/)),
    /** The person whose copy a holder asked for; absent: the caller's own. Any text. */
    child: z.optional(z.string()),
    /** The number of the archive of an export in parts; absent: the first. */
    part: z.optional(z.int().check(z.minimum(1), z.maximum(10_000))),
    /** The language of the message if there is no link. */
    language: z.optional(z.enum(languages)),
  });
export type LinkForm = z.infer<ReturnType<typeof linkForm>>;

/** Checks a caller's form. */
export const readLinkForm = ({ languages }: Pick<Policy, 'languages'>, data: unknown): ReadForm<LinkForm> =>
  readForm(linkForm(languages), data ?? {});

/** Why no link is given. `stale`: signed in too long ago. */
export type LinkRefusal = 'invalid' | 'stale' | 'rateLimited' | 'notFound';

/** Says to the caller, in their language, why no link is given. */
export function linkMessage(
  { languages }: Pick<Policy, 'languages'>,
  refusal: LinkRefusal,
  language: Language,
): string {
  const message = textsIn(language).answers.link[refusal];
  return typeof message === 'string' ? message : message(listIn(language, 'disjunction', [...languages].sort()));
}
