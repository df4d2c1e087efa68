import type { rights as English } from '../en/rights.ts';

export const rights: typeof English = {
  requested: {
    access: {
      name: 'Inzage',
      what: 'U mag weten of er gegevens over u worden verwerkt, een kopie krijgen, en horen waarvoor ze worden gebruikt, wie ze krijgt, hoe lang ze worden bewaard en hoe ze worden beschermd.',
      request: 'inzage',
      easyName: 'Uw gegevens zien',
      easyWhat: 'U kunt vragen welke gegevens wij over u hebben, en hoe wij ze beschermen. U krijgt een kopie.',
    },
    rectification: {
      name: 'Rectificatie',
      what: 'U mag onjuiste gegevens laten verbeteren en onvolledige gegevens laten aanvullen.',
      request: 'rectificatie',
      easyName: 'Uw gegevens verbeteren',
      easyWhat: 'Klopt er iets niet? U kunt het laten verbeteren.',
    },
    erasure: {
      name: 'Wissing',
      what: 'U mag uw gegevens laten wissen, behalve wat bewaard moet blijven volgens de wet of voor de instelling, uitoefening of onderbouwing van een rechtsvordering.',
      request: 'wissing',
      easyName: 'Uw gegevens verwijderen',
      easyWhat: 'U kunt uw gegevens laten verwijderen. Een deel moeten wij van de wet bewaren, zoals rekeningen.',
    },
    restriction: {
      name: 'Beperking van de verwerking',
      what: 'U mag het gebruik van uw gegevens laten stilzetten: terwijl de juistheid of een bezwaar wordt onderzocht, als u dat liever hebt dan wissing, of als u ze nodig hebt voor een rechtsvordering.',
      request: 'beperking',
      easyName: 'Het gebruik van uw gegevens stilzetten',
      easyWhat: 'U kunt vragen dat wij uw gegevens een tijd niet gebruiken.',
    },
    portability: {
      name: 'Overdraagbaarheid van gegevens',
      what: 'U mag de gegevens die u met toestemming of voor een overeenkomst hebt gegeven, krijgen in een gestructureerde, gangbare en machineleesbare vorm, en ze laten doorsturen naar een andere verwerkingsverantwoordelijke als dat technisch kan.',
      request: 'overdraagbaarheid',
      easyName: 'Uw gegevens meenemen',
      easyWhat: 'U kunt uw gegevens meenemen naar een ander bedrijf.',
    },
    objection: {
      name: 'Bezwaar',
      what: 'U mag bezwaar maken tegen een verwerking op grond van een gerechtvaardigd belang of een taak van algemeen belang, om redenen van uw situatie; en tegen direct marketing altijd, zonder reden.',
      request: 'bezwaar',
      easyName: 'Nee zeggen',
      easyWhat: 'U kunt nee zeggen tegen wat wij met uw gegevens doen. Tegen reclame kunt u altijd nee zeggen.',
    },
  },
  objectionToEveryBasis:
    'U kunt bezwaar maken tegen een verwerking die op iets anders berust dan uw toestemming, om redenen van uw situatie; en tegen direct marketing op elk moment, zonder reden.',
  withdrawal: {
    name: 'Intrekking van een toestemming',
    what: 'U mag elke toestemming op elk moment intrekken. Wat eerder is gedaan blijft rechtmatig; daarna gebeurt er niets meer op die grond.',
    how: (contact) =>
      `In de instellingen van de app, waar de toestemming is gegeven, even makkelijk als toen; het werkt meteen. Of schriftelijk bij ${contact}.`,
    easyName: 'Uw ja intrekken',
    easyWhat: 'Hebt u ergens ja op gezegd? U mag altijd van mening veranderen.',
    easyHow: 'Open de instellingen van de app. Verander daar uw antwoord. Het telt meteen. Of schrijf ons.',
  },
  inApp: (request, contact) => `In de app, bij de privacyverzoeken: “${request}”. Of schriftelijk bij ${contact}.`,
  easyInApp: (request) => `In de app: privacyverzoeken, “${request}”. Of schrijf ons.`,
  inWriting: (contact, address) => `Schriftelijk bij ${contact}, of per post aan ${address}.`,
  answeredWithin: (period) => `Binnen ${period} na het verzoek (AVG art. 12, lid 3).`,
  answeredLater: (longer) =>
    `Is een verzoek ingewikkeld, of doet u er veel, dan kan er ${longer} bij komen: dat hoort u, met de reden, binnen de eerste termijn.`,
  cost: 'Gratis (AVG art. 12, lid 5).',
  easy: {
    inApp: 'In de app: open de privacyverzoeken. Kies wat u wilt.',
    inWriting: (contact) => `Of schrijf ons: ${contact}. Een volwassene kan u helpen.`,
    period: (period) => `Wij antwoorden binnen ${period}.`,
    cost: 'Het kost niets.',
  },
  fromYou: 'u, of uw gebruik van de app',
  fromUs: 'deze organisatie of haar verwerkers',
  summary:
    'U mag vragen om rectificatie, wissing, beperking en overdraagbaarheid, bezwaar maken tegen de verwerking, en een toestemming op elk moment intrekken.',
};
