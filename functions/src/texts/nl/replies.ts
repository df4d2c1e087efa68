import type { replies as English } from '../en/replies.ts';

export const replies: typeof English = {
  subject: {
    extended: (name) => `${name}: uw verzoek duurt langer`,
    answered: (name) => `${name}: ons antwoord op uw verzoek`,
    refused: (name) => `${name}: ons antwoord op uw verzoek`,
  },
  hello: 'Hallo,',
  asked: (day, what) => `Op ${day} hebt u ons dit gevraagd: ${what}.`,
  extended: {
    reason: {
      complexity: 'Wij hebben meer tijd nodig, want uw verzoek is moeilijk.',
      number: 'Wij hebben meer tijd nodig, want u hebt ons veel verzoeken gestuurd.',
    },
    until: (day) => `U krijgt ons antwoord op zijn laatst op ${day}.`,
  },
  answered: {
    done: 'Wij hebben gedaan wat u vroeg.',
    partly: 'Wij hebben een deel gedaan van wat u vroeg.',
    pausedFor: 'Wij zijn hiervoor gestopt met het gebruik van uw gegevens. Wij bewaren ze alleen:',
    doneOf: {
      rectification: 'Wij hebben uw gegevens verbeterd.',
      restriction: 'Wij gebruiken uw gegevens voorlopig niet. Wij bewaren ze alleen.',
      objection: 'Wij zijn gestopt met dat waar u nee tegen zei.',
    },
  },
  paused: {
    telling: (companies: string, day: string) =>
      `Deze bedrijven weten het nog niet: ${companies}. Wij vragen hun om ook te stoppen, ten laatste op ${day}.`,
  },
  corrected: {
    told: 'Deze bedrijven hebben van ons een deel van uw gegevens. Ze hebben nu dezelfde gegevens als wij:',
    asked: 'Wij vragen ook deze bedrijven om uw gegevens te verbeteren, als ze die hebben:',
    refused:
      'Wij hebben het ook aan deze bedrijven gevraagd. Zij hebben uw gegevens niet verbeterd. U kunt ons vragen waarom:',
  },
  offer: 'Denkt u dat uw gegevens niet kloppen? U kunt ons vragen om ze niet te gebruiken zolang wij dat nakijken.',
  objected: {
    stopped: 'Wij maken geen reclame meer voor u. Hiermee zijn wij gestopt:',
    telling: (companies: string, day: string) =>
      `Wij vragen ook aan deze bedrijven om te stoppen: ${companies}. Dat doen wij ten laatste op ${day}.`,
    again: 'U kunt in de app altijd opnieuw ja zeggen.',
    byHand: (day: string) =>
      `Onze computer kan dit niet stoppen. Iemand van ons stopt het met de hand, ten laatste op ${day}:`,
    saidYes: 'Na uw verzoek hebt u hier opnieuw ja op gezegd. Wij gaan er dus mee door:',
    no: 'U kunt in de app altijd opnieuw nee zeggen.',
    /** After the last task, if one ended otherwise than done. */
    left: 'Wij weten niet of dit voor u gestopt is. Schrijf ons als u nog berichten krijgt:',
    refused: (companies: string) => `Deze bedrijven zijn niet gestopt: ${companies}. U kunt ons vragen waarom.`,
    unknown: (companies: string) =>
      `Wij weten niet of deze bedrijven gestopt zijn: ${companies}. U kunt het ons vragen.`,
  },
  about: {
    purpose: (name: string) => `Het gaat over dit: ${name}.`,
    interest: (interest: string) => `Hierom doen wij het: ${interest}`,
    otherBasis:
      'De wet geeft dit recht voor andere gevallen. Wij bekijken uw verzoek toch, want dat staat in ons privacybeleid.',
    withdrawal: 'U kunt uw ja ook intrekken: in de instellingen van de app. Dat telt meteen.',
  },
  refused: {
    yourWords:
      'Wat u ons schreef, blijft bij uw gegevens staan. Vraagt u een kopie van uw gegevens, dan staan uw woorden erin.',
    cannot: 'Wij doen niet wat u vroeg.',
    usedAgain: (day: string) =>
      `Wij gebruikten uw gegevens hier even niet voor. Vanaf ${day} gebruiken wij ze er weer voor.`,
    pauseEnds: (day: string) =>
      `Wij gebruikten uw gegevens hier even niet voor. Die pauze eindigt op ${day}. Wij gebruiken ze er nog altijd niet voor: een andere pauze gaat door.`,
    reason: {
      unidentified: 'De reden: wij konden niet nagaan dat u het echt bent. Dat beschermt uw gegevens.',
      excessive: 'De reden: u hebt heel vaak hetzelfde gevraagd.',
      unfounded: 'De reden: het is duidelijk dat u hier geen recht op hebt.',
      lawKeeps: 'De reden: van de wet moeten wij deze gegevens bewaren.',
      othersRights: 'De reden: het zou de rechten van andere mensen schaden.',
      compellingGround: 'De reden: wij hebben een sterke reden om door te gaan. Die weegt hier zwaarder dan de uwe.',
      legalClaims: 'De reden: wij hebben deze gegevens nodig voor een rechtszaak, of om onze rechten te verdedigen.',
      conditions: 'De reden: de wet zegt wanneer u dit recht hebt. Dat is hier niet zo.',
    },
  },
  officersWords: 'Iemand van ons team heeft dit voor u geschreven:',
  remedies: {
    title: 'Bent u het er niet mee eens? Dan kunt u dit doen:',
    write: (email) => `Schrijf ons: ${email}. Een andere volwassene kan u helpen.`,
    complain: 'U kunt klagen bij de toezichthouder voor privacy. Dat kost niets:',
    court: 'U kunt naar de rechter gaan. Een rechter beslist dan. Een advocaat of een vereniging kan u helpen.',
    law: 'Dit staat in de wet: Algemene verordening gegevensbescherming (AVG), artikelen 12, 77 en 79.',
  },
};
