import * as z from 'zod/mini';
import { openToken, sealToken } from '../crypto/token.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import { lazily } from '../platform/shapes.ts';
import { emailHash } from './emails.ts';
import { isUid, type ProvenEmail, type Subject } from './identity.ts';

/**
 * The link in each marketing message, by which its reader objects (Art. 21(4)). Its token says who
 * the message was for, sealed: no document of it is kept, and it works as long as the key is there.
 */

/** The reader of a message. */
export interface MarketingLink {
  readonly uid: string;
  /** Whole seconds since the epoch; null: nobody knew it. A uid can be used again. */
  readonly accountCreatedAt: number | null;
  /** The keyed hash of the address that the message went to. */
  readonly hash: string;
}

/** Before the token, so that it is told apart from that of a one-time link. */
const MARK = 'm';

const content = lazily(() =>
  z.tuple([
    z.string().check(z.refine(isUid)),
    z.nullable(z.int()),
    z.string().check(z.regex(/^v\d+_[A-Za-z0-9_-]{43}$/)),
  ]),
);

/** Makes the token for a person and an address of theirs. */
export const marketingToken = (
  { uid, accountCreatedAt }: Pick<Subject, 'uid' | 'accountCreatedAt'>,
  email: ProvenEmail,
  keys: PseudonymKeys,
): string => MARK + sealToken('marketingLink', JSON.stringify([uid, accountCreatedAt, emailHash(email, keys)]), keys);

/** Reads a token; null if it is none, or the backend did not make it. */
export function readMarketingToken(token: string, keys: PseudonymKeys): MarketingLink | null {
  const text = token.startsWith(MARK) ? openToken('marketingLink', token.slice(MARK.length), keys) : null;
  if (text === null) return null;
  const [uid, accountCreatedAt, hash] = content().parse(JSON.parse(text));
  return { uid, accountCreatedAt, hash };
}

/** The whole address of the link. */
export const marketingUrl = (linksUrl: URL, token: string): string => `${linksUrl.href.replace(/\/$/, '')}/${token}`;
