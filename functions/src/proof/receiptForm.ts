import * as z from 'zod';
import { readForm, type ReadForm } from '../platform/intake.ts';
import type { Text } from '../policy/schema.ts';

/** What the callable `consentReceipt` takes; nothing is the same as an empty form. */
const receiptForm = z.strictObject({
  language: z.enum(['en', 'fr']).optional(),
  /** Absent: both. */
  format: z.enum(['json', 'html']).optional(),
});
export type ReceiptForm = z.infer<typeof receiptForm>;

/** Checks what a caller sent. */
export const readReceiptForm = (data: unknown): ReadForm<ReceiptForm> => readForm(receiptForm, data ?? {});

/** Why no receipt is given. */
export type ReceiptRefusal = 'invalid' | 'rateLimited' | 'gone';

const messages: Readonly<Record<ReceiptRefusal, Text>> = {
  invalid: {
    en: 'The request could not be read: language is en or fr, format is json or html.',
    fr: 'La demande n’a pas pu être lue : language vaut en ou fr, format vaut json ou html.',
  },
  rateLimited: {
    en: 'You have asked for many receipts in the last hour. Please try again later.',
    fr: 'Vous avez demandé beaucoup de reçus au cours de la dernière heure. Veuillez réessayer plus tard.',
  },
  gone: {
    en: 'This account was deleted, or its data are being deleted. Please write to us if you need a proof of your answers.',
    fr: 'Ce compte a été supprimé, ou ses données sont en cours d’effacement. Écrivez-nous si vous avez besoin d’une preuve de vos réponses.',
  },
};

export const receiptMessage = (refusal: ReceiptRefusal, language: keyof Text): string => messages[refusal][language];
