import { issueLink, type Link } from '../export/link.ts';
import type { Context } from '../platform/context.ts';
import type { SignedCall } from '../subject/signIn.ts';
import type { Answer } from './callable.ts';

export async function exportLink(context: Context, call: SignedCall): Promise<Answer<Link>> {
  const outcome = await issueLink(context, call);
  if (!outcome.ok) return outcome;
  const { url, expiresAt, bytes, sha256, part, parts } = outcome;
  return { ok: true, result: { url, expiresAt, bytes, sha256, part, parts } };
}
