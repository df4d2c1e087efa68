import { enqueueJob } from '../../jobs/store.ts';
import type { Context } from '../../platform/context.ts';
import type { Policy, PurposeId } from '../../policy/schema.ts';
import { readMarketingToken } from '../../subject/marketingLink.ts';
import { marketingEndedBy } from '../objection/plan.ts';
import { confirmJob } from './job.ts';
import { linkOf, useLink, type Link } from './link.ts';
import { askPage, choicesOf, donePage, overPage } from './linkPage.ts';
import { openMessageLink } from './message.ts';
import type { Page, Visit } from './visit.ts';

/**
 * Answers a visit to a one-time link, or to the link of a marketing message. Looking changes
 * nothing: mail programs open links by themselves. The button acts; that of a one-time link acts
 * once. A link that never was, is used or is over gets one and the same page.
 */
export async function openLink(context: Context, { method, token, language, purpose }: Visit): Promise<Page> {
  const reader = readMarketingToken(token, context.keys);
  if (reader !== null) return openMessageLink(context, { method, language }, reader);
  if (method === 'POST') {
    const { policy } = context;
    const used = await useLink(context, token, (name, link, at) => {
      const { subjectKey, asks } = link;
      return confirmJob(policy, { link: name, subjectKey, asks, purpose: chosenFor(policy, link, purpose), at });
    });
    if (used === null) return { status: 404, page: overPage(policy, language) };
    await enqueueJob(context, used.job);
    // Advertising stops at once, also if it was chosen among the purposes.
    const isStop = marketingEndedBy(policy, chosenFor(policy, used.link, purpose)).length > 0;
    return { status: 200, page: donePage(policy, { ...used.link, ...(isStop ? { asks: 'marketing' } : {}) }) };
  }
  const link = await linkOf(context, token);
  if (link === null) return { status: 404, page: overPage(context.policy, language) };
  return { status: 200, page: askPage(context.policy, link) };
}

/** The purpose that the page offered, and the person chose; undefined: none. */
const chosenFor = (policy: Policy, { asks }: Link, purpose: string | undefined): PurposeId | undefined =>
  choicesOf(policy, asks).find((one) => one === purpose);
