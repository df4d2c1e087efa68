import type { Policy } from '../../policy/schema.ts';
import { NOT_FOUND } from '../../requests/request.ts';
import { dateIn, textsIn } from '../../texts/index.ts';
import { inLanguage, type Language } from '../../texts/languages.ts';
import { LOOK, OWN_WORDS, type ManifestFacts, type Missing, type Part } from './manifest.ts';
import { RECEIPT_JSON, RECEIPT_PAGE } from '../receipt.ts';

/**
 * Renders the page that a person opens first: the archive's purpose, its contents and their places,
 * its gaps, and the address for questions.
 *
 * @param hasReceipt is the person's consent receipt in the archive?
 */
export function readme(
  manifest: Omit<ManifestFacts, 'files'>,
  policy: Policy,
  language: Language,
  hasReceipt = false,
): string {
  const { controller } = policy;
  const authority = controller.supervisoryAuthority;
  const contact = controller.dataProtectionOfficer ?? controller.email;
  const t = textsIn(language).archive;
  const lines = [
    t.title(controller.name),
    '',
    t.made(
      dateIn(language, Date.parse(manifest.createdAt), { dateStyle: 'long', timeZone: controller.timeZone }),
      t[manifest.product],
    ),
    t.policy(manifest.policyVersion),
    ...partLine(manifest.part, language),
    '',
    t.where,
    '',
    ...manifest.records.flatMap((r) => [
      `  ${r.json}  -  ${inLanguage(r.name, language)} (${t.rows(r.count)})`,
      ...(r.undeclared === undefined ? [] : [`    - ${t.undeclared(r.undeclared)}`]),
      ...(r.withheld ?? []).map(
        ({ because, rows, fields }) =>
          `    - ${because === NOT_FOUND ? t.notFoundRows(rows) : `${t.kept(rows, fields)}: ${t.because[because]}`}`,
      ),
    ]),
    ...(hasReceipt ? [`  ${RECEIPT_PAGE}  -  ${t.receipt(RECEIPT_JSON)}`] : []),
    '',
    ...(manifest.missing.length > 0
      ? [
          t.missing,
          '',
          ...manifest.missing.flatMap((m) => [
            `  ${m.name}${m.rows === undefined ? '' : ` (${t.rows(m.rows)})`}: ${reasonIn(t, m)}`,
            ...namedFiles(m, t.moreFiles).map((file) => `    - ${file}`),
          ]),
          '',
        ]
      : []),
    t.contact(contact, authority.name, authority.url, authority.address),
    '',
  ];
  // Windows' editor wants both.
  return lines.join('\r\n');
}

const REASONS = ['manual', 'failed', 'unconfirmed', 'refused', 'impossible', OWN_WORDS, LOOK, 'notLooked'] as const;

/** The words for the reason of a gap; every other reason says why something is not proven. */
export const reasonIn = <Words>(
  words: Readonly<Record<(typeof REASONS)[number] | 'unproven', Words>>,
  { why }: Pick<Missing, 'why'>,
): Words => words[REASONS.find((one) => one === why) ?? 'unproven'];

/** Files of one source that a text names; the manifest names all of them. */
const FILES_NAMED = 100;

/** A line for each file that could not be read. Names that people chose stay on their line. */
export function namedFiles({ files = [] }: Missing, more: (n: number) => string): string[] {
  const named = files.slice(0, FILES_NAMED).map((file) => file.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' '));
  return files.length > FILES_NAMED ? [...named, more(files.length - FILES_NAMED)] : named;
}

/** A sentence for an archive that is one of several. */
export function partLine({ number, last }: Part, language: Language): string[] {
  if (number === 1 && last) return [];
  const { part, lastPart, anotherPart } = textsIn(language).archive;
  return [`${part(number)} ${last ? lastPart : anotherPart}`];
}
