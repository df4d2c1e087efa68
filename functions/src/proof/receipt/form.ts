import * as z from 'zod/mini';
import { readForm, type ReadForm } from '../../platform/intake.ts';
import type { Policy } from '../../policy/schema.ts';
import { listIn, textsIn } from '../../texts/index.ts';
import type { Language } from '../../texts/languages.ts';

/** The form of the callable `consentReceipt`; nothing is the same as an empty form. */
const receiptForm = (languages: readonly Language[]) =>
  z.strictObject({
    language: z.optional(z.enum(languages)),
    /** Absent: both. */
    format: z.optional(z.enum(['json', 'html'])),
  });
export type ReceiptForm = z.infer<ReturnType<typeof receiptForm>>;

/** Checks a caller's form. */
export const readReceiptForm = ({ languages }: Pick<Policy, 'languages'>, data: unknown): ReadForm<ReceiptForm> =>
  readForm(receiptForm(languages), data ?? {});

/** Why no receipt is given. */
export type ReceiptRefusal = 'invalid' | 'rateLimited' | 'gone';

/** Says to the caller, in their language, why no receipt is given. */
export function receiptMessage(
  { languages }: Pick<Policy, 'languages'>,
  refusal: ReceiptRefusal,
  language: Language,
): string {
  const message = textsIn(language).answers.receipt[refusal];
  return typeof message === 'string' ? message : message(listIn(language, 'disjunction', [...languages].sort()));
}
