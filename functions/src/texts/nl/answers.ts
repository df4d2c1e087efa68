import type { answers as English } from '../en/answers.ts';

export const answers: typeof English = {
  contact: {
    invalid: 'Vul uw e-mailadres, voornaam, achternaam en bericht in. Kijk naar de velden die een teken hebben.',
    rateLimited: 'U hebt het laatste uur te veel berichten gestuurd. Probeer het later opnieuw.',
    busy: 'Wij krijgen nu heel veel berichten. Probeer het later opnieuw.',
  },
  byEmail: {
    invalid: 'Kijk het e-mailadres na, en zeg wat u vraagt.',
    rateLimited: 'U hebt het laatste uur veel links gevraagd. Probeer het later opnieuw.',
    busy: 'Wij krijgen nu heel veel verzoeken. Probeer het later opnieuw.',
    noMail: (email) => `Wij kunnen nu geen e-mail sturen. Schrijf ons: ${email}`,
  },
  link: {
    invalid: (languages) =>
      `Wij konden de vraag niet lezen: requestId is het nummer van uw verzoek, part is een getal, language is ${languages}.`,
    stale: 'Om uw gegevens te beschermen: log opnieuw in en download dan.',
    rateLimited: 'U hebt het laatste uur vaak om een download gevraagd. Probeer het later opnieuw.',
    notFound:
      'Er is geen bestand om te downloaden: het is nog niet klaar, de tijd is voorbij, of het verzoek is ingetrokken. U kunt altijd opnieuw om uw gegevens vragen.',
  },
  receipt: {
    invalid: (languages) => `Wij konden de vraag niet lezen: language is ${languages}, format is json of html.`,
    rateLimited: 'U hebt het laatste uur vaak om dit overzicht gevraagd. Probeer het later opnieuw.',
    gone: 'Dit account is verwijderd, of de gegevens worden nu gewist. Schrijf ons als u een bewijs van uw antwoorden nodig hebt.',
  },
  guardian: {
    invalid: 'Wij konden dit antwoord niet lezen. Kijk naar de velden die een teken hebben.',
    denied:
      'U staat niet bij ons als ouder of vertegenwoordiger van deze persoon, of deze persoon beslist zelf. Klopt dat niet? Schrijf ons.',
    erased: 'Dit account bestaat niet meer.',
    tooMany: 'Er zijn vandaag te veel wijzigingen. Een ja intrekken kan nog wel; probeer het morgen opnieuw.',
    unpublished:
      'Deze vraag is verouderd. Daarom konden wij uw ja niet bewaren. Werk de app bij en antwoord opnieuw. Een nee bewaren wij altijd.',
    request: {
      invalid: 'Wij konden dit verzoek niet lezen. Kijk naar de velden die een teken hebben.',
      denied:
        'U staat niet bij ons als iemand die dit voor deze persoon mag vragen. Misschien is uw vonnis of volmacht voorbij, of staat dit er niet in. Klopt dat niet? Schrijf ons.',
      erased: 'Dit account bestaat niet meer.',
      rateLimited: 'U heeft in korte tijd veel gevraagd. Probeer het later opnieuw.',
      saidNo: 'Deze persoon zei nee. Praat er samen over. U kunt het over enkele dagen opnieuw vragen.',
      alreadyOpen: 'U heeft dit al gevraagd, en het is nog niet klaar. U hoeft het niet nog eens te vragen.',
    },
  },
  signIn: {
    signedOut: 'Log eerst in.',
    signInEnded: 'Log opnieuw in: deze aanmelding geldt niet meer.',
    gone: 'Dit account is verwijderd, of de gegevens worden nu gewist. Schrijf ons als u iets nodig hebt.',
  },
};
