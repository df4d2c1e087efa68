import { randomUUID } from 'node:crypto';
import { Timestamp, type DocumentReference, type DocumentSnapshot, type Firestore } from 'firebase-admin/firestore';
import * as z from 'zod/mini';
import { isSealed, sealed, withoutSeal } from '../../crypto/seal.ts';
import { addJob } from '../../jobs/store.ts';
import type { JobPlan } from '../../jobs/catalog.ts';
import type { Context, OwnStore } from '../../platform/context.ts';
import { keyedHash, type PseudonymKeys } from '../../platform/keys.ts';
import { lazily } from '../../platform/shapes.ts';
import { HOUR_MS, type Instant } from '../../platform/time.ts';
import { requestTypes } from '../../requests/request.ts';
import { isAddressKey } from '../../subject/emails.ts';
import { keyVersionOf } from '../../subject/pseudonym.ts';
import { LANGUAGES } from '../../texts/languages.ts';

/**
 * One-time links: `links/{v<key version>_<keyed hash of the token>}`. A link proves that somebody
 * reads a mailbox. It lives for an hour and acts once. The document holds neither the token nor the
 * address. The token is the keyed hash of a random number, so that the job that sends it makes the
 * same one each time.
 */

/** The matters that a link can be about: a right, or no more marketing (Art. 21(2) and (3)). */
export const ASKS = [...requestTypes, 'marketing'] as const;

const LINK_LIVES_MS = HOUR_MS;

const moment = () => z.custom<Timestamp>((value) => value instanceof Timestamp);
const shape = lazily(() =>
  z.strictObject({
    number: z.string(),
    /** The name of the address among `subjects` (subject/addresses.ts). */
    subjectKey: z.string().check(z.refine(isAddressKey)),
    asks: z.enum(ASKS),
    language: z.enum(LANGUAGES),
    /** More links for this address than a day has: this one is not sent. */
    silent: z.optional(z.literal(true)),
    createdAt: moment(),
    expiresAt: moment(),
    usedAt: z.optional(moment()),
    /** The visit that used it. */
    usedBy: z.optional(z.string()),
  }),
);
export type Link = z.infer<ReturnType<typeof shape>>;

const refOf = (own: Firestore, name: string): DocumentReference => own.collection('links').doc(name);

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

const nameOf = (token: string, keys: PseudonymKeys, version: number): string =>
  `v${version}_${keyedHash('link', [token], keys, version)}`;

/**
 * Returns the token of a link, for its address.
 *
 * @param name of the link's document
 */
export const tokenOf = (name: string, { number }: Pick<Link, 'number'>, keys: PseudonymKeys): string =>
  keyedHash('linkToken', [number], keys, keyVersionOf(name));

/**
 * Makes a link. 1 write.
 *
 * @returns the name of its document
 */
export async function createLink(
  { clients, keys, now }: OwnStore & Pick<Context, 'now'>,
  { subjectKey, asks, language, silent }: Pick<Link, 'subjectKey' | 'asks' | 'language'> & { readonly silent: boolean },
): Promise<string> {
  const number = randomUUID();
  const name = nameOf(keyedHash('linkToken', [number], keys), keys, keys.current);
  const [createdAt, expiresAt] = [Timestamp.fromMillis(now()), Timestamp.fromMillis(now() + LINK_LIVES_MS)];
  const link: Link = { number, subjectKey, asks, language, createdAt, expiresAt, ...(silent ? { silent } : {}) };
  const ref = refOf(clients.own(), name);
  await ref.create(sealed(ref.path, { ...link }, keys));
  return name;
}

/** Reads a link by the name of its document; null if it is gone, forged, used or over. 1 read. */
export async function linkNamed(
  { clients, keys, now }: OwnStore & Pick<Context, 'now'>,
  name: string,
): Promise<Link | null> {
  const link = linkIn(await refOf(clients.own(), name).get(), keys);
  return link !== null && isLive(link, now()) ? link : null;
}

/** Reads the link of a token, and changes nothing. Null tells no reason. */
export async function linkOf(context: OwnStore & Pick<Context, 'now'>, token: string): Promise<Link | null> {
  for (const { id } of refsOf(context, token)) {
    const link = await linkNamed(context, id);
    if (link !== null) return link;
  }
  return null;
}

/**
 * Uses a link: marks it, and makes the job that acts, in one transaction. Of two uses at once one
 * acts. If the answer to the write is lost, Firestore's client asks again: the visit then knows its
 * own use, and does not say that the link does not work.
 *
 * @param plan makes the job of the used link, by the name of its document
 * @returns the link, and its job; null if it does not work (any more)
 */
export async function useLink(
  context: OwnStore & Pick<Context, 'now'>,
  token: string,
  plan: (name: string, link: Link, at: Instant) => JobPlan,
): Promise<{ readonly link: Link; readonly job: JobPlan } | null> {
  const own = context.clients.own();
  const [usedBy, now] = [randomUUID(), context.now()];
  for (const ref of refsOf(context, token)) {
    const used = await own.runTransaction(async (tx) => {
      const link = linkIn(await tx.get(ref), context.keys);
      if (link === null) return null;
      const job = plan(ref.id, link, now);
      if (link.usedBy === usedBy) return { link, job };
      if (!isLive(link, context.now())) return null;
      tx.set(ref, sealed(ref.path, { ...link, usedAt: Timestamp.fromMillis(now), usedBy }, context.keys));
      addJob(tx, context, job);
      return { link, job };
    });
    if (used !== null) return used;
  }
  return null;
}

/** The places at which the link of a token can be: one for each key, the newest first. */
function refsOf({ clients, keys }: OwnStore, token: string): DocumentReference[] {
  if (!TOKEN.test(token)) return [];
  const versions = Object.keys(keys.keys)
    .map(Number)
    .sort((a, b) => b - a);
  return versions.map((version) => refOf(clients.own(), nameOf(token, keys, version)));
}

/** The link of a document, used or not; null if there is none, or the backend did not write it. */
function linkIn(document: DocumentSnapshot, keys: PseudonymKeys): Link | null {
  const data = document.data();
  if (data === undefined || !isSealed(document.ref.path, data, keys)) return null;
  return shape().safeParse(withoutSeal(data)).data ?? null;
}

/** Is it neither used nor over? */
const isLive = ({ usedAt, expiresAt }: Link, now: Instant): boolean =>
  usedAt === undefined && expiresAt.toMillis() > now;
