import { issueLink, type Link } from '../export/link.ts';
import type { Context } from '../platform/context.ts';
import type { Caller } from '../subject/signIn.ts';
import type { Answer, Call } from './callable.ts';

export async function exportLink(
  context: Context,
  { data, acceptLanguage, caller }: Call & { readonly caller: Caller },
): Promise<Answer<Link>> {
  const outcome = await issueLink(context, { caller, data, acceptLanguage });
  if (!outcome.ok) return outcome;
  const { url, expiresAt, bytes, sha256, part, parts } = outcome;
  return { ok: true, result: { url, expiresAt, bytes, sha256, part, parts } };
}
