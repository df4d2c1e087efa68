import { issueLink, type Link } from '../export/link.ts';
import type { Context } from '../platform/context.ts';
import { exportOf } from '../requests/answered.ts';
import type { Caller } from '../subject/signIn.ts';
import type { Answer, Call } from './callable.ts';

export async function exportLink(
  context: Context,
  { data, acceptLanguage, caller }: Call & { readonly caller: Caller },
): Promise<Answer<Link>> {
  const port = { exportOf: (uid: string, requestId: string) => exportOf(context, uid, requestId) };
  const outcome = await issueLink(context, port, { caller, data, acceptLanguage });
  if (!outcome.ok) return outcome;
  const { url, expiresAt, bytes, sha256, part, parts } = outcome;
  return { ok: true, result: { url, expiresAt, bytes, sha256, part, parts } };
}
