import { erasureOf } from '../../ledger/chain.ts';
import { headsOf, latestHead } from '../../ledger/find.ts';
import type { Context } from '../../platform/context.ts';
import { keyedHash } from '../../platform/keys.ts';
import { endedByObjection, messageChannels } from '../../policy/purposes/marketing.ts';
import { findAccount } from '../../subject/accounts.ts';
import { accountCreatedAt as createdAtOf } from '../../subject/identity.ts';
import type { MarketingLink } from '../../subject/marketingLink.ts';
import { suppressHash } from '../../subject/suppression.ts';
import { beginObjection } from '../objection/begin.ts';
import { askPage, donePage } from './linkPage.ts';
import type { Page, Visit } from './visit.ts';

/**
 * Answers a visit to the link of a marketing message. Looking changes nothing, since mail programs
 * open links by themselves. The button acts, and so does the mail program's own one (RFC 8058: a
 * POST to the same address, without a cookie and without a page before it).
 */
export async function openMessageLink(
  context: Context,
  { method, language }: Pick<Visit, 'method' | 'language'>,
  link: MarketingLink,
): Promise<Page> {
  const page = { asks: 'marketing', language } as const;
  if (method !== 'POST') return { status: 200, page: askPage(context.policy, page) };
  await objectByMessage(context, link);
  return { status: 200, page: donePage(context.policy, page) };
}

/**
 * Begins an objection to the messages, and to the profiling that serves them. Of an account that is
 * gone, or is about to be, it is kept by the hash of the address that got the message. An old link
 * begins no chain, and never speaks for a later account of the uid. Pressed again while it stands,
 * it adds nothing. Costs a call to Auth, 1 or 2 reads, and 2 writes the first time.
 */
async function objectByMessage(context: Context, link: MarketingLink): Promise<void> {
  const { uid } = link;
  const at = context.now();
  if (!(await isTheirs(context, link))) return suppressHash(context.clients.own(), link.hash, at);
  const { chain, head } = await latestHead(context, uid);
  const purposes = endedByObjection(context.policy, messageChannels(context.policy));
  if (purposes.every((purpose) => head.current[purpose] === 'objected')) return;
  const name = keyedHash('request', ['message', chain, String(head.seq)], context.keys);
  await beginObjection(context, { uid, chain, requestId: `message-${name}`, channel: 'message', purposes, at });
}

/** Does the account live to which the message went, and has no erasure of it begun? */
async function isTheirs(context: Context, { uid, accountCreatedAt }: MarketingLink): Promise<boolean> {
  const account = await findAccount(context, { uid });
  if (account === null || createdAtOf(account) !== accountCreatedAt) return false;
  const heads = await headsOf(context, uid);
  return !heads.some(({ head }) => erasureOf(head)?.accountCreatedAt === accountCreatedAt);
}
