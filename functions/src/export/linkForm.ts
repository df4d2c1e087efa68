import * as z from 'zod';
import { readForm, type ReadForm } from '../platform/intake.ts';
import type { Text } from '../policy/schema.ts';

/** What the callable `exportLink` takes. */
const linkForm = z.strictObject({
  /** The id of the person's own `privacyRequests` document. */
  requestId: z.string().regex(/^(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}$/),
  /** Which archive of an export in parts; absent: the first. */
  part: z.int().min(1).max(10_000).optional(),
  /** Of the message where there is no link. */
  language: z.enum(['en', 'fr']).optional(),
});
export type LinkForm = z.infer<typeof linkForm>;

/** Checks what a caller sent. */
export const readLinkForm = (data: unknown): ReadForm<LinkForm> => readForm(linkForm, data ?? {});

/** Why no link is given. `stale`: signed in too long ago. */
export type LinkRefusal = 'invalid' | 'stale' | 'rateLimited' | 'notFound';

const messages: Readonly<Record<LinkRefusal, Text>> = {
  invalid: {
    en: 'The request could not be read: requestId is the id of your request, part is a number, language is en or fr.',
    fr: 'La demande n’a pas pu être lue : requestId est l’identifiant de votre demande, part est un nombre, language vaut en ou fr.',
  },
  stale: {
    en: 'To protect your data: please sign in again, then download.',
    fr: 'Pour protéger vos données : reconnectez-vous, puis téléchargez.',
  },
  rateLimited: {
    en: 'You have asked for many downloads in the last hour. Please try again later.',
    fr: 'Vous avez demandé beaucoup de téléchargements au cours de la dernière heure. Veuillez réessayer plus tard.',
  },
  notFound: {
    en: 'There is no file to download: it is not ready yet, its time is over, or the request was taken back. You can ask for your data again at any time.',
    fr: 'Il n’y a pas de fichier à télécharger : il n’est pas encore prêt, son délai est passé, ou la demande a été annulée. Vous pouvez redemander vos données à tout moment.',
  },
};

export const linkMessage = (refusal: LinkRefusal, language: keyof Text): string => messages[refusal][language];
