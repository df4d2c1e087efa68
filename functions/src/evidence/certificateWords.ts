import type { Certificate, CertificateOutcome, CertificateState } from './certificateShape.ts';

/** The words of the readable certificate: everything that is not in the signed JSON itself. */

export type Language = 'en' | 'fr';
export type Words = Readonly<Record<Language, string>>;

const t = (en: string, fr: string): Words => ({ en, fr });

export const words = {
  title: t('Certificate of erasure', "Attestation d'effacement"),
  interimTitle: t('Interim certificate of erasure', "Attestation provisoire d'effacement"),
  interim: t(
    'A legal hold still keeps something. What it keeps ends when the hold does; a final certificate then replaces this one.',
    'Un gel juridique retient encore des données. Elles prendront fin avec lui ; une attestation définitive remplacera alors celle-ci.',
  ),
  follows: t(
    'This certificate replaces the one with this SHA-256:',
    'Cette attestation remplace celle dont le SHA-256 est :',
  ),
  summary: t('In short: kinds of data', 'En bref : catégories de données'),
  controller: t('Who is responsible', 'Le responsable du traitement'),
  name: t('Name', 'Nom'),
  address: t('Address', 'Adresse'),
  contact: t('Contact', 'Contact'),
  officer: t('Data protection officer', 'Délégué à la protection des données'),
  authority: t('Supervisory authority', 'Autorité de contrôle'),
  complain: t(
    'You can complain to this authority (GDPR Art. 77).',
    'Vous pouvez introduire une réclamation auprès de cette autorité (RGPD art. 77).',
  ),
  when: t('What happened when', 'Le déroulement'),
  startedBy: t('Begun by', 'Origine'),
  asked: t('Asked, or account deleted', 'Demande, ou suppression du compte'),
  began: t('Erasure began', "Début de l'effacement"),
  accountEnded: t('The account counts as ended from', 'Fin du compte, pour le calcul des durées'),
  readBack: t('Every system read back', 'Relecture de tous les systèmes'),
  secondLook: t('Looked at once more, for what came late', 'Seconde vérification, pour ce qui arriverait en retard'),
  thirdLook: t(
    "Looked at a last time, for what other companies' servers wrote again",
    "Dernière vérification, pour ce que les serveurs d'autres sociétés auraient réécrit",
  ),
  completed: t('Completed', 'Effacement terminé'),
  notCompleted: t('not yet', 'pas encore'),
  issued: t('This certificate', 'La présente attestation'),
  policyVersion: t('Version of the privacy policy', 'Version de la politique de confidentialité'),
  data: t('What became of the data', 'Ce que sont devenues les données'),
  kindOfData: t('Data', 'Données'),
  askedFor: t('What the policy asks', 'Ce que prévoit la politique'),
  outcome: t('What became of it', 'Résultat'),
  heldBy: t('held by', 'chez'),
  recipients: t(
    'Recipients: who was told, and who is to be told (GDPR Art. 19)',
    'Destinataires informés, ou à informer (RGPD art. 19)',
  ),
  recipient: t('Recipient', 'Destinataire'),
  how: t('How', 'Comment'),
  byInterface: t('by this backend, through its interface', 'par ce dispositif, via son interface'),
  byOfficer: t('by an officer of the controller', 'par une personne chargée de ces demandes'),
  notified: t('on', 'le'),
  remains: t('Copies that last for a while', 'Copies qui subsistent quelque temps'),
  remainsMeans: t(
    'Nobody uses them. They end by themselves, at the latest on the date given; after a restore the erasure is done again.',
    "Personne ne les utilise. Elles s'effacent d'elles-mêmes, au plus tard à la date indiquée ; après une restauration, l'effacement est refait.",
  ),
  copy: t('Copy', 'Copie'),
  until: t('until', "jusqu'au"),
  latest: t('At the latest until', "Au plus tard jusqu'au"),
  kept: t('Proof that stays, under a pseudonym', 'Preuves conservées, sous un pseudonyme'),
  rule: t('For how long', 'Durée'),
  proof: t('The proof', 'La preuve'),
  proofMeans: t(
    'This page was made from a signed file (JSON). The file counts, not the page. It can be checked without our help:',
    "Cette page est tirée d'un fichier signé (JSON). C'est le fichier qui fait foi, non la page. Il se vérifie sans notre aide :",
  ),
  sha256: t('SHA-256 of the file', 'SHA-256 du fichier'),
  id: t('Erasure', 'Effacement'),
  number: t('Number of this certificate', "Numéro de l'attestation"),
  pseudonym: t('Pseudonym of the person', 'Pseudonyme de la personne'),
  ledger: t('Last entry of the ledger', 'Dernière inscription au registre'),
  noLedger: t('not closed yet', 'pas encore clos'),
  keyId: t('Key', 'Clé'),
  publicKey: t('Public key', 'Clé publique'),
  signature: t('Signature (Ed25519)', 'Signature (Ed25519)'),
  readBackOn: t('Checked on', 'Vérifié le'),
} satisfies Record<string, Words>;

export const colon = (language: Language): string => (language === 'en' ? ': ' : ' : ');

export const starts: Readonly<Record<Certificate['startedBy'], Words>> = {
  accountDeleted: t('the deletion of the account', 'la suppression du compte'),
  request: t("the person's request", 'une demande de la personne'),
  missingAccount: t('an account that was found missing', 'un compte constaté absent'),
  officer: t('an officer of the controller', 'une personne habilitée chez le responsable'),
  inactivity: t('an account that nobody used for long', 'un compte resté longtemps inutilisé'),
};

/** A state by itself, for the summary. */
export const states: Readonly<Record<CertificateState, Words>> = {
  done: t('Ended, and read back', 'Effacées, puis relues'),
  retained: t('Kept in part or whole, on a ground', 'Conservées en tout ou partie, pour un motif'),
  pending: t('To end with the step after this certificate', "À effacer par l'étape qui suit cette attestation"),
  submitted: t('Asked of another company, not finished', 'Demandées à une autre société, pas encore terminées'),
  manual: t('Left to an officer', 'À traiter par une personne habilitée'),
  unknown: t('Not known', 'Sort inconnu'),
};

const ends: Readonly<Record<string, Words>> = {
  deleted: t('Deleted', 'Supprimé'),
  anonymised: t('No longer attributed to the person', "N'est plus rattaché à la personne"),
  archived: t('Moved to an archive', 'Versé dans une archive'),
  changed: t('Changed', 'Modifié'),
  objected: t('Left alone after an objection', 'Laissé tel quel après une opposition'),
};

/** One outcome in words, as it is and no better. */
export function outcomeInWords(
  outcome: CertificateOutcome,
  language: Language,
  when: (moment: string) => string,
): string[] {
  const en = language === 'en';
  const numbered = (what: string, count: number): string => `${what}${colon(language)}${count}`;
  switch (outcome.outcome) {
    case 'done': {
      const nothing = en ? 'Nothing was there' : "Il n'y avait rien";
      const done =
        outcome.how === undefined ? (en ? 'Ended' : 'Terminé') : (ends[outcome.how]?.[language] ?? outcome.how);
      const what = outcome.count === 0 ? nothing : numbered(done, outcome.count);
      return [`${what}. ${words.readBackOn[language]} ${when(outcome.at)}.`];
    }
    case 'retained': {
      const { ground, until, ids = [], held } = outcome;
      const end =
        until === null
          ? en
            ? 'No date is set yet'
            : "Aucune date n'est encore fixée"
          : `${en ? 'Until' : "Jusqu'au"} ${when(until)}`;
      return [
        `${numbered(en ? 'Kept' : 'Conservé', outcome.count)}. ${end}.`,
        `${ground.article}${colon(language)}${ground.text[language]}`,
        ...(held === true
          ? [
              en
                ? 'A legal hold keeps it, and it ends with the hold.'
                : 'Un gel juridique le retient ; il prendra fin avec lui.',
            ]
          : []),
        ...(ids.length === 0
          ? []
          : [`${en ? 'Numbers there' : 'Numéros chez le destinataire'}${colon(language)}${ids.join(', ')}`]),
      ];
    }
    case 'submitted': {
      const process = outcome.providerId === '' ? '' : ` (${outcome.providerId})`;
      const asked = numbered(en ? 'Asked, not finished' : 'Demandé, pas encore terminé', outcome.count);
      return [`${asked}${process}. ${en ? 'To be finished by' : 'À terminer avant le'} ${when(outcome.finishBy)}.`];
    }
    case 'manual': {
      const count = outcome.count === 0 ? '' : ` (${outcome.count})`;
      const due = en
        ? `For an officer to do by ${when(outcome.by)}`
        : `À faire par une personne habilitée avant le ${when(outcome.by)}`;
      return [`${due}${count}${colon(language)}${outcome.what[language]}`];
    }
    case 'pending':
      return [
        en
          ? 'Ends with the step after this certificate: it was needed until here.'
          : "Effacé par l'étape qui suit cette attestation : il servait encore jusqu'ici.",
      ];
    case 'unknown':
      return [en ? 'Not known: nothing is claimed of it.' : "Inconnu : rien n'en est affirmé."];
  }
}
