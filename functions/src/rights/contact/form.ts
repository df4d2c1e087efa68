import * as z from 'zod/mini';
import { foldEmail } from '../../subject/emails.ts';
import { readForm, type ReadForm } from '../../platform/intake.ts';
import { lazily } from '../../platform/shapes.ts';

const line = (max: number, min = 0) =>
  z.string().check(
    z.trim(),
    z.maxLength(max),
    // A line break in a name or an address is how a mail header is forged.
    z.regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u),
    z.minLength(min),
  );

/**
 * The form of the callable `contact`: the fields of `contactRequests`, bounded as the rules bound
 * them, and the caller's language.
 */
const contactForm = lazily(() =>
  z.strictObject({
    // Folded as addresses are compared: an erasure finds the row by the address, and Firestore
    // compares texts exactly.
    email: z.pipe(z.pipe(line(320), z.email()), z.transform(foldEmail)),
    firstName: line(200, 1),
    lastName: line(200, 1),
    message: z.string().check(z.trim(), z.minLength(1), z.maxLength(10_000)),
    company: z.optional(line(200)),
    phone: z.optional(line(50)),
    profession: z.optional(line(200)),
    postalCode: z.optional(line(20)),
    locale: z.optional(line(35)),
  }),
);
export type ContactForm = z.infer<ReturnType<typeof contactForm>>;

/** Checks a caller's form. */
export const readContact = (data: unknown): ReadForm<ContactForm> => readForm(contactForm(), data);

/** Why a contact request is not accepted. */
export type ContactRefusal = 'invalid' | 'rateLimited';
