import { html, type Html } from '../../platform/html.ts';
import { countryName } from '../../policy/countries.ts';
import { keptInWords } from '../../policy/generate/words.ts';
import { nameIn, unconfirmed } from '../../policy/lookup.ts';
import type { Policy, Purpose, Recipient } from '../../policy/schema.ts';
import { saying, textsIn } from '../../texts/index.ts';
import type { Language } from '../../texts/languages.ts';

/** Purposes and recipients on the page of an access (Art. 15(1)(a) to (c)). */

/** One purpose: its basis, if the person has to give the data for it, and its recipients. */
export function purposePart(policy: Policy, purpose: Purpose, language: Language): Html {
  const say = saying(language);
  const { report: words, rules } = textsIn(language);
  const { name, description, legalBasis, interest, recipients, provision, trackersWithoutConsent } = purpose;
  const { required, optional, without } = provision;
  return html`<h3>${say(name)}</h3>
    <p>${say(description)}</p>
    <p>${say(words.basis)} ${say(rules.legalBases[legalBasis])}</p>
    ${interest === undefined ? undefined : html`<p>${say(words.interest)} ${say(interest)}</p>`}
    <p>${say(words.mustGive[required])} ${say(without)}</p>
    ${
      optional === undefined
        ? undefined
        : html`<p>
            ${say(words.mayLeaveOut)} ${optional.map((id) => say(nameIn(policy.dataTypes, id, language))).join(', ')}
          </p>`
    }
    ${
      trackersWithoutConsent === undefined
        ? undefined
        : html`<p>${say(words.trackersUnasked)} ${say(trackersWithoutConsent.text)}</p>`
    }
    <ul>
      ${recipients.map((id) => html`<li>${policy.recipients[id]?.name ?? id}</li>`)}
    </ul>`;
}

/** One recipient: its role, its countries, and how long it keeps data. */
export function recipientPart(recipient: Recipient, language: Language): Html {
  const say = saying(language);
  const { report: words, rules } = textsIn(language);
  const { name, role, controllerFor, countries, safeguards, kept } = recipient;
  return html`<h3>${name}</h3>
    <p>${say(rules.roles[role])}</p>
    ${controllerFor === undefined ? undefined : html`<p>${say(words.decides)} ${say(controllerFor.text)}</p>`}
    <p>${say(words.countries)} ${countries.map((code) => countryName(code, language) ?? code).join(', ')}</p>
    ${
      safeguards.length === 0
        ? undefined
        : html`<p>
            ${say(words.protection)} ${safeguards.map((one) => say(rules.safeguards[one])).join(', ')}.
            ${say(words.copyOfProtection)}
          </p>`
    }
    <p>${say(words.keeps)} ${say(keptInWords(kept, language))}</p>
    ${unconfirmed(recipient).length === 0 ? undefined : html`<p>${say(words.checking)}</p>`}`;
}

/** The recipients without the name of a company: the teams inside, couriers, agencies. */
export function categoriesPart({ recipientCategories }: Policy, language: Language): Html {
  const say = saying(language);
  const { report: words, format } = textsIn(language);
  return html`<h3>${say(words.others)}</h3>
    <ul>
      ${Object.values(recipientCategories).map(
        ({ name, kept }) => html`<li>${say(name)}${say(format.colon)}${say(keptInWords(kept, language))}</li>`,
      )}
    </ul>`;
}
