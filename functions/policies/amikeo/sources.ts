import type {
  FateRule,
  Ground,
  Period,
  PolicyRecord,
  Provision,
  Purpose,
  Recipient,
  Source,
} from '../../src/policy/schema.ts';

/**
 * Shorthands for the AMIKEO policy: the source of a value, and the rules that many records
 * share.
 */

const from =
  (kind: Source['kind']) =>
  (en: string, fr?: string): Source => ({ kind, reference: fr === undefined ? en : { en, fr } });

/** A section of the published text, by its English title. */
export const policyText = from('policyText');
export const statute = from('statute');
/** A deliberation or a page of the authority: each reference gives its day. */
export const cnil = from('cnil');
/** Its framework for customer files: prospects, unused accounts, objections to marketing. */
const CUSTOMER_FILES = {
  en: 'Framework for commercial management, délibération 2021-131 of 23 September 2021',
  fr: 'Référentiel « gestion des activités commerciales », délibération 2021-131 du 23 septembre 2021',
};
export const customerFiles = (en: string, fr: string): Source =>
  cnil(`${CUSTOMER_FILES.en}: ${en}`, `${CUSTOMER_FILES.fr} : ${fr}`);
/** Its recommendation on trackers. */
const TRACKERS = {
  en: 'Recommendation on cookies and other trackers, délibération 2020-092 of 17 September 2020',
  fr: 'Recommandation « cookies et autres traceurs », délibération 2020-092 du 17 septembre 2020',
};
export const trackersLast = (en: string, fr: string): Source => cnil(`${TRACKERS.en}, ${en}`, `${TRACKERS.fr}, ${fr}`);
/** A page of a provider, with the day on which it was read. */
export const provider = (en: string, fr: string, read = '2026-11-29'): Source => ({
  ...from('provider')(en, fr),
  read,
});
/** The controller's own choice, with its reason. */
export const ownChoice = from('ownChoice');

/** A statement that nobody at the controller has confirmed yet. */
export const toConfirm = (source: Source): Source => ({ ...source, toBeConfirmed: true });

/**
 * The text lists legal bases in general; which one carries a purpose is allocated by the
 * controller.
 */
export const basis = (section: string): Source =>
  policyText(
    `${section}; legal basis allocated by the controller, the text lists bases in general`,
    `${section} ; base légale attribuée par le responsable, le texte cite les bases en général`,
  );

/** The part of this backend: not in the policy's text, needed to keep its promises. */
export const backend = ownChoice(
  'Written by the compliance backend to keep and to prove what the policy promises (GDPR Art. 5(2), 24)',
  'Écrit par le dispositif de conformité pour tenir et prouver les engagements de la politique (RGPD art. 5(2), 24)',
);

type SpecialCategory = NonNullable<PolicyRecord['specialCategory']>;

/**
 * Art. 9(2)(a). The text names no ground; for a private publisher none of the others fits the daily
 * use of the apps. The app asks for the service as a whole (`coreService`) and for each further
 * purpose; the controller confirms it in its impact assessment (Art. 35).
 */
const explicit: SpecialCategory = {
  article: '9(2)(a)',
  text: {
    en: 'Using an app made for people with cognitive disabilities can reveal something about health. The person, or who acts for them by law, agrees to it expressly, in a question of its own.',
    fr: "L'usage d'une application conçue pour des personnes en situation de handicap cognitif peut révéler une information de santé. La personne, ou qui la représente légalement, y consent expressément, par une question dédiée.",
  },
  source: toConfirm(
    ownChoice(
      'The text is silent. Careful reading of CJEU C-184/20 (data that reveal health indirectly are special); the impact assessment decides',
      "Le texte est muet. Lecture prudente de CJUE C-184/20 (une donnée qui révèle indirectement la santé est sensible) ; l'analyse d'impact en décide",
    ),
  ),
};

/** The explicit consents that a record or a recipient rests on. */
export const explicitConsent = (...consents: readonly string[]): SpecialCategory => ({
  ...explicit,
  consents: [...consents],
});

/** People without an account write by themselves: the form asks. */
export const askedInTheForm: SpecialCategory = {
  ...explicit,
  askedElsewhere: {
    en: 'In the contact form, before the message is sent.',
    fr: "Dans le formulaire de contact, avant l'envoi du message.",
  },
};

/** Art. 9(2)(f): evidence, requests and holds. */
export const legalClaims: SpecialCategory = {
  article: '9(2)(f)',
  text: {
    en: 'Needed to establish, exercise or defend legal claims, such as showing that a consent was given or a request answered.',
    fr: "Nécessaire à la constatation, à l'exercice ou à la défense de droits en justice, par exemple pour montrer qu'un consentement a été donné ou une demande traitée.",
  },
  source: ownChoice(
    'The text names legal action as a use of data, without the ground of Art. 9(2)',
    "Le texte cite l'action en justice parmi les usages, sans le fondement de l'art. 9(2)",
  ),
};

/** GDPR Art. 17(1): data that nothing asks to keep go with the account. */
export const withTheAccount: FateRule = {
  when: { event: 'accountDeleted' },
  after: 'P0D',
  then: { do: 'delete' },
  source: statute('GDPR Art. 17(1)', 'RGPD art. 17(1)'),
};

/** Deleted when a period after the time in a field is over. */
export const deleteAfter = (field: string, after: Period, source: Source): FateRule => ({
  when: { field },
  after,
  then: { do: 'delete' },
  source,
});

/** GDPR Art. 17(1)(b): data that rest on a consent alone go when it no longer stands. */
export const withTheConsent = (purpose: string): FateRule => ({
  when: { withdrawn: purpose },
  after: 'P0D',
  then: { do: 'delete' },
  source: statute('GDPR Art. 17(1)(b)', 'RGPD art. 17(1)(b)'),
});

const accounting: Ground = {
  article: 'Art. 17(3)(b)',
  text: {
    en: 'Accounting records and the documents that support them are kept for ten years from the close of the financial year (Code de commerce, art. L123-22).',
    fr: "Les documents comptables et les pièces justificatives sont conservés dix ans à compter de la clôture de l'exercice (Code de commerce, art. L123-22).",
  },
};

/**
 * Ten years from the close of the financial year: kept until then, and ended then, with or without
 * an account.
 */
export const accountingFate = (field: string): FateRule[] => [
  {
    when: { field, from: 'financialYearEnd' },
    after: 'P10Y',
    then: { do: 'retain', ground: accounting },
    source: statute('Code de commerce, art. L123-22'),
  },
  withTheAccount,
  {
    when: { field, from: 'financialYearEnd' },
    after: 'P10Y',
    then: { do: 'delete' },
    source: statute(
      'GDPR Art. 5(1)(e): the duty to keep has ended',
      "RGPD art. 5(1)(e) : l'obligation de conserver a pris fin",
    ),
  },
];

/** A third of the month that Art. 12(3) gives, so that an answer or a reminder still fits in. */
const WITHIN = 'P10D';

/** A recipient that an officer asks, and how. */
export const manual = (en: string, fr: string): Recipient['reach'] => ({ manual: { en, fr }, within: WITHIN });

/**
 * The name and address of a person at a recipient that an officer asks. It is told of requests:
 * of each change in the app nobody could be told by hand.
 */
export const nameAndAddress: NonNullable<Recipient['mirrors']> = {
  values: [{ account: 'email' }, { profile: ['firstName'] }, { profile: ['lastName'] }],
  after: 'request',
};

/** The text names no country and no safeguard of any recipient. */
export const countriesSource = toConfirm(
  ownChoice(
    "The text names none: countries and safeguards of the provider's published terms; contract clauses alone if no certification could be verified",
    "Le texte n'en nomme pas : pays et garanties selon les conditions publiées du prestataire ; les clauses seules si aucune certification n'a pu être vérifiée",
  ),
);

/** Accounts that nobody uses. */
export const unusedAccounts = customerFiles(
  'accounts without any action for two years end after a notice (so too CNIL, 18 September 2025, on accounts with digital contents)',
  'un compte sans aucune action pendant deux ans prend fin après un avis (de même CNIL, 18 septembre 2025, sur les comptes de contenus numériques)',
);

/** Messages about rights: an opening that Brevo counts names nobody. */
export const unnamedOpenings = provider(
  'Brevo, Send a transactional email: contactPixelTrackingConsent false makes an opening anonymous, if the account has this feature (developers.brevo.com/changelog/2026/7/21); if the account adds a pixel to a plain text at all is to be confirmed. Loi Informatique et Libertés, art. 82; CNIL, délibération 2026-042 of 12 March 2026',
  "Brevo, Send a transactional email : contactPixelTrackingConsent à false rend une ouverture anonyme, si le compte a cette fonction (developers.brevo.com/changelog/2026/7/21) ; l'ajout d'un pixel à un texte simple par le compte est à confirmer. Loi Informatique et Libertés, art. 82 ; CNIL, délibération 2026-042 du 12 mars 2026",
  '2026-11-30',
);

/** The trackers in e-mails that tell if somebody opened them. */
export const pixels = cnil(
  'Loi Informatique et Libertés, art. 82; recommendation on tracking pixels in e-mails, délibération 2026-042 of 12 March 2026',
  'Loi Informatique et Libertés, art. 82 ; recommandation sur les pixels de suivi dans les courriels, délibération 2026-042 du 12 mars 2026',
);

const mandatory = policyText('Types of data collected: all data requested are mandatory unless AMIKEO says otherwise');
const GIVEN: Readonly<Record<Provision['required'], Source>> = {
  contract: mandatory,
  law: mandatory,
  request: mandatory,
  no: policyText('Types of data collected: users are free not to communicate data that are not mandatory'),
  collected: policyText('Types of data collected: usage data are collected automatically; System and maintenance logs'),
};

/**
 * If people have to give the data of a purpose: the text says that they do unless AMIKEO says
 * otherwise. Which data that concerns is the controller's statement.
 */
export const given = (
  required: Provision['required'],
  without: Provision['without'],
  optional?: readonly string[],
): Provision => ({
  required,
  ...(optional === undefined ? {} : { optional: [...optional] }),
  without,
  source: toConfirm(GIVEN[required]),
});

/** Trackers of the person's own request, which need no consent (loi n° 78-17, art. 82). */
export const strictlyNecessary = (en: string, fr: string): Purpose['trackersWithoutConsent'] => ({
  text: { en, fr },
  source: toConfirm(
    statute(
      'Loi n° 78-17 du 6 janvier 1978 (Informatique et Libertés), art. 82: strictly needed for a service that the user expressly asks for',
      "Loi n° 78-17 du 6 janvier 1978 (Informatique et Libertés), art. 82 : strictement nécessaire à un service expressément demandé par l'utilisateur",
    ),
  ),
});
