import type { Policy } from '../policy/schema.ts';
import type { ManifestFacts, Missing, Part } from './manifest.ts';
import { RECEIPT_JSON, RECEIPT_PAGE } from './receipt.ts';

type Language = 'en' | 'fr';

/**
 * The page that a person opens first: what this is, what is where, what is not in it, whom to ask.
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
  const t = texts[language];
  const lines = [
    t.title(controller.name),
    '',
    t.made(date(manifest.createdAt, language, controller.timeZone), t[manifest.product]),
    t.policy(manifest.policyVersion),
    ...partLine(manifest.part, language),
    '',
    t.where,
    '',
    ...manifest.records.map((r) => `  ${r.json}  -  ${r.name[language]} (${t.rows(r.count)})`),
    ...(hasReceipt ? [`  ${RECEIPT_PAGE}  -  ${t.receipt(RECEIPT_JSON)}`] : []),
    '',
    ...(manifest.missing.length > 0
      ? [
          t.missing,
          '',
          ...manifest.missing.flatMap((m) => [
            `  ${m.name}: ${m.why === 'manual' ? t.manual : m.why === 'failed' ? t.failed : t.unproven}`,
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
  const { part, lastPart, anotherPart } = texts[language];
  return [`${part(number)} ${last ? lastPart : anotherPart}`];
}

const date = (iso: string, language: Language, timeZone: string): string =>
  new Intl.DateTimeFormat(language === 'fr' ? 'fr-FR' : 'en-GB', { dateStyle: 'long', timeZone }).format(new Date(iso));

const texts = {
  en: {
    title: (name: string) => `Your personal data at ${name}`,
    made: (day: string, what: string) => `Made on ${day}: ${what}.`,
    portability: 'the data that you provided or that came from your use of the app (GDPR, Article 20)',
    access: 'the data that concern you (GDPR, Article 15); information.json tells what they are used for',
    policy: (version: string) => `Privacy policy of ${version}.`,
    part: (n: number) => `This is part ${n} of your data.`,
    lastPart: 'It is the last part.',
    anotherPart: 'Another part follows, in a file of its own.',
    where:
      'Each kind of data is there twice: as JSON, exact, for other programs, and beside it as CSV, for a spreadsheet. Your files are in the folder "files", as they are stored; one whose name ends in ".gz" is packed, and a program for archives opens it. manifest.json lists every file with its SHA-256. Times are in UTC. In the CSV files an apostrophe before =, +, -, @ or another apostrophe at the start of a text or line keeps a spreadsheet from running it as a formula; the JSON files have the exact text.',
    rows: (n: number) => (n === 1 ? '1 entry' : `${n} entries`),
    receipt: (json: string) =>
      `your consent receipt: what you were asked, your answers, the texts; for other programs: ${json}`,
    missing: 'Not in this archive:',
    manual: 'has to be asked for by hand; our data protection officer adds it',
    failed: 'could not be read whole, although we tried several times; our data protection officer adds it',
    moreFiles: (n: number) => `and ${n} more, which manifest.json names`,
    unproven: 'something was found that we could not prove to be yours; our data protection officer looks into it',
    contact: (mail: string, authority: string, url: string, address?: string) =>
      `Questions: ${mail}. You may lodge a complaint with ${authority} (${[url, address].filter(Boolean).join(', ')}).`,
  },
  fr: {
    title: (name: string) => `Vos données personnelles chez ${name}`,
    made: (day: string, what: string) => `Fait le ${day} : ${what}.`,
    portability:
      "les données que vous avez fournies ou issues de votre utilisation de l'application (RGPD, article 20)",
    access: 'les données qui vous concernent (RGPD, article 15) ; information.json dit à quoi elles servent',
    policy: (version: string) => `Politique de confidentialité du ${version}.`,
    part: (n: number) => `Ceci est la partie ${n} de vos données.`,
    lastPart: "C'est la dernière partie.",
    anotherPart: 'Une autre partie suit, dans un fichier à part.',
    where:
      'Chaque sorte de données y est deux fois : en JSON, exact, pour d’autres programmes, et à côté en CSV, pour un tableur. Vos fichiers sont dans le dossier « files », tels qu’ils sont stockés ; un fichier dont le nom finit par « .gz » est compressé, et un programme d’archives l’ouvre. manifest.json énumère chaque fichier avec son SHA-256. Les heures sont en UTC. Dans les fichiers CSV, une apostrophe devant =, +, -, @ ou une autre apostrophe au début d’un texte ou d’une ligne empêche un tableur de l’exécuter comme formule ; les fichiers JSON ont le texte exact.',
    rows: (n: number) => (n < 2 ? `${n} entrée` : `${n} entrées`),
    receipt: (json: string) =>
      `votre reçu de consentement : les questions, vos réponses, les textes ; pour d’autres programmes : ${json}`,
    missing: 'Ne sont pas dans cette archive :',
    manual: 'doit être demandé à la main ; notre délégué à la protection des données l’ajoute',
    failed: 'n’a pas pu être lu en entier malgré plusieurs essais ; notre délégué à la protection des données l’ajoute',
    moreFiles: (n: number) => `et ${n} de plus, que manifest.json nomme`,
    unproven:
      'quelque chose a été trouvé dont nous ne pouvons prouver que c’est à vous ; notre délégué à la protection des données s’en occupe',
    contact: (mail: string, authority: string, url: string, address?: string) =>
      `Questions : ${mail}. Vous pouvez introduire une réclamation auprès de ${authority} (${[url, address].filter(Boolean).join(', ')}).`,
  },
};
