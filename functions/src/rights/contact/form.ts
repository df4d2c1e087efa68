import * as z from 'zod';
import { foldEmail } from '../../subject/emails.ts';
import { readForm, type ReadForm } from '../../platform/intake.ts';
import { textsIn } from '../../texts/index.ts';
import type { Language } from '../../texts/languages.ts';

const line = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    // A line break in a name or an address is how a mail header is forged.
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u);

/**
 * The form of the callable `contact`: the fields of `contactRequests`, bounded as the rules bound
 * them, and the caller's language.
 */
const contactForm = z.strictObject({
  // Folded as addresses are compared: an erasure finds the row by the address, and Firestore
  // compares texts exactly.
  email: line(320).pipe(z.email()).transform(foldEmail),
  firstName: line(200).min(1),
  lastName: line(200).min(1),
  message: z.string().trim().min(1).max(10_000),
  company: line(200).optional(),
  phone: line(50).optional(),
  profession: line(200).optional(),
  postalCode: line(20).optional(),
  locale: line(35).optional(),
});
export type ContactForm = z.infer<typeof contactForm>;

/** Checks a caller's form. */
export const readContact = (data: unknown): ReadForm<ContactForm> => readForm(contactForm, data);

/** Why a contact request is not accepted. */
export type ContactRefusal = 'invalid' | 'rateLimited';

/** Why nothing is accepted from anybody at the moment. The caller is not to blame. */
type Busy = 'busy';

export const contactMessage = (code: ContactRefusal | Busy, language: Language): string =>
  textsIn(language).answers.contact[code];
