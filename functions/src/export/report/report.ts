import { html, htmlPage, list, type Html } from '../../platform/html.ts';
import type { Policy } from '../../policy/schema.ts';
import { NOT_FOUND } from '../../requests/request.ts';
import { dateIn, saying, textsIn } from '../../texts/index.ts';
import type { Language } from '../../texts/languages.ts';
import { ruleAsText } from './information.ts';
import { namedFiles, partLine, reasonIn } from '../archive/readme.ts';
import type { ManifestFacts, RecordEntry } from '../archive/manifest.ts';
import { RECEIPT_JSON, RECEIPT_PAGE } from '../receipt.ts';
import { href, rowAsHtml, type Reading } from './rows.ts';
import { howToUseRights, rightsOf } from './rights.ts';
import { categoriesPart, purposePart, recipientPart } from './uses.ts';
import type { ExportRow } from '../archive/rows.ts';

/** The page's name in the archive. */
export const REPORT = 'report.html';

/** The first rows of a record. */
export interface Preview {
  readonly entry: RecordEntry;
  readonly rows: readonly ExportRow[];
}

/**
 * `report.html`: the archive as a page that a person reads, offline, in easy words (Art. 12(1)).
 * The page of an access has the information of Art. 15(1). Every value is escaped, nothing is
 * loaded or run. Pure.
 *
 * @param hasReceipt is the person's consent receipt in the archive?
 */
export function report(
  facts: Omit<ManifestFacts, 'files'>,
  policy: Policy,
  previews: readonly Preview[],
  language: Language,
  hasReceipt = false,
): string {
  const { say, words } = speech(language);
  const { controller } = policy;
  const reading: Reading = { language, timeZone: controller.timeZone };
  const isAccess = facts.product === 'access';
  const made = dateIn(language, Date.parse(facts.createdAt), { dateStyle: 'long', timeZone: controller.timeZone });
  const sections: readonly Section[] = [
    ...previews.filter(({ entry }) => !isEmpty(entry)).map((preview) => recordSection(policy, preview, reading)),
    ...nothingSection(previews, language),
    ...(hasReceipt ? [receiptSection(language)] : []),
    ...(isAccess ? accessSections(policy, previews, language) : []),
    ...(facts.missing.length === 0 ? [] : [missingSection(facts, language)]),
    { id: 'rights', title: say(words.rights), body: rights(policy, language) },
    { id: 'questions', title: say(words.questions), body: questions(policy, language) },
  ];
  const before = html`<header>
      <h1>${say(words.title)}</h1>
      <p>${say(words.intro)} ${say(words[facts.product])}</p>
      <p>${controller.name}. ${say(words.madeOn)} ${made}. ${partLine(facts.part, language).join(' ')}</p>
      <p>${say(words.times)} ${controller.timeZone}.</p>
    </header>
    <nav aria-labelledby="contents">
      <h2 id="contents">${say(words.contents)}</h2>
      <ul>
        ${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
      </ul>
    </nav>`;
  const body = html`${sections.map(
    (section) =>
      html`<section aria-labelledby="${section.id}">
        <h2 id="${section.id}">${section.title}</h2>
        ${section.body}
      </section>`,
  )}`;
  return htmlPage(language, `${say(words.title)} – ${controller.name}`, body, before);
}

/** The words of the page in a language, and how to say them. */
const speech = (language: Language) => ({ say: saying(language), words: textsIn(language).report });

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** Is there nothing of a record, and nothing that was kept back? */
const isEmpty = ({ count, withheld }: RecordEntry): boolean => count === 0 && withheld === undefined;

/** Says how much of a record was kept back and why, and that the person can complain. */
function keptBack({ withheld = [] }: RecordEntry, language: Language): Html | undefined {
  const { say, words } = speech(language);
  const { kept, notFoundRows } = textsIn(language).archive;
  if (withheld.length === 0) return undefined;
  return html`${list(
      withheld.map(({ because, rows, fields }) =>
        because === NOT_FOUND
          ? `${say(notFoundRows(rows))}.`
          : `${say(kept(rows, fields))}. ${say(words.because[because])}`,
      ),
    )}
    <p>${say(words.mayComplain)} <a href="#questions">${say(words.questions)}</a></p>`;
}

function recordSection(policy: Policy, { entry, rows }: Preview, reading: Reading): Section {
  const { language } = reading;
  const { say, words } = speech(language);
  const provided = policy.records[entry.record]?.provided === true;
  const body = html`<p>${say(provided ? words.fromYou : words.fromUs)}</p>
    ${entry.count > rows.length ? html`<p>${say(words.first)}</p>` : undefined}
    ${entry.undeclared === undefined ? undefined : html`<p>${textsIn(language).archive.undeclared(entry.undeclared)}</p>`}
    ${keptBack(entry, language)} ${rows.map((row, index) => rowAsHtml(row, index, reading))}
    <p>${say(words.all)} <a href="${href(entry.csv)}">${entry.csv}</a> (${entry.count})</p>`;
  return { id: `record-${entry.record}`, title: say(entry.name), body };
}

/** Records without rows, together: one after the other they would hide those that have some. */
function nothingSection(previews: readonly Preview[], language: Language): readonly Section[] {
  const { say, words } = speech(language);
  const names = previews.filter(({ entry }) => isEmpty(entry)).map(({ entry }) => say(entry.name));
  if (names.length === 0) return [];
  return [
    {
      id: 'nothing',
      title: say(words.nothing),
      body: html`<p>${say(words.nothingText)}</p>
        ${list(names)}`,
    },
  ];
}

function accessSections(policy: Policy, previews: readonly Preview[], language: Language): readonly Section[] {
  const { say, words } = speech(language);
  const purposes = Object.values(policy.purposes).map((purpose) => purposePart(policy, purpose, language));
  const recipients = Object.values(policy.recipients).map((recipient) => recipientPart(recipient, language));
  const periods = previews.map(({ entry }) => {
    const rules = policy.records[entry.record]?.fate ?? [];
    return html`<h3>${say(entry.name)}</h3>
      ${list(rules.map((rule) => say(ruleAsText(rule, policy))))}`;
  });
  return [
    { id: 'purposes', title: say(words.why), body: html`${purposes}` },
    {
      id: 'recipients',
      title: say(words.who),
      body: html`${recipients}${categoriesPart(policy, language)}${authoritiesPart(previews, language)}`,
    },
    {
      id: 'periods',
      title: say(words.howLong),
      body: html`${periods}
        <p>${say(words.over)}</p>`,
    },
    { id: 'machines', title: say(words.machines), body: html`<p>${say(policy.rights.automatedDecisions.text)}</p>` },
    { id: 'safe', title: say(words.safe), body: list(policy.securityMeasures.map((measure) => say(measure))) },
  ];
}

/** The authorities that got data of the person, but for those that they may not know of yet. */
function authoritiesPart(previews: readonly Preview[], language: Language): Html | undefined {
  const { say, words } = speech(language);
  const rows = previews.flatMap(({ entry, rows: some }) => (entry.record === 'disclosures' ? some : []));
  const names = new Set(rows.flatMap(({ data: { authority } }) => (typeof authority === 'string' ? [authority] : [])));
  return names.size === 0
    ? undefined
    : html`<p>${say(words.disclosed)}</p>
        ${list([...names])}`;
}

function missingSection({ missing }: Pick<ManifestFacts, 'missing'>, language: Language): Section {
  const { say, words } = speech(language);
  const items = missing.map((one) => {
    const { name } = one;
    const because = say(reasonIn(words, one));
    const files = namedFiles(one, (n) => `${say(words.moreFiles)} ${n}`);
    return html`<li>
      ${name}${say(textsIn(language).format.colon)}${because}
      ${
        files.length === 0
          ? undefined
          : html`<ul>
              ${files.map((file) => html`<li><bdi>${file}</bdi></li>`)}
            </ul>`
      }
    </li>`;
  });
  return {
    id: 'missing',
    title: say(words.missing),
    body: html`<ul>
      ${items}
    </ul>`,
  };
}

function receiptSection(language: Language): Section {
  const { say, words } = speech(language);
  return {
    id: 'receipt',
    title: say(words.answers),
    body: html`<p>${say(words.answersText)}</p>
      <p><a href="${href(RECEIPT_PAGE)}">${say(words.answersPage)}</a></p>
      <p><a href="${href(RECEIPT_JSON)}">${say(words.answersFile)}</a></p>`,
  };
}

/** The requests that a person may make, and how: in general, then right by right. */
function rights(policy: Policy, language: Language): Html {
  const { say, words } = speech(language);
  const { period, inApp, inWriting, cost } = howToUseRights(policy).easy;
  return html`<h3>${say(words.howTo)}</h3>
    ${list([inApp, inWriting, period, cost].map(say))}
    ${rightsOf(policy).map(
      ({ easy }) =>
        html`<h3>${say(easy.name)}</h3>
          <p>${say(easy.what)}</p>
          <p>${say(easy.how)}</p>`,
    )}`;
}

function questions({ controller }: Policy, language: Language): Html {
  const { say, words } = speech(language);
  const { name, url, address } = controller.supervisoryAuthority;
  const contact = controller.dataProtectionOfficer ?? controller.email;
  return html`<p>${say(words.write)} ${contact}.</p>
    <p>${controller.name}, ${controller.address}</p>
    <p>${say(words.complain)} <a href="${url}">${name}</a></p>
    ${address === undefined ? undefined : html`<p>${name}, ${address}</p>`}`;
}
