import type { links as English } from '../en/links.ts';

const received = 'Wij hebben uw verzoek.';
const answer = (period: string): string => `U krijgt binnen ${period} antwoord.`;
const inApp = 'Hebt u een account? Log in bij de app en vraag het daar, dat gaat sneller.';

export const links: typeof English = {
  mail: {
    subject: (name) => `${name}: bevestig dit alstublieft`,
    lines: (wish, url, time) => [
      'Hallo,',
      '',
      'Iemand heeft uw e-mailadres in ons formulier geschreven, en vroeg ons:',
      `“${wish}”`,
      '',
      'Was u dat? Open deze pagina en druk op de knop:',
      url,
      '',
      `De link werkt één keer, tot ${time}.`,
      '',
      'Was u dat niet? Dan hoeft u niets te doen. Zonder de knop gebeurt er niets.',
    ],
    question: 'Hebt u een vraag? Schrijf ons:',
  },
  asks: {
    access: {
      wish: 'Laat mij mijn gegevens zien.',
      follows: 'Een mens kijkt naar uw verzoek. Hebt u een account? Vraag het in de app, dat gaat sneller.',
      done: (period) => `${received} ${answer(period)} ${inApp}`,
    },
    portability: {
      wish: 'Geef mij mijn gegevens als bestand.',
      follows: 'Een mens kijkt naar uw verzoek. Hebt u een account? Vraag het in de app, dat gaat sneller.',
      done: (period) => `${received} ${answer(period)} ${inApp}`,
    },
    erasure: {
      wish: 'Wis mijn gegevens.',
      follows: 'Een mens kijkt naar uw verzoek. Hebt u een account? Vraag het in de app, dat gaat sneller.',
      done: (period) => `${received} Wij wissen niets voordat wij weten dat u het bent. ${answer(period)} ${inApp}`,
    },
    rectification: {
      wish: 'Verbeter mijn gegevens.',
      follows: 'Een mens kijkt naar uw verzoek en schrijft u.',
      done: (period) => `${received} ${answer(period)}`,
    },
    restriction: {
      wish: 'Bewaar mijn gegevens, en gebruik ze niet.',
      follows: 'Een mens kijkt naar uw verzoek en schrijft u.',
      done: (period) => `${received} ${answer(period)}`,
    },
    objection: {
      wish: 'Ik wil niet dat u mijn gegevens gebruikt.',
      follows:
        'Kiest u reclame? Dan stopt die meteen. Voor al het andere kijkt een mens naar uw verzoek en schrijft u.',
      done: (period) => `${received} ${answer(period)}`,
    },
    marketing: {
      wish: 'Stuur mij geen reclame meer.',
      follows: 'Wij sturen u geen reclame meer.',
      done: () => 'Wij stoppen met reclame aan u. Een bericht dat onderweg is, kan nog aankomen.',
    },
  },
  pages: {
    ask: {
      title: 'Bevestig dit alstublieft',
      intro: 'U vroeg ons:',
      about: 'Waarvoor mogen wij uw gegevens niet meer gebruiken?',
      other: 'Iets anders, of ik weet het niet',
      button: 'Ja, dat wil ik',
      otherwise: 'Hebt u dit niet gevraagd? Sluit deze pagina. Dan gebeurt er niets.',
    },
    done: { title: 'Dank u wel', close: 'U kunt deze pagina sluiten.' },
    over: {
      title: 'Deze link werkt niet',
      why: 'Een link werkt één keer, en een uur lang.',
      again: 'U kunt altijd een nieuwe link vragen.',
    },
    failed: { title: 'Dat lukte niet', again: 'De fout ligt bij ons. Probeer het over een paar minuten opnieuw.' },
    question: 'Hebt u een vraag?',
  },
};
