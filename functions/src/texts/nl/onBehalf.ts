import type { onBehalf as English } from '../en/onBehalf.ts';

const wish = {
  access: 'hun een kopie geven van alles wat wij over u weten',
  portability: 'hun een kopie geven van uw gegevens',
  rectification: 'uw gegevens verbeteren',
  restriction: 'uw gegevens nu niet gebruiken',
  objection: 'stoppen met een gebruik van uw gegevens',
  erasure: 'uw account en uw gegevens wissen',
};

const who = {
  parentalAuthority: 'Uw ouder',
  tutelle: 'Uw voogd (tuteur)',
  habilitationFamiliale: 'Het familielid dat de rechter voor u koos',
  mandatDeProtectionFuture: 'De persoon die u koos om u te beschermen',
  curatelle: 'Uw curator (curateur)',
  mandate: 'De persoon die u vroeg om u te helpen',
};

export const onBehalf: typeof English = {
  who,
  wish,
  title: (wished) => `Een verzoek voor u: ${wished}`,
  asks: (by, wished) => [`${by} vraagt ons iets.`, `Dit is het verzoek: ${wished}.`],
  atOnce: ['Dit beschermt u, en het kan terug. Daarom beginnen wij nu.', 'Wilt u dat niet? Zeg nee: wij lezen het.'],
  onDay: (day) => [
    `Zegt u niets? Dan beginnen wij op ${day}.`,
    'Wilt u het? Zeg ja.',
    'Wilt u het niet? Zeg nee. Dan stoppen wij, en een mens bij ons kijkt ernaar.',
  ],
  needsYes: [
    'Wij hebben uw ja nodig. Zonder uw ja doen wij niets.',
    'Wilt u het? Zeg ja.',
    'Wilt u het niet? Zeg nee.',
  ],
  help: 'U kunt iemand vragen die u vertrouwt om u te helpen.',
  later: 'U kunt ook later nee zeggen, tot wij beginnen met wissen.',
  mail: {
    subject: (name) => `${name}: iemand vraagt ons iets voor u`,
    hello: 'Hallo,',
    answer: 'Wilt u ja of nee zeggen? Open de app.',
    question: 'Hebt u een vraag? Schrijf ons:',
  },
  reply: {
    subject: {
      extended: (name) => `${name}: een verzoek voor u duurt langer`,
      answered: (name) => `${name}: ons antwoord op een verzoek voor u`,
      refused: (name) => `${name}: ons antwoord op een verzoek voor u`,
    },
    asked: (day, by, what) => `${by} vroeg ons dit op ${day}: ${what}.`,
    done: 'Wij hebben het gedaan.',
    partly: 'Wij hebben er een deel van gedaan.',
    stopped: 'Wij zijn ermee gestopt.',
    saidYes: 'Daarna hebt u hier opnieuw ja op gezegd. Wij gaan er dus mee door:',
    cannot: 'Wij doen het niet.',
    yourWords:
      'Wat ons werd geschreven, blijft bij uw gegevens staan. Vraagt u een kopie van uw gegevens, dan staat het erin.',
    number: 'Wij hebben meer tijd nodig, want wij kregen veel verzoeken over u.',
    reason: {
      unidentified: 'De reden: wij konden niet nagaan dat die persoon voor u mag vragen. Dat beschermt uw gegevens.',
      excessive: 'De reden: ons werd heel vaak hetzelfde gevraagd.',
      unfounded: 'De reden: het is duidelijk dat de wet hier geen recht op geeft.',
      compellingGround: 'De reden: wij hebben een sterke reden om door te gaan. Die weegt hier zwaarder.',
    },
  },
  answered: {
    title: (what) => `Iemand heeft voor u geantwoord: ${what}`,
    yes: (by, what) => `${by} zei ja voor u: ${what}.`,
    no: (by, what) => `${by} zei nee voor u: ${what}.`,
    counts: ['Dit telt vanaf nu.', 'Wilt u het niet? Zeg nee. Dan stopt het.'],
    needsYou: ['Dit telt alleen als u ook ja zegt.', 'Wilt u het niet? Zeg nee.'],
    stopped: ['Het is gestopt. U kunt zelf antwoorden in de app.'],
  },
};
