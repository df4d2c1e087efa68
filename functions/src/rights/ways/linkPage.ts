import { html, htmlPage, type Html } from '../../platform/html.ts';
import { periodInWords } from '../../policy/generate/words.ts';
import { nameIn } from '../../policy/lookup.ts';
import type { Policy, PurposeId } from '../../policy/schema.ts';
import { saying, textsIn } from '../../texts/index.ts';
import type { Language } from '../../texts/languages.ts';
import { isPaused } from '../objection/plan.ts';
import type { Link } from './link.ts';

/**
 * The pages of a link: easy words, no script, nothing loaded. None names the link's owner: it may
 * have been sent on. Pure.
 */

type Asked = Pick<Link, 'asks' | 'language'>;

/** The purposes that a link of this kind lets the person choose from. */
export const choicesOf = (policy: Policy, asks: Link['asks']): PurposeId[] =>
  asks === 'objection' ? Object.keys(policy.purposes).filter((id) => isPaused(policy, id)) : [];

/** Asks whether the person wants it: one button, which acts. An objection can name its purpose. */
export function askPage(policy: Policy, { asks, language }: Asked): string {
  const say = saying(language);
  const { pages, asks: names } = textsIn(language).links;
  return page(policy, language, pages.ask.title, [
    html`<p>${say(pages.ask.intro)}</p>
      <p><strong>${say(names[asks].wish)}</strong></p>
      <p>${say(names[asks].follows)}</p>
      <form method="post">
        ${choices(policy, asks, language)}
        <button type="submit">${say(pages.ask.button)}</button>
      </form>
      <p>${say(pages.ask.otherwise)}</p>`,
  ]);
}

/** The purposes to choose from, and none of them, which is chosen before. */
function choices(policy: Policy, asks: Link['asks'], language: Language): Html[] {
  const ids = choicesOf(policy, asks);
  if (ids.length === 0) return [];
  const say = saying(language);
  const { about, other } = textsIn(language).links.pages.ask;
  const names = ids.map((id) => nameIn(policy.purposes, id, language));
  return [
    html`<fieldset>
      <legend>${say(about)}</legend>
      <p>
        <label><input type="radio" name="purpose" value="" checked /> ${say(other)}</label>
      </p>
      ${ids.map(
        (id, at) =>
          html`<p>
            <label><input type="radio" name="purpose" value="${id}" /> ${say(names[at] ?? id)}</label>
          </p>`,
      )}
    </fieldset>`,
  ];
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
