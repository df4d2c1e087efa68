import { html, htmlPage, list, type Html } from '../../platform/html.ts';
import { countryName } from '../../policy/countries.ts';
import type { Policy } from '../../policy/schema.ts';
import { dateIn, saying, textsIn } from '../../texts/index.ts';
import type { Language } from '../../texts/languages.ts';
import type { ConsentRecord, Receipt } from './receipt.ts';
import { stateInWords } from '../consentStates.ts';

/**
 * Renders the receipt as a page for the person: easy words, one question after the other, nothing
 * that has to be loaded. Pure.
 *
 * @returns a whole HTML document; every value is escaped
 */
export function receiptPage(policy: Policy, receipt: Receipt): string {
  const language = receipt.language;
  const say = saying(language);
  const { words } = textsIn(language).receipt;
  const { controller } = policy;
  const body = html`<h1>${say(words.title)}</h1>
    <p>${say(words.intro)} ${say(words.keep)}</p>
    <p>${say(words.madeOn)} ${when(policy, receipt.issued, language)}.</p>
    ${receipt.integrity.verified ? undefined : html`<p><strong>${say(words.broken)}</strong></p>`}
    ${
      receipt.consent_records.length === 0
        ? html`<p>${say(words.none)}</p>`
        : receipt.consent_records.map((record) => section(policy, receipt, record))
    }
    ${
      receipt.not_answered.length === 0
        ? undefined
        : html`<h2>${say(words.notAnswered)}</h2>
            <p>${say(words.notAnsweredMeans)}</p>
            ${list(receipt.not_answered.map(({ name }) => name))}`
    }
    <h2>${say(words.contact)}</h2>
    <p>${controller.name}, ${controller.address}</p>
    <p>${say(words.write)} <a href="mailto:${controller.email}">${controller.email}</a>.</p>
    <p>
      ${say(words.complain)}
      <a href="${controller.supervisoryAuthority.url}">${controller.supervisoryAuthority.name}</a>
    </p>
    <h2>${say(words.proof)}</h2>
    <dl>
      <dt>${say(words.receipt)}</dt>
      <dd><code>${receipt.receipt_id}</code></dd>
      ${receipt.integrity.chains.map(
        ({ chain, seq, hash }) =>
          html`<dt>${say(words.pseudonym)}</dt>
            <dd><code>${chain}</code></dd>
            <dt>${say(words.chain)}</dt>
            <dd>${seq} · <code>${hash}</code></dd>`,
      )}
    </dl>`;
  return htmlPage(language, `${say(words.title)} – ${controller.name}`, body);
}

/** A moment as people say it, in the controller's time zone. */
const when = ({ controller: { timeZone } }: Policy, moment: string, language: Language): string =>
  dateIn(language, Date.parse(moment), { dateStyle: 'long', timeStyle: 'short', timeZone });

function section(policy: Policy, { language, party_identification }: Receipt, record: ConsentRecord): Html {
  const say = saying(language);
  const { words } = textsIn(language).receipt;
  const [process] = record.pii_processing;
  const parties = new Map(party_identification.map((party) => [party.party_id, party]));
  const recipients = (process?.recipient_third_parties ?? []).map((id) => {
    const party = parties.get(id);
    const codes = party !== undefined && 'location' in party ? party.location : [];
    const countries = codes.map((code) => countryName(code.replace(/^loc:/, ''), language) ?? code);
    return `${party?.party_name ?? id}${countries.length === 0 ? '' : ` (${countries.join(', ')})`}`;
  });
  return html`<h2>${process?.purpose.name}</h2>
    <p>${process?.purpose.description}</p>
    <p>
      <strong>${say(stateInWords(record.current_state, language))} ${say(record.agreed ? words.yes : words.no)}</strong>
    </p>
    ${
      record.current_since === null
        ? undefined
        : html`<p>${say(words.since)} ${when(policy, record.current_since, language)}.</p>`
    }
    <h3>${say(words.which)}</h3>
    ${list((process?.pii_information ?? []).map(({ name }) => name))}
    <h3>${say(words.who)}</h3>
    ${list(recipients)}
    <h3>${say(words.howLong)}</h3>
    ${list((process?.retention_period ?? []).map(({ description }) => description))}
    <h3>${say(words.change)}</h3>
    <p>${process?.withdrawal_method.description}</p>
    <h3>${say(words.text)}</h3>
    ${record.privacy_notice.length === 0 ? html`<p>${say(words.noText)}</p>` : record.privacy_notice.map(notice(language))}
    <details>
      <summary>${say(words.answers)}</summary>
      ${list(
        record.consent_events.map((event) => {
          const moment = when(policy, event.effective_time ?? event.event_time, language);
          const line = `${moment}${say(textsIn(language).format.colon)}${say(stateInWords(event.event_state, language))}`;
          return event.entity_id === record.pii_principal_id || event.entity_id === '_:controller'
            ? line
            : `${line} ${say(words.by)}`;
        }),
      )}
    </details>`;
}

const notice =
  (language: Language) =>
  (shown: ConsentRecord['privacy_notice'][number]): Html => {
    const { words } = textsIn(language).receipt;
    return html`<details>
      <summary>${words.text} (${words.texts} ${shown.notice_version}, ${shown.language})</summary>
      ${
        'notice_text' in shown
          ? html`<pre lang="${shown.language}">${shown.notice_text}</pre>`
          : html`<p>${words.textChanged}</p>`
      }
      <p><code>${shown.notice_hash}</code></p>
    </details>`;
  };
