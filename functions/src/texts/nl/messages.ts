import type { messages as English } from '../en/messages.ts';

export const messages: typeof English = {
  reconsent: {
    subject: (name) => `${name}: wilt u opnieuw antwoorden?`,
    before: [
      'Hallo,',
      '',
      'U hebt in de app ja gezegd op een of meer vragen.',
      'Uw antwoord is nu oud, of onze tekst is veranderd. Daarom vragen wij het opnieuw.',
      '',
      'Het gaat over:',
    ],
    after: (email) => [
      'Wij doen dit nu niet meer. Wij beginnen er niet opnieuw mee zonder uw nieuwe antwoord.',
      'U verliest uw account niet.',
      '',
      'Wat kunt u doen?',
      'Open de app. Lees de vraag. Antwoord ja of nee.',
      'U kunt uw antwoord altijd veranderen.',
      '',
      'Hebt u een vraag? Schrijf ons:',
      email,
      '',
      'Dit bericht gaat over uw rechten. Het is geen reclame.',
    ],
  },
  erasure: {
    asked: {
      subject: (name) => `${name}: u hebt gevraagd uw account te verwijderen`,
      lines: (day) => [
        'Hallo,',
        '',
        'U hebt ons gevraagd uw account en uw gegevens te verwijderen.',
        `U kunt dit nog veranderen tot ${day}.`,
        'Wilt u uw account houden? Open de app en trek uw verzoek in.',
        '',
        'Tot die dag bewaren wij uw gegevens alleen. Wij gebruiken ze niet en sturen geen reclame.',
        'Na die dag verwijderen wij uw account. Niemand kan het terughalen.',
        '',
        'Was u het niet? Open de app en trek het verzoek in. Verander daarna uw wachtwoord.',
      ],
    },
    begun: {
      subject: (name) => `${name}: wij verwijderen uw account`,
      lines: (day, _open, lastAnswer) => [
        'Hallo,',
        '',
        'Wij verwijderen nu uw account en uw gegevens.',
        `Wij zijn klaar op zijn laatst op ${day}.`,
        'U kunt niet meer inloggen.',
        '',
        'Sommige dingen moeten wij van de wet nog een tijd bewaren, zoals facturen. Wij gebruiken ze voor niets anders.',
        'Wij schrijven u weer als er dan nog iets openstaat.',
        ...(lastAnswer
          ? ['Als alles klaar is, schrijven wij naar het adres dat u voor ons laatste antwoord gaf.']
          : []),
      ],
    },
    waiting: {
      subject: (name) => `${name}: uw gegevens zijn bij ons verwijderd`,
      lines: (day, open, lastAnswer) => [
        'Hallo,',
        '',
        'Uw account en uw gegevens zijn bij ons verwijderd.',
        open === 1 ? 'Eén ding staat nog open.' : `${open} dingen staan nog open.`,
        'Meestal moet een ander bedrijf nog iets verwijderen. Wij vragen het en wachten op antwoord.',
        `Wij wachten uiterlijk tot ${day}.`,
        '',
        'U hoeft niets te doen.',
        lastAnswer
          ? 'Als alles klaar is, schrijven wij naar het adres dat u voor ons laatste antwoord gaf.'
          : 'Dit is ons laatste bericht aan u.',
      ],
    },
    ended: {
      subject: (name) => `${name}: ons laatste antwoord`,
      hello: [
        'Hallo,',
        '',
        'U vroeg ons een account en de gegevens ervan te verwijderen. U gaf dit adres voor ons laatste antwoord.',
        'Het is klaar: de gegevens zijn bij ons verwijderd.',
      ],
      confirmed: 'De andere bedrijven die wij vroegen, hebben het ook bevestigd.',
      unconfirmed: 'Wij vroegen het ook aan deze bedrijven. Zij hebben het niet bevestigd:',
      askThem: 'U kunt het hun zelf vragen.',
      later: 'Deze bedrijven verwijderen zelf, enkele weken later:',
      rest: 'Voor sommige andere gegevens kon niemand het bevestigen. U kunt ons ernaar vragen.',
      more: (day) => [
        'Sommige dingen moeten wij van de wet nog een tijd bewaren, zoals facturen. Wij gebruiken ze voor niets anders.',
        `Wij hebben alles op ${day} opgeschreven, in een verklaring.`,
        'Wilt u die lezen? Schrijf ons. Eerst controleren wij wie u bent.',
        '',
        'Dit adres was alleen voor dit bericht.',
        'Was u het niet? Dan heeft iemand zich vergist. U hoeft niets te doen.',
      ],
    },
    after: (email, authority) => [
      'Hebt u een vraag? Schrijf ons:',
      email,
      `U kunt ook klagen bij de toezichthouder voor privacy: ${authority}`,
    ],
  },
  export: {
    subject: (name) => `${name}: uw gegevens zijn klaar`,
    sent: (host) => [`Wij hebben uw gegevens gestuurd naar ${host ?? 'het andere bedrijf'}, zoals u vroeg.`],
    refused: () => [
      'U vroeg ons uw gegevens naar een ander bedrijf te sturen. Dat kon niet.',
      'Wij hebben niets gestuurd. U kunt uw gegevens downloaden en zelf aan het bedrijf geven.',
    ],
    failed: () => [
      'U vroeg ons uw gegevens naar een ander bedrijf te sturen. Dat is niet gelukt.',
      'Wij weten niet of er iets is aangekomen. Vraag het aan het bedrijf.',
      'U kunt uw gegevens downloaden en zelf aan het bedrijf geven.',
    ],
    lines: (day, where) => [
      'Hallo,',
      '',
      'U hebt om uw gegevens gevraagd. Ze zijn klaar.',
      `U kunt ze in de app downloaden tot ${day}.`,
      'Misschien vragen wij u opnieuw in te loggen. Zo beschermen wij uw gegevens.',
      ...where,
      '',
      'Na die dag verwijderen wij het bestand. U kunt er altijd opnieuw om vragen.',
      '',
      'Hebt u er niet om gevraagd? Dan gebruikt misschien iemand anders uw account. Verander uw wachtwoord en schrijf ons.',
    ],
    lacks: [
      'Een deel van uw gegevens ontbreekt. Wij hebben anderen erom gevraagd, en het niet gekregen.',
      'U kunt ons daarover schrijven. Dit ontbreekt:',
    ],
    question: 'Hebt u een vraag? Schrijf ons:',
  },
  inactivity: {
    subject: (name) => `${name}: wilt u uw account houden?`,
    lines: (day) => [
      'Hallo,',
      '',
      'U hebt uw account al lang niet gebruikt.',
      `Wij verwijderen uw account en uw gegevens op ${day}.`,
      '',
      'Wilt u uw account houden? Open de app en log in vóór die dag. Meer hoeft niet.',
      'Hebt u het niet meer nodig? Dan hoeft u niets te doen.',
      '',
      'Na die dag kan niemand uw account terughalen.',
    ],
    question: 'Hebt u een vraag? Schrijf ons:',
  },
};
