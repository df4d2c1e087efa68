import type { rules as English } from '../en/rules.ts';

export const rules: typeof English = {
  legalBases: {
    consent: 'toestemming (art. 6, lid 1, a)',
    contract: 'uitvoering van een overeenkomst (art. 6, lid 1, b)',
    legalObligation: 'wettelijke verplichting (art. 6, lid 1, c)',
    vitalInterest: 'vitale belangen (art. 6, lid 1, d)',
    publicTask: 'taak van algemeen belang (art. 6, lid 1, e)',
    legitimateInterest: 'gerechtvaardigd belang (art. 6, lid 1, f)',
  },
  provisions: {
    contract: 'vereist door de overeenkomst',
    law: 'vereist door de wet',
    request: 'nodig voor wat de persoon vraagt',
    no: 'de persoon mag ze geven',
    collected:
      'er wordt niets gevraagd: verzameld bij het gebruik, of gegeven voor iets anders; niemand kan ze weglaten',
  },
  roles: {
    processor: 'verwerker',
    jointController: 'gezamenlijke verwerkingsverantwoordelijke',
    controller: 'verwerkingsverantwoordelijke',
  },
  safeguards: {
    adequacyDecision: 'adequaatheidsbesluit',
    dataPrivacyFramework: 'EU-VS-kader voor gegevensbescherming',
    standardContractualClauses: 'standaardcontractbepalingen',
    bindingCorporateRules: 'bindende bedrijfsvoorschriften',
  },
  sources: {
    policyText: 'tekst van het beleid',
    statute: 'wet',
    cnil: 'CNIL',
    provider: 'leverancier',
    ownChoice: 'keuze van de verwerkingsverantwoordelijke',
  },
  readOn: (day) => `gelezen op ${day}`,
  toBeConfirmed: 'te bevestigen door de verwerkingsverantwoordelijke',
  events: {
    accountDeleted: 'de verwijdering van het account',
    inactive: 'de laatste activiteit',
    contractEnded: 'het einde van de overeenkomst',
  },
  withdrawal: (purpose) => `de intrekking van de toestemming “${purpose}”`,
  objection: (purpose) => `een bezwaar tegen “${purpose}” dat wordt aanvaard`,
  dateIn: (field) => `de datum in ${field}`,
  financialYearEnd: (field) => `het einde van het boekjaar van ${field}`,
  deleted: 'verwijderd',
  kept: 'bewaard',
  archived: (to) => `verplaatst naar “${to}”`,
  anonymised: (fields) => `hoort bij niemand meer (${fields} verwijderd)`,
  after: (period, start) => `${period} na ${start}`,
  until: (ending, end, article, why) => `${ending} tot ${end} (${article}: ${why})`,
  with: (ending, start) => `${ending} bij ${start}`,
  endsWith: (name) => `eindigt in één keer, samen met: ${name}`,
  keptByRecipient: {
    receipt: (period) => `hoogstens ${period} na ontvangst`,
    deletion: (period) => `zo lang als de gegevens hier, en daarna hoogstens ${period} in zijn kopieën`,
    asked: (period) => `tot wij vragen om ze te wissen, en daarna hoogstens ${period} in zijn kopieën`,
    atOnce: {
      deletion: 'zo lang als de gegevens hier, en niet langer',
      asked: 'tot wij vragen om ze te wissen, en niet langer',
    },
    orLonger: {
      receipt: (period) => `${period} of langer na ontvangst`,
      deletion: (period) => `zo lang als de gegevens hier, en daarna ${period} of langer in zijn kopieën`,
      asked: (period) => `tot wij vragen om ze te wissen, en daarna ${period} of langer in zijn kopieën`,
    },
  },
  separator: '; ',
};
