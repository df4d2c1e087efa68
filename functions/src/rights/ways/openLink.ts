import { enqueueJob } from '../../jobs/store.ts';
import type { Context } from '../../platform/context.ts';
import type { Language } from '../../texts/languages.ts';
import { confirmJob } from './job.ts';
import { linkOf, useLink } from './link.ts';
import { askPage, donePage, overPage } from './linkPage.ts';

/** A visit to a link. */
export interface Visit {
  readonly method: string;
  readonly token: string;
  /** The browser's language, for a link that works no more. */
  readonly language: Language;
}

/** The answer: an HTTP status and a whole page. */
export interface Page {
  readonly status: number;
  readonly page: string;
}

/**
 * Answers a visit. Looking changes nothing: mail programs open links by themselves. The button
 * acts, once. A link that never was, is used or is over gets one and the same page.
 */
export async function openLink(context: Context, { method, token, language }: Visit): Promise<Page> {
  if (method === 'POST') {
    const used = await useLink(context, token, (name, link, at) => confirmJob(context, name, link, at));
    if (used === null) return { status: 404, page: overPage(context.policy, language) };
    await enqueueJob(context, used.job);
    return { status: 200, page: donePage(context.policy, used.link) };
  }
  const link = await linkOf(context, token);
  if (link === null) return { status: 404, page: overPage(context.policy, language) };
  return { status: 200, page: askPage(context.policy, link) };
}
