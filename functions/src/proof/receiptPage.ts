import { html, htmlPage, unbroken, type Html } from '../evidence/html.ts';
import { countryName } from '../policy/countries.ts';
import type { Policy, Text } from '../policy/schema.ts';
import type { ConsentRecord, Receipt } from './receipt.ts';
import { stateWords } from './states.ts';

const t = (en: string, fr: string): Text => ({ en, fr });

const words = {
  title: t('Your answers', 'Vos réponses'),
  intro: t(
    'You were asked some questions about your data. This page shows your answers.',
    'On vous a posé des questions sur vos données. Cette page montre vos réponses.',
  ),
  keep: t('You can keep this page.', 'Vous pouvez garder cette page.'),
  madeOn: t('This page was made on', 'Cette page a été faite le'),
  yes: t('You agree.', 'Vous êtes d’accord.'),
  no: t('You do not agree.', 'Vous n’êtes pas d’accord.'),
  since: t('Since', 'Depuis le'),
  which: t('Which data?', 'Quelles données ?'),
  who: t('Who gets the data?', 'Qui reçoit les données ?'),
  howLong: t('How long?', 'Combien de temps ?'),
  change: t('How do I change my answer?', 'Comment changer ma réponse ?'),
  text: t('The text that you were asked with', 'Le texte qui vous a été montré'),
  texts: t('of', 'du'),
  textChanged: t(
    'We do not have this text any more as it was. Write to us: we look for it.',
    'Nous n’avons plus ce texte tel qu’il était. Écrivez-nous : nous le cherchons.',
  ),
  noText: t('The app did not say which text it showed.', 'L’application n’a pas dit quel texte elle a montré.'),
  answers: t('All your answers to this question', 'Toutes vos réponses à cette question'),
  by: t('An adult answered for you.', 'Un adulte a répondu pour vous.'),
  none: t('You have not answered any question yet.', 'Vous n’avez encore répondu à aucune question.'),
  notAnswered: t('You have not answered', 'Vous n’avez pas répondu'),
  notAnsweredMeans: t(
    'You have not answered these questions. Without your yes we do not do what we asked for.',
    'Vous n’avez pas répondu à ces questions. Sans votre oui, nous ne faisons pas ce que nous avons demandé.',
  ),
  contact: t('Who is responsible?', 'Qui est responsable ?'),
  write: t('Write to', 'Écrivez à'),
  complain: t(
    'You do not agree with us? You can tell:',
    'Vous n’êtes pas d’accord avec nous ? Vous pouvez le dire à :',
  ),
  rights: t('Your rights', 'Vos droits'),
  proof: t('For experts: the proof', 'Pour les experts : la preuve'),
  receipt: t('Receipt', 'Reçu'),
  pseudonym: t('Your number in the ledger', 'Votre numéro dans le registre'),
  chain: t('Entries and hash of the last one', 'Inscriptions et empreinte de la dernière'),
  broken: t(
    'Something is wrong with the ledger. Write to us: we look into it.',
    'Il y a un problème dans le registre. Écrivez-nous : nous cherchons.',
  ),
} satisfies Record<string, Text>;

/**
 * The receipt as a page for the person: easy words, one question after the other, nothing that has to be loaded. Pure.
 *
 * @returns a whole HTML document; every value is escaped
 */
export function receiptPage(policy: Policy, receipt: Receipt): string {
  const language = receipt.language;
  const say = (text: Text): string => (language === 'fr' ? unbroken(text.fr) : text.en);
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
function when(policy: Policy, moment: string, language: keyof Text): string {
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'fr-FR', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: policy.controller.timeZone,
  }).format(Date.parse(moment));
}

const list = (items: readonly string[]): Html =>
  html`<ul>
    ${items.map((item) => html`<li>${item}</li>`)}
  </ul>`;

function section(policy: Policy, { language, party_identification }: Receipt, record: ConsentRecord): Html {
  const say = (text: Text): string => (language === 'fr' ? unbroken(text.fr) : text.en);
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
    <p><strong>${say(stateWords(record.current_state).words)} ${say(record.agreed ? words.yes : words.no)}</strong></p>
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
          const said = `${moment}${language === 'en' ? ': ' : '\u00a0: '}${say(stateWords(event.event_state).words)}`;
          return event.entity_id === record.pii_principal_id || event.entity_id === '_:controller'
            ? said
            : `${said} ${say(words.by)}`;
        }),
      )}
    </details>`;
}

const notice =
  (language: keyof Text) =>
  (shown: ConsentRecord['privacy_notice'][number]): Html =>
    html`<details>
      <summary>${words.text[language]} (${words.texts[language]} ${shown.notice_version}, ${shown.language})</summary>
      ${
        'notice_text' in shown
          ? html`<pre lang="${shown.language}">${shown.notice_text}</pre>`
          : html`<p>${words.textChanged[language]}</p>`
      }
      <p><code>${shown.notice_hash}</code></p>
    </details>`;
