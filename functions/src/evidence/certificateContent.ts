import type { Certificate, CertificateRecipient, CertificateRecord, CertificateState } from './certificateShape.ts';
import { colon, outcomeInWords, starts, states, words, type Language } from './certificateWords.ts';

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

/** How to check it, the same in every language. */
const CHECK_COMMAND = 'npm run compliance -- certificate verify FILE.json --public-key KEY';

const STATES: readonly CertificateState[] = ['done', 'retained', 'pending', 'submitted', 'manual', 'unknown'];

/**
 * What the readable certificate says, from the signed JSON and nothing else. Pure.
 *
 * @param sha256 of the file that it is made from
 */
export function certificateContent(certificate: Certificate, sha256: string, language: Language): Content {
  const say = (text: Readonly<Record<Language, string>>): string => text[language];
  const when = momentIn(certificate.controller.timeZone, language);
  const { controller, times, ledger } = certificate;
  const title = say(certificate.interim ? words.interimTitle : words.title);
  const fact = (name: keyof typeof words, value: string): Fact => ({ name: say(words[name]), value });
  const code = (name: keyof typeof words, value: string): Fact => ({ ...fact(name, value), code: true });
  const heading = (name: keyof typeof words): Block => ({ kind: 'heading', text: say(words[name]) });
  const paragraph = (text: string): Block => ({ kind: 'paragraph', text });
  return {
    title,
    blocks: [
      paragraph(say(certificate.statement)),
      ...(certificate.interim ? [paragraph(say(words.interim))] : []),
      ...(certificate.supersedes === null
        ? []
        : [paragraph(say(words.follows)), { kind: 'code', text: certificate.supersedes } as const]),
      heading('summary'),
      { kind: 'list', items: summaryOf(certificate.records, language) },
      heading('controller'),
      {
        kind: 'facts',
        facts: [
          fact('name', controller.name),
          fact('address', controller.address),
          fact('contact', controller.email),
          ...(controller.dataProtectionOfficer === null ? [] : [fact('officer', controller.dataProtectionOfficer)]),
          fact('authority', `${controller.supervisoryAuthority.name}, ${controller.supervisoryAuthority.url}`),
        ],
      },
      paragraph(say(words.complain)),
      heading('when'),
      {
        kind: 'facts',
        facts: [
          fact('startedBy', say(starts[certificate.startedBy])),
          fact('asked', when(times.asked)),
          fact('began', when(times.began)),
          fact('accountEnded', when(times.accountEnded)),
          fact('readBack', when(times.readBack)),
          fact('secondLook', when(times.secondLook)),
          fact('thirdLook', when(times.thirdLook)),
          fact('completed', times.completed === null ? say(words.notCompleted) : when(times.completed)),
          fact('issued', when(times.issued)),
          fact('policyVersion', certificate.policyVersion),
        ],
      },
      heading('data'),
      ...tablesOf(certificate.records, language, when),
      heading('recipients'),
      {
        kind: 'table',
        caption: say(words.recipients),
        columns: [words.recipient, words.how, words.outcome].map(say),
        rows: certificate.recipients.map((recipient) => recipientRow(recipient, certificate.records, language, when)),
      },
      heading('remains'),
      paragraph(say(words.remainsMeans)),
      {
        kind: 'table',
        caption: say(words.remains),
        columns: [words.copy, words.latest].map(say),
        rows: certificate.remains.map(({ name, until }) => ({ heading: say(name), cells: [[when(until)]] })),
      },
      ...(certificate.kept.length === 0
        ? []
        : [
            heading('kept'),
            {
              kind: 'table' as const,
              caption: say(words.kept),
              columns: [words.kindOfData, words.rule].map(say),
              rows: certificate.kept.map(({ name, rule }) => ({ heading: say(name), cells: [[say(rule)]] })),
            },
          ]),
      heading('proof'),
      paragraph(say(words.proofMeans)),
      { kind: 'code', text: CHECK_COMMAND },
      {
        kind: 'facts',
        facts: [
          code('sha256', sha256),
          code('id', certificate.id),
          code('number', String(certificate.number)),
          code('pseudonym', certificate.pseudonym),
          ledger === null
            ? fact('ledger', say(words.noLedger))
            : code('ledger', `${ledger.chain} ${ledger.seq} ${ledger.hash}`),
          code('keyId', certificate.keyId),
          code('publicKey', certificate.publicKey),
          code('signature', certificate.signature),
        ],
      },
    ],
  };
}

/** A moment as people say it, in the controller's time zone. */
function momentIn(timeZone: string, language: Language): (moment: string) => string {
  const format = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'fr-FR', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone,
  });
  return (moment) => format.format(Date.parse(moment));
}

/** How many kinds of data came to which end; none is left out. */
function summaryOf(records: readonly CertificateRecord[], language: Language): string[] {
  return STATES.flatMap((state) => {
    const count = records.filter((record) => record.state === state).length;
    return count === 0 ? [] : [`${states[state][language]}${colon(language)}${count}`];
  });
}

/** One table for each system, in the order in which the records name them. */
function tablesOf(
  records: readonly CertificateRecord[],
  language: Language,
  when: (moment: string) => string,
): Block[] {
  const systems = [...new Set(records.map(({ system }) => system.id))];
  return systems.map((id) => {
    const own = records.filter(({ system }) => system.id === id);
    const companies = [...new Set(own.flatMap(({ recipients }) => recipients.map(({ name }) => name)))];
    const name = own[0]?.system.name ?? id;
    return {
      kind: 'table',
      caption: companies.length === 0 ? name : `${name}, ${words.heldBy[language]} ${companies.join(', ')}`,
      columns: [words.kindOfData, words.askedFor, words.outcome].map((text) => text[language]),
      rows: own.map((record) => ({
        heading: record.name[language],
        cells: [
          [record.asked[language]],
          record.outcomes.flatMap((outcome) => outcomeInWords(outcome, language, when)),
        ],
      })),
    };
  });
}

function recipientRow(
  recipient: CertificateRecipient,
  records: readonly CertificateRecord[],
  language: Language,
  when: (moment: string) => string,
): Row {
  const how = (recipient.by === 'interface' ? words.byInterface : words.byOfficer)[language];
  const told = recipient.notified === null ? how : `${how}, ${words.notified[language]} ${when(recipient.notified)}`;
  const own = recipient.outcomes.flatMap((outcome) => outcomeInWords(outcome, language, when));
  const held = records.filter(({ record }) => recipient.records.includes(record));
  return { heading: recipient.name, cells: [[told], [...summaryOf(held, language), ...own]] };
}
