import { html, htmlPage, type Html } from '../evidence/html.ts';
import { countryName } from '../policy/countries.ts';
import { legalBasisWords, roleWords, ruleInWords, safeguardWords } from '../policy/generate/words.ts';
import type { Policy, Text } from '../policy/schema.ts';
import { partLine } from './readme.ts';
import type { ManifestFacts, RecordEntry } from './manifest.ts';
import type { ExportRow, Json } from './rows.ts';

export type Language = keyof Text;

/** The page's name in the archive. */
export const REPORT = 'report.html';

/** Rows of a record that the page shows; the files beside it have all. */
export const ROWS_SHOWN = 20;
/** Fields of a row, and characters of a value, that it shows. */
const FIELDS_SHOWN = 40;
const CHARACTERS_SHOWN = 300;

/** The first rows of a record. */
export interface Preview {
  readonly entry: RecordEntry;
  readonly rows: readonly ExportRow[];
}

const t = (en: string, fr: string): Text => ({ en, fr });

const words = {
  title: t('Your data', 'Vos données'),
  intro: t(
    'This page shows the data that we have about you.',
    'Cette page montre les données que nous avons sur vous.',
  ),
  portability: t(
    'These are the data that you gave us, and the data that come from your use of the app.',
    "Ce sont les données que vous nous avez données, et celles qui viennent de votre utilisation de l'application.",
  ),
  access: t('It shows everything that we have about you.', 'Elle montre tout ce que nous avons sur vous.'),
  madeOn: t('It was made on', 'Elle a été faite le'),
  contents: t('What is on this page?', "Qu'y a-t-il sur cette page ?"),
  fromYou: t(
    'It comes from you, or from your use of the app.',
    "Cela vient de vous, ou de votre utilisation de l'application.",
  ),
  fromUs: t(
    'We, or a company that works for us, wrote it.',
    'Nous, ou une entreprise qui travaille pour nous, avons écrit cela.',
  ),
  nothing: t('We have nothing here.', "Nous n'avons rien ici."),
  entry: t('Entry', 'Élément'),
  file: t('Open the file', 'Ouvrir le fichier'),
  all: t('See everything in a table:', 'Tout voir dans un tableau :'),
  first: t('You see the first entries here.', 'Vous voyez ici les premiers éléments.'),
  empty: t('nothing', 'rien'),
  yes: t('yes', 'oui'),
  no: t('no', 'non'),
  why: t('Why do we use your data?', 'Pourquoi utilisons-nous vos données ?'),
  basis: t('The law lets us do it because of:', 'La loi nous le permet grâce à :'),
  who: t('Who gets your data?', 'Qui reçoit vos données ?'),
  countries: t('Countries:', 'Pays :'),
  protection: t('Protection:', 'Protection :'),
  howLong: t('How long do we keep your data?', 'Combien de temps gardons-nous vos données ?'),
  machines: t('Does a computer decide about you?', 'Un ordinateur décide-t-il pour vous ?'),
  missing: t('What is not here?', "Qu'est-ce qui n'est pas ici ?"),
  manual: t('We ask them for you. We write to you.', 'Nous leur demandons pour vous. Nous vous écrivons.'),
  failed: t(
    'We could not read this, although we tried several times. We look into it, and write to you.',
    "Nous n'avons pas pu lire cela, malgré plusieurs essais. Nous cherchons, et nous vous écrivons.",
  ),
  unproven: t(
    'We found something. We do not know if it is yours. We look into it.',
    'Nous avons trouvé quelque chose. Nous ne savons pas si cela est à vous. Nous cherchons.',
  ),
  rights: t('Your rights', 'Vos droits'),
  questions: t('Do you have a question?', 'Avez-vous une question ?'),
  write: t('Write to', 'Écrivez à'),
  complain: t(
    'You do not agree with us? You can tell:',
    'Vous n’êtes pas d’accord avec nous ? Vous pouvez le dire à :',
  ),
} satisfies Record<string, Text>;

const rightsInWords: readonly Text[] = [
  t('Something is wrong? You can have it corrected.', 'Quelque chose est faux ? Vous pouvez le faire corriger.'),
  t('You can have your data deleted.', 'Vous pouvez faire supprimer vos données.'),
  t(
    'You can ask us to stop using your data for a while.',
    "Vous pouvez nous demander d'arrêter d'utiliser vos données pour un temps.",
  ),
  t('You can take your data to another company.', 'Vous pouvez emporter vos données dans une autre entreprise.'),
  t('You can say no to what we do with your data.', 'Vous pouvez dire non à ce que nous faisons de vos données.'),
  t(
    'You said yes to something? You can change your mind at any time.',
    "Vous avez dit oui à quelque chose ? Vous pouvez changer d'avis à tout moment.",
  ),
];

/**
 * `report.html`: the archive as a page that a person reads, offline, in easy words (Art. 12(1)); of an access with what Art. 15(1) wants said.
 * Every value is escaped, nothing is loaded or run. Pure.
 */
export function report(
  facts: Omit<ManifestFacts, 'files'>,
  policy: Policy,
  previews: readonly Preview[],
  language: Language,
): string {
  const say = (text: Text): string => text[language];
  const { controller } = policy;
  const isAccess = facts.product === 'access';
  const made = new Intl.DateTimeFormat(language === 'fr' ? 'fr-FR' : 'en-GB', {
    dateStyle: 'long',
    timeZone: controller.timeZone,
  }).format(Date.parse(facts.createdAt));
  const sections: readonly Section[] = [
    ...previews.map((preview) => recordSection(policy, preview, language)),
    ...(isAccess ? accessSections(policy, previews, language) : []),
    ...(facts.missing.length === 0 ? [] : [missingSection(facts, language)]),
    { id: 'rights', title: say(words.rights), body: list(rightsInWords.map(say)) },
    { id: 'questions', title: say(words.questions), body: questions(policy, language) },
  ];
  const body = html`<h1>${say(words.title)}</h1>
    <p>${say(words.intro)} ${say(words[facts.product])}</p>
    <p>${controller.name}. ${say(words.madeOn)} ${made}. ${partLine(facts.part, language).join(' ')}</p>
    <nav aria-labelledby="contents">
      <h2 id="contents">${say(words.contents)}</h2>
      <ul>
        ${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
      </ul>
    </nav>
    ${sections.map(
      (section) =>
        html`<section aria-labelledby="${section.id}">
          <h2 id="${section.id}">${section.title}</h2>
          ${section.body}
        </section>`,
    )}`;
  return htmlPage(language, `${say(words.title)} – ${controller.name}`, body);
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

const list = (items: readonly string[]): Html =>
  html`<ul>
    ${items.map((item) => html`<li>${item}</li>`)}
  </ul>`;

function recordSection(policy: Policy, { entry, rows }: Preview, language: Language): Section {
  const say = (text: Text): string => text[language];
  const provided = policy.records[entry.record]?.provided === true;
  const body = html`<p>${say(provided ? words.fromYou : words.fromUs)}</p>
    ${entry.count === 0 ? html`<p>${say(words.nothing)}</p>` : undefined}
    ${entry.count > rows.length ? html`<p>${say(words.first)}</p>` : undefined}
    ${rows.map((row, index) => rowAsHtml(row, index, language))}
    ${
      entry.count === 0
        ? undefined
        : html`<p>${say(words.all)} <a href="${href(entry.csv)}">${entry.csv}</a> (${entry.count})</p>`
    }`;
  return { id: `record-${entry.record}`, title: say(entry.name), body };
}

function rowAsHtml(row: ExportRow, index: number, language: Language): Html {
  const say = (text: Text): string => text[language];
  const fields = Object.entries(row.data).slice(0, FIELDS_SHOWN);
  return html`<h3>${say(words.entry)} ${index + 1}</h3>
    ${
      fields.length === 0
        ? undefined
        : html`<dl>
            ${fields.map(
              ([name, value]) =>
                html`<dt>${name}</dt>
                  <dd>${valueInWords(value, language)}</dd>`,
            )}
          </dl>`
    }
    ${row.file === undefined ? undefined : html`<p><a href="${href(row.file)}">${say(words.file)}: ${row.file}</a></p>`}`;
}

function valueInWords(value: Json, language: Language): string {
  const say = (text: Text): string => text[language];
  if (value === null || value === '') return say(words.empty);
  if (typeof value === 'boolean') return say(value ? words.yes : words.no);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What the page shows of a row: rows of many records wait for it in memory, and each can be a megabyte. */
export function shortRow(row: ExportRow): ExportRow {
  const fields = Object.entries(row.data)
    .slice(0, FIELDS_SHOWN)
    .map(
      ([name, value]) =>
        [
          shortened(name),
          typeof value === 'string' ? shortened(value) : isLong(value) ? shortened(JSON.stringify(value)) : value,
        ] as const,
    );
  return {
    path: shortened(row.path),
    data: Object.fromEntries(fields),
    ...(row.file === undefined ? {} : { file: row.file }),
  };
}

const isLong = (value: Json): boolean =>
  typeof value === 'object' && value !== null && JSON.stringify(value).length > CHARACTERS_SHOWN;

/** Whole characters, so that nothing is cut in the middle of one. */
function shortened(text: string): string {
  if (text.length <= CHARACTERS_SHOWN) return text;
  return `${text.slice(0, CHARACTERS_SHOWN).replace(/[\ud800-\udbff]$/, '')} …`;
}

/** A name in the archive as a relative link: its characters, whatever they are, stay in the path. */
const href = (name: string): string =>
  `./${name
    .split('/')
    .map((segment) => encodeURIComponent(Buffer.from(segment).toString()))
    .join('/')}`;

function accessSections(policy: Policy, previews: readonly Preview[], language: Language): readonly Section[] {
  const say = (text: Text): string => text[language];
  const purposes = Object.values(policy.purposes).map(
    ({ name, description, legalBasis, recipients }) =>
      html`<h3>${say(name)}</h3>
        <p>${say(description)}</p>
        <p>${say(words.basis)} ${say(legalBasisWords[legalBasis])}</p>
        ${list(recipients.map((id) => policy.recipients[id]?.name ?? id))}`,
  );
  const recipients = Object.values(policy.recipients).map(
    ({ name, role, countries, safeguards }) =>
      html`<h3>${name}</h3>
        <p>${say(roleWords[role])}</p>
        <p>${say(words.countries)} ${countries.map((code) => countryName(code, language) ?? code).join(', ')}</p>
        ${
          safeguards.length === 0
            ? undefined
            : html`<p>${say(words.protection)} ${safeguards.map((one) => say(safeguardWords[one])).join(', ')}</p>`
        }`,
  );
  const periods = previews.map(({ entry }) => {
    const rules = policy.records[entry.record]?.fate ?? [];
    // The register marks names of fields as code.
    const said = rules.map((rule) => ruleInWords(rule, policy, language).replaceAll('`', ''));
    return html`<h3>${say(entry.name)}</h3>
      ${list(said)}`;
  });
  return [
    { id: 'purposes', title: say(words.why), body: html`${purposes}` },
    { id: 'recipients', title: say(words.who), body: html`${recipients}` },
    { id: 'periods', title: say(words.howLong), body: html`${periods}` },
    { id: 'machines', title: say(words.machines), body: html`<p>${say(policy.rights.automatedDecisions.text)}</p>` },
  ];
}

function missingSection({ missing }: Pick<ManifestFacts, 'missing'>, language: Language): Section {
  const say = (text: Text): string => text[language];
  const items = missing.map(
    ({ name, why }) =>
      `${name}: ${say(why === 'manual' ? words.manual : why === 'failed' ? words.failed : words.unproven)}`,
  );
  return { id: 'missing', title: say(words.missing), body: list(items) };
}

function questions({ controller }: Policy, language: Language): Html {
  const say = (text: Text): string => text[language];
  const { name, url } = controller.supervisoryAuthority;
  const contact = controller.dataProtectionOfficer ?? controller.email;
  return html`<p>${say(words.write)} ${contact}.</p>
    <p>${controller.name}, ${controller.address}</p>
    <p>${say(words.complain)} <a href="${url}">${name}</a></p>`;
}
