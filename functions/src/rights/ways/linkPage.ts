import { html, htmlPage, type Html } from '../../platform/html.ts';
import { periodInWords } from '../../policy/generate/words.ts';
import type { Policy } from '../../policy/schema.ts';
import { saying, textsIn } from '../../texts/index.ts';
import type { Language } from '../../texts/languages.ts';
import type { Link } from './link.ts';

/**
 * The pages of a link: easy words, no script, nothing loaded. None names the link's owner: it may
 * have been sent on. Pure.
 */

type Asked = Pick<Link, 'asks' | 'language'>;

/** Asks whether the person wants it: one button, which acts. */
export function askPage(policy: Policy, { asks, language }: Asked): string {
  const say = saying(language);
  const { pages, asks: names } = textsIn(language).links;
  return page(policy, language, pages.ask.title, [
    html`<p>${say(pages.ask.intro)}</p>
      <p><strong>${say(names[asks].wish)}</strong></p>
      <p>${say(names[asks].follows)}</p>
      <form method="post">
        <button type="submit">${say(pages.ask.button)}</button>
      </form>
      <p>${say(pages.ask.otherwise)}</p>`,
  ]);
}

/** Says the consequence, and by when the policy promises an answer. */
export function donePage(policy: Policy, { asks, language }: Asked): string {
  const say = saying(language);
  const { pages, asks: names } = textsIn(language).links;
  const period = periodInWords(policy.rights.answerWithin.period, language);
  return page(policy, language, pages.done.title, [
    html`<p>${say(names[asks].done(period))}</p>
      <p>${say(pages.done.close)}</p>`,
  ]);
}

/** Says that a link does not work, and not why. */
export function overPage(policy: Policy, language: Language): string {
  const say = saying(language);
  const { over } = textsIn(language).links.pages;
  return page(policy, language, over.title, [html`<p>${say(over.why)}</p>`, html`<p>${say(over.again)}</p>`]);
}

/** Says that something failed here, and that the link still works. */
export function failedPage(policy: Policy, language: Language): string {
  const say = saying(language);
  const { failed } = textsIn(language).links.pages;
  return page(policy, language, failed.title, [html`<p>${say(failed.again)}</p>`]);
}

function page({ controller }: Policy, language: Language, title: string, body: readonly Html[]): string {
  const say = saying(language);
  const { question } = textsIn(language).links.pages;
  const whole = html`<h1>${say(title)}</h1>
    ${body}
    <h2>${say(question)}</h2>
    <p>${controller.name}, ${controller.address}</p>
    <p><a href="mailto:${controller.email}">${controller.email}</a></p>`;
  return htmlPage(language, `${say(title)} – ${controller.name}`, whole);
}
