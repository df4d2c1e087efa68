import type { Certificate, CertificateRecipient, CertificateRecord } from './shape.ts';
import { RANK } from './state.ts';
import { dateIn, textsIn } from '../../texts/index.ts';
import { inLanguage, type Language } from '../../texts/languages.ts';
import { outcomeInWords } from './words.ts';

/** The words for how the end of a copy is known. */
const BASIS = { setting: 'byRead', notRead: 'byDefault', declared: 'byPolicy' } as const;

/** One row of a table: a heading of its own, then cells of one or more lines. */
interface Row {
  readonly heading: string;
  readonly cells: readonly (readonly string[])[];
}

/** A part of the readable certificate: rendered as HTML and as plain text. */
export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'facts'; readonly facts: readonly Fact[] }
  | {
      readonly kind: 'table';
      readonly caption: string;
      readonly columns: readonly string[];
      readonly rows: readonly Row[];
    }
  | { readonly kind: 'code'; readonly text: string };

interface Fact {
  readonly name: string;
  readonly value: string;
  /** A value for machines: shown as code. */
  readonly code?: true;
}

export interface Content {
  readonly title: string;
  readonly blocks: readonly Block[];
}

const facts = (...all: readonly Fact[]): Block => ({ kind: 'facts', facts: all });

const table = (caption: string, columns: readonly string[], rows: readonly Row[]): Block => {
  return { kind: 'table', caption, columns, rows };
};

/** How to check it, the same in every language. */
const CHECK_COMMAND = 'npm run compliance -- certificate verify FILE.json --public-key KEY';

/**
 * Makes the content of the readable certificate, from the signed JSON and nothing else. Pure.
 *
 * @param sha256 of the file that it is made from
 */
export function certificateContent(certificate: Certificate, sha256: string, language: Language): Content {
  const { words, starts } = textsIn(language).certificate;
  const say = (text: Readonly<Record<string, string>>): string => inLanguage(text, language);
  const when = momentIn(certificate.controller.timeZone, language);
  const { controller, times, ledger, officer } = certificate;
  const title = certificate.interim ? words.interimTitle : words.title;
  const begun = starts[certificate.startedBy];
  const fact = (name: keyof typeof words, value: string): Fact => ({ name: words[name], value });
  const code = (name: keyof typeof words, value: string): Fact => ({ ...fact(name, value), code: true });
  const heading = (name: keyof typeof words): Block => ({ kind: 'heading', text: words[name] });
  const paragraph = (text: string): Block => ({ kind: 'paragraph', text });
  const kept = certificate.kept.map(({ name, rule }): Row => ({ heading: say(name), cells: [[say(rule)]] }));
  return {
    title,
    blocks: [
      paragraph(say(certificate.statement)),
      ...(certificate.interim ? [paragraph(words.interim)] : []),
      ...(certificate.supersedes === null
        ? []
        : [paragraph(words.follows), { kind: 'code', text: certificate.supersedes } as const]),
      heading('summary'),
      { kind: 'list', items: summaryOf(certificate.records, language) },
      heading('controller'),
      facts(
        fact('name', controller.name),
        fact('address', controller.address),
        fact('contact', controller.email),
        ...(controller.dataProtectionOfficer === null ? [] : [fact('officer', controller.dataProtectionOfficer)]),
        fact('authority', `${controller.supervisoryAuthority.name}, ${controller.supervisoryAuthority.url}`),
      ),
      paragraph(words.complain),
      heading('when'),
      facts(
        fact('startedBy', officer === undefined ? begun : `${begun} ${officer}`),
        fact('asked', when(times.asked)),
        fact('began', when(times.began)),
        fact('accountEnded', when(times.accountEnded)),
        fact('readBack', when(times.readBack)),
        fact('secondLook', when(times.secondLook)),
        fact('thirdLook', when(times.thirdLook)),
        fact('completed', times.completed === null ? words.notCompleted : when(times.completed)),
        fact('issued', when(times.issued)),
        fact('policyVersion', certificate.policyVersion),
      ),
      heading('data'),
      ...tablesOf(certificate.records, language, when),
      heading('recipients'),
      table(
        words.recipients,
        [words.recipient, words.how, words.outcome],
        certificate.recipients.map((recipient) => recipientRow(recipient, certificate.records, language, when)),
      ),
      heading('remains'),
      paragraph(words.remainsMeans),
      table(
        words.remains,
        [words.copy, words.latest, words.howKnown],
        certificate.remains.map(({ name, until, basis }) => ({
          heading: say(name),
          cells: [[when(until)], [words[BASIS[basis]]]],
        })),
      ),
      ...(kept.length === 0 ? [] : [heading('kept'), table(words.kept, [words.kindOfData, words.rule], kept)]),
      heading('proof'),
      paragraph(words.proofMeans),
      { kind: 'code', text: CHECK_COMMAND },
      facts(
        code('sha256', sha256),
        code('id', certificate.id),
        code('number', String(certificate.number)),
        code('pseudonym', certificate.pseudonym),
        ledger === null
          ? fact('ledger', words.noLedger)
          : code('ledger', `${ledger.chain} ${ledger.seq} ${ledger.hash}`),
        code('keyId', certificate.keyId),
        code('publicKey', certificate.publicKey),
        code('signature', certificate.signature),
      ),
    ],
  };
}

/** A moment as people say it, in the controller's time zone. */
const momentIn =
  (timeZone: string, language: Language) =>
  (moment: string): string =>
    dateIn(language, Date.parse(moment), { dateStyle: 'long', timeStyle: 'short', timeZone });

/** How many kinds of data came to which end; none is left out. */
function summaryOf(records: readonly CertificateRecord[], language: Language): string[] {
  const { certificate, format } = textsIn(language);
  return RANK.flatMap((state) => {
    const count = records.filter((record) => record.state === state).length;
    return count === 0 ? [] : [`${certificate.states[state]}${format.colon}${count}`];
  });
}

/** One table for each system, in the order in which the records name them. */
function tablesOf(
  records: readonly CertificateRecord[],
  language: Language,
  when: (moment: string) => string,
): Block[] {
  const { words } = textsIn(language).certificate;
  const systems = [...new Set(records.map(({ system }) => system.id))];
  return systems.map((id) => {
    const own = records.filter(({ system }) => system.id === id);
    const companies = [...new Set(own.flatMap(({ recipients }) => recipients.map(({ name }) => name)))];
    const name = own[0]?.system.name ?? id;
    const rows = own.map((record) => ({
      heading: inLanguage(record.name, language),
      cells: [
        [inLanguage(record.asked, language)],
        record.outcomes.flatMap((outcome) => outcomeInWords(outcome, language, when)),
      ],
    }));
    const caption = companies.length === 0 ? name : `${name}, ${words.heldBy} ${companies.join(', ')}`;
    return table(caption, [words.kindOfData, words.askedFor, words.outcome], rows);
  });
}

function recipientRow(
  recipient: CertificateRecipient,
  records: readonly CertificateRecord[],
  language: Language,
  when: (moment: string) => string,
): Row {
  const { words } = textsIn(language).certificate;
  const how = recipient.by === 'interface' ? words.byInterface : words.byOfficer;
  const told = recipient.notified === null ? how : `${how}, ${words.notified} ${when(recipient.notified)}`;
  const own = recipient.outcomes.flatMap((outcome) => outcomeInWords(outcome, language, when));
  const held = records.filter(({ record }) => recipient.records.includes(record));
  return { heading: recipient.name, cells: [[told], [...summaryOf(held, language), ...own]] };
}
