import type { ownRecords as English } from '../en/ownRecords.ts';

export const ownRecords: typeof English = {
  names: {
    disclosures: 'Verstrekkingen aan autoriteiten',
    hiddenDisclosures: 'Verstrekkingen aan autoriteiten die nog geheim zijn',
    officerReads: 'Inzage door medewerkers',
    consents: 'Antwoorden op vragen om toestemming',
    devicePermissions: 'Machtigingen op een apparaat',
    privacyRequests: 'Verzoeken om rechten, zoals de persoon ze ziet',
    privacyState: 'Stand van toestemmingen en beperkingen, zoals de app die leest',
    exports: 'Exports voor de persoon',
    certificates: 'Verklaringen van wissing',
    checkpointFiles: 'Ondertekende controlepunten',
    ledger: 'Toestemmingsregister: kop van een keten',
    ledgerEntries: 'Toestemmingsregister: inschrijvingen',
    jobs: 'Lopende en afgeronde taken',
    requests: 'Dossiers van verzoeken om rechten',
    subjects: 'Identiteitstabel',
    identities: 'Vastgestelde identiteit voor een wissing',
    tombstones: 'Lijst van gewiste personen',
    suppressions: 'Bezwaren tegen reclame die een wissing overleven',
    contactAnswers: 'Antwoorden op berichten van het contactformulier',
    officers: 'Behandelaars en hun namen',
    legalHolds: 'Juridische bewaarplichten',
    restrictions: 'Beperkingen van de verwerking',
    inactivities: 'Berichten van inactiviteit',
    ageBands: 'Leeftijdsgroepen',
    guardianships: 'Ouderlijk gezag en vertegenwoordiging',
    guardianshipsHeld: 'Ouderlijk gezag en vertegenwoordiging, als drager',
    notifications: 'Berichten aan personen over hun rechten',
    officerTasks: 'Taken van behandelaars',
    officerSheets: 'Bladen van behandelaars',
    lastAnswers: 'Adressen voor het laatste antwoord op een wissing',
    checkpoints: 'Controlepunten van het register',
    checkpointBuckets: 'Boom waarvan controlepunten worden gemaakt',
    retentionRuns: 'Opschoonrondes',
    retentionScans: 'Voortgang van het zoeken naar rijen zonder datum',
    breakers: 'Meldingen van de noodrem',
    links: 'Eenmalige links',
    rateLimits: 'Tellers tegen overbelasting',
    rejectedEvents: 'Geweigerde gebeurtenissen',
  },
  dataTypes: {
    accountIdentifiers: 'Kenmerken van het account, hier en bij leveranciers',
    ageBand: 'Leeftijdsgroep',
    consentChoices: 'Antwoorden op vragen om toestemming',
    deviceInformation: 'Gegevens van het apparaat',
    emailAddress: 'E-mailadres',
    exportCopy: 'Kopie van de gegevens van de persoon, op verzoek gemaakt',
    guardianship: 'Drager van het ouderlijk gezag of vertegenwoordiger',
    integrityProof: 'Hashes, handtekeningen en cijfers zonder namen',
    officerName: 'Naam van een behandelaar van het bedrijf',
    phone: 'Telefoonnummer',
    pseudonym: 'Pseudoniem van het account, met een sleutel gemaakt',
    rightsRequests: 'Verzoeken om een recht uit te oefenen, en hun afhandeling',
    uuid: 'Kenmerken van installaties van de app',
  },
  why: {
    disclosures: 'AVG art. 5(2), 15(1)(c): welke autoriteit welke gegevens kreeg, en op welke grond',
    hiddenDisclosures:
      'AVG art. 23 en richtlijn (EU) 2016/680, art. 13(3): een wet kan verbieden om het de persoon al te vertellen',
    officerReads: 'AVG art. 5(2), 32: welke medewerker gegevens van een persoon bekeek, en wanneer; zonder inhoud',
    backend:
      'Geschreven door het nalevingssysteem om na te komen en te bewijzen wat het beleid belooft (AVG art. 5, lid 2, en 24)',
    consents: 'AVG art. 7, lid 1 en 3: het geldende antwoord, dat de persoon kan lezen en veranderen',
    devicePermissions: 'Wat het apparaat toestaat, als geschiedenis; het telt nooit als toestemming',
    privacyRequests: 'AVG art. 12, lid 2 en 3: de persoon doet een verzoek en ziet wat ermee gebeurt',
    privacyState:
      'AVG art. 5(1)(f), 7(3) en 18: de app doet meteen wat de persoon heeft gekozen; een kopie van de stand van het register van toestemmingen, die niets beslist',
    exports: 'AVG art. 15 en 20: gemaakt omdat de persoon erom vraagt',
    certificates:
      'De verklaring van de verwerkingsverantwoordelijke over wat is gewist (AVG art. 5, lid 2, en 17, lid 3, onder e)',
    checkpointFiles: 'Laat zien of het register is herschreven (AVG art. 5, lid 2)',
    ledger: 'AVG art. 7, lid 1: de verwerkingsverantwoordelijke moet de toestemming kunnen aantonen',
    ledgerEntries: 'AVG art. 7, lid 1, en 5, lid 2',
    identities: 'Verzameld voordat iets wordt gewist, zodat een onderbroken wissing alles terugvindt',
    tombstones:
      'Voorkomt dat een late gebeurtenis, of een teruggezette back-up (tot 14 weken oud), een gewiste persoon terugbrengt',
    suppressions:
      'AVG art. 21, lid 3: niet meer verwerkt voor direct marketing, ook na een wissing (art. 17, lid 3, onder b)',
    contactAnswers:
      'Laat zien welk bericht is beantwoord en gesloten, wanneer en door welke behandelaar (AVG art. 5, lid 2, en 12)',
    officers: 'Zegt welke behandelaar achter het pseudoniem van een besluit staat (AVG art. 5, lid 2, en 24)',
    legalHolds: 'AVG art. 17, lid 3, onder e, en 18, lid 1, onder c',
    restrictions: 'AVG art. 18',
    inactivities: 'Een account dat niemand gebruikt, eindigt na een bericht (AVG art. 5, lid 1, onder e)',
    ageBands:
      'AVG art. 8: van de leeftijd hangt af wie toestemt; een groep, geen geboortedatum (art. 5, lid 1, onder c)',
    guardianships: 'AVG art. 8, lid 2',
    notifications:
      'Een bericht over de eigen antwoorden van de persoon, zonder reclame (AVG art. 6, lid 1, onder c, met art. 7 en 12)',
    links: 'Een link bewijst dat iemand een mailbox leest: voor een recht is geen app nodig (AVG art. 12(2))',
    officerTasks: 'AVG art. 12(3) en 19: wat een mens moet doen, tegen wanneer, en wat ervan kwam',
    officerSheets:
      'AVG art. 17(2) en 19: waaraan een ontvanger de persoon kent, versleuteld voor behandelaars, tot het einde van de taak',
    lastAnswers:
      'AVG art. 12, lid 3, en 19: waar de persoon wil lezen hoe de wissing afliep; alleen voor dit bericht, en het bewijst niets',
    rateLimits:
      'Beschermt het contactformulier en de verzoeken om exports tegen overbelasting (AVG art. 12, lid 5, en 32)',
  },
  periods: {
    officerReads: 'Een jaar om na te gaan wie iets bekeek, zoals bij logboeken',
    breakers: 'Een jaar om uit te zoeken wat misging; alleen een datum en een soort account',
    checkpointBuckets: 'Ketens verlaten het een voor een aan het einde van hun eigen termijn; wat overblijft is leeg',
    checkpoints: 'Overleeft de ketens waarvoor het instaat; bevat geen persoonsgegevens',
    inactivities: 'Ruim na de termijn van het bericht; wie nog steeds inactief is, krijgt opnieuw bericht',
    lastAnswers:
      'Hoogstens een half jaar, langer dan op behandelaars wordt gewacht; het adres verdwijnt zodra het antwoord is verstuurd',
    jobs: 'Een jaar om uit te zoeken wat misging; de verklaring en het dossier van het verzoek zeggen de rest',
    notifications:
      'Een maand om het te versturen en te zien wat ervan werd; de toestemming waarover het gaat staat in het register',
    privacyRequests: 'Even lang als het dossier van het verzoek (record `requests`)',
    links: 'Een link werkt een uur; de volgende nacht verdwijnt wat voorbij is',
    rateLimits: 'Overbelasting wordt per uur of per dag geteld; de volgende nacht verdwijnt wat voorbij is',
    rejectedEvents: 'Een maand om te bekijken wat een app verkeerd heeft gestuurd',
    retentionRuns: 'Toont vijf jaar lang dat termijnen zijn nagekomen (AVG art. 5, lid 2); alleen cijfers',
    retentionScans: 'Waar de volgende nacht verdergaat; na een week begint het opnieuw',
    suppressions: 'Drie jaar, zodat niemand schrijft naar een adres dat opnieuw wordt ingevoerd (AVG art. 21, lid 3)',
  },
  nobody: {
    officerReads: 'Pseudoniemen van medewerkers en namen van documenten van het systeem: eindigt alleen door tijd.',
    checkpointBuckets:
      'Namen en laatste hashes van ketens, in groepen: een keten verlaat haar groep als zij is geëindigd en verdwenen.',
    checkpointFiles: 'Hashes over het hele register.',
    contactAnswers:
      'Hash met een sleutel van het id van een bericht, hashes van antwoorden en data: geen rij gaat over één persoon.',
    figures: 'Cijfers en hashes: geen rij gaat over één persoon.',
    officers: 'Personeel van het bedrijf, bij naam: geen rij gaat over een persoon van de app.',
    links: 'Hashes met sleutel van tokens en adressen, een uur lang: alleen de tijd maakt er een einde aan.',
    rateLimits:
      'Hashes met een sleutel van adressen voor een uur, van accounts voor een dag: eindigt alleen door de tijd.',
    rejectedEvents: 'Codes en namen van velden met een pseudoniem pad, zonder waarden: eindigt alleen door de tijd.',
    suppressions:
      'Hash met een sleutel van een adres en een datum: zegt alleen iets aan wie het adres al kent, en eindigt alleen door de tijd.',
  },
  erasure: 'AVG art. 17, lid 1',
  proof:
    'Pseudoniem bewijs van toestemmingen en van hoe verzoeken zijn beantwoord, bewaard zolang een vordering mogelijk is.',
};
