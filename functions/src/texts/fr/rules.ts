import type { rules as English } from '../en/rules.ts';

export const rules: typeof English = {
  legalBases: {
    consent: 'consentement (art. 6(1)(a))',
    contract: "exécution d'un contrat (art. 6(1)(b))",
    legalObligation: 'obligation légale (art. 6(1)(c))',
    vitalInterest: 'intérêts vitaux (art. 6(1)(d))',
    publicTask: "mission d'intérêt public (art. 6(1)(e))",
    legitimateInterest: 'intérêt légitime (art. 6(1)(f))',
  },
  provisions: {
    contract: 'exigées par le contrat',
    law: 'exigées par la loi',
    request: 'nécessaires à ce que la personne demande',
    no: 'la personne est libre de les donner',
    collected:
      "rien n'est demandé : collectées pendant l'utilisation, ou données pour autre chose ; personne ne peut les laisser de côté",
  },
  roles: {
    processor: 'sous-traitant',
    jointController: 'responsable conjoint',
    controller: 'responsable de traitement',
  },
  safeguards: {
    adequacyDecision: "décision d'adéquation",
    dataPrivacyFramework: 'cadre de protection des données UE-États-Unis',
    standardContractualClauses: 'clauses contractuelles types',
    bindingCorporateRules: "règles d'entreprise contraignantes",
  },
  sources: {
    policyText: 'texte de la politique',
    statute: 'loi',
    cnil: 'CNIL',
    provider: 'prestataire',
    ownChoice: 'choix du responsable',
  },
  readOn: (day) => `consulté le ${day}`,
  toBeConfirmed: 'à confirmer par le responsable',
  events: {
    accountDeleted: 'la suppression du compte',
    inactive: 'la dernière activité',
    contractEnded: 'la fin du contrat',
  },
  withdrawal: (purpose) => `le retrait du consentement « ${purpose} »`,
  objection: (purpose) => `une opposition à « ${purpose} » qui est acceptée`,
  dateIn: (field) => `la date ${field}`,
  financialYearEnd: (field) => `la clôture de l'exercice de ${field}`,
  deleted: 'supprimé',
  kept: 'conservé',
  archived: (to) => `versé dans « ${to} »`,
  anonymised: (fields) => `rendu non attribuable (${fields} retirés)`,
  after: (period, start) => `${period} après ${start}`,
  until: (ending, end, article, why) => `${ending} jusqu'à ${end} (${article} : ${why})`,
  with: (ending, start) => `${ending} dès ${start}`,
  endsWith: (name) => `prend fin d'un bloc, avec : ${name}`,
  keptByRecipient: {
    receipt: (period) => `${period} au plus après réception`,
    deletion: (period) => `aussi longtemps que les enregistrements ici, puis ${period} au plus dans ses copies`,
    asked: (period) => `jusqu'à ce que nous lui demandions de les effacer, puis ${period} au plus dans ses copies`,
    atOnce: {
      deletion: 'aussi longtemps que les enregistrements ici, pas davantage',
      asked: "jusqu'à ce que nous lui demandions de les effacer, pas davantage",
    },
    orLonger: {
      receipt: (period) => `${period} ou plus après réception`,
      deletion: (period) => `aussi longtemps que les enregistrements ici, puis ${period} ou plus dans ses copies`,
      asked: (period) => `jusqu'à ce que nous lui demandions de les effacer, puis ${period} ou plus dans ses copies`,
    },
  },
  separator: ' ; ',
};
