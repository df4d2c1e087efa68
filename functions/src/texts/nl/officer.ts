import type { officer as English } from '../en/officer.ts';

export const officer: typeof English = {
  tasks: {
    residue:
      'Deze documenten noemen de persoon nog nadat de velden uit het beleid zijn verwijderd. Verwijder de rest met de hand en voeg de velden toe aan het beleid.',
    kept: 'Geen regel van het beleid beëindigt deze rijen bij deze wijziging, en geen grond bewaart ze. Beslis met de hand en voeg een regel toe aan het beleid.',
    unarchived:
      'Deze rijen konden niet naar hun archief: een andere kopie heeft daar hun plaats, of ze zijn te groot. Vergelijk beide en beëindig de rij met de hand.',
    rectifyRefused:
      'Het andere bedrijf neemt een verbeterde waarde niet aan: die is te lang, heeft een andere vorm, of is daar al in gebruik. Bekijk het daar, en verbeter het met de hand.',
    rectifyLacking:
      'Dit record heeft een waarde die niet in het profiel van de persoon staat, of een e-mailadres terwijl het account geen bevestigd adres heeft. De persoon vroeg om een verbetering. Vergelijk beide, en maak het daar met de hand leeg of verbeter het als het niet klopt.',
    brevoResubscribed:
      'Dit contact stond op de blokkeerlijst van Brevo, en raakte dat kwijt toen het adres veranderde. Het staat er weer op. Kijk in Brevo of er intussen iets naar toe is gestuurd.',
    rectify: 'Verbeter de gegevens van dit record met de hand: dit systeem kan dat niet zelf.',
    restrict: 'Beperk de verwerking van dit record met de hand, of hef de beperking op: dit systeem kan dat niet.',
    accountUnknown:
      'Er bestaat een account met deze uid, en niemand weet nog of het van deze persoon is of later is gemaakt. Vergelijk het, en verwijder het in de Firebase-console als het van deze persoon is.',
    historyLost:
      'Wat eerder van deze persoon bekend was, is niet meer zoals deze software het heeft geschreven, en is niet gebruikt. Zoek de persoon met de hand in de andere systemen, onder vroegere adressen en kenmerken.',
    stripeDocument:
      'Facturen en betalingen kunnen niet via de API van Stripe worden verwijderd. Hun termijn is voorbij: vraag Stripe om ze te wissen (dashboard: Settings, Compliance and documents), of vraag hun helpdesk.',
    brevoAddress:
      'Brevo heeft misschien een logboek van e-mails aan een adres waarvan niet bewezen kon worden dat het alleen van deze persoon is. Vergelijk, en verwijder het in Brevo (Transactional, Logs) als dat zo is.',
    brevoRefuses:
      'Brevo neemt geen adres van deze vorm aan, zodat er geen contact voor kan worden gevonden of gemaakt. Vraag de persoon om een ander adres.',
    brevoUnasked:
      'Brevo kon niet worden gevraagd naar een adres van deze persoon, omdat het adressen van deze vorm kan weigeren. Zoek het bij de contacten in Brevo, en doe met de hand wat gevraagd is als er een van deze persoon is.',
    emailNotVerified:
      'De persoon heeft geen bevestigd e-mailadres, zodat er geen contact kan worden gevonden of gemaakt. Vraag de persoon om het te bevestigen.',
  },
  restriction: {
    everything: 'alle doeleinden',
    begun: (name: string, what: string) =>
      `${name}: vraag om de gegevens van deze persoon niet meer te gebruiken voor ${what}, ze alleen te bewaren en elk automatisch gebruik te stoppen, totdat u weer schrijft (AVG art. 18 en 19). Tot dan wacht een oudere taak die vraagt om ze te wissen. Noteer het antwoord.`,
    over: (name: string, what: string) =>
      `${name}: laat weten dat de beperking voor ${what} voorbij is, als die daar bekend was (AVG art. 19). Noteer het antwoord.`,
    stopped: (name: string, what: string) =>
      `${name}: deze persoon maakt bezwaar tegen het gebruik van de gegevens voor ${what}, en wij geven gelijk. Vraag om dat gebruik voorgoed te stoppen, en de gegevens te wissen die voor niets anders nodig zijn (AVG art. 17(1)(c), 19 en 21). Noteer het antwoord.`,
    stoppedAndHeld: (name: string, what: string) =>
      `${name}: deze persoon maakt bezwaar tegen het gebruik van de gegevens voor ${what}, en wij geven gelijk. Vraag om dat gebruik voorgoed te stoppen. Er wordt niets gewist: een juridische bewaarplicht houdt de gegevens vast (AVG art. 17(3)(e), 19 en 21). Noteer het antwoord.`,
    objected: (name: string, what: string) =>
      `${name}: deze persoon maakt bezwaar tegen direct marketing. Vraag om het gebruik van de gegevens voor ${what} voorgoed te stoppen, en de gegevens te wissen die voor niets anders nodig zijn (AVG art. 17(1)(c), 19 en 21(2)). Noteer het antwoord.`,
    objectedAndHeld: (name: string, what: string) =>
      `${name}: deze persoon maakt bezwaar tegen direct marketing. Vraag om het gebruik van de gegevens voor ${what} voorgoed te stoppen. Er wordt niets gewist: een juridische bewaarplicht houdt de gegevens vast (AVG art. 17(3)(e), 19 en 21(2)). Noteer het antwoord.`,
  },
  consent: {
    instruct: 'Geef een schriftelijke opdracht (AVG art. 28(3)(a))',
    tell: 'Laat schriftelijk weten (AVG art. 19)',
    delete: (name, what, how) =>
      `${name}: deze persoon heeft de toestemming ingetrokken voor: ${what}. ${how}: gebruik de gegevens daarvoor niet meer, en wis wat alleen daarvoor dient. Wat voor iets anders nodig is, blijft. Noteer het antwoord.`,
    stop: (name, what, how) =>
      `${name}: de toestemming van deze persoon voor: ${what} telt niet meer. ${how}: gebruik de gegevens daarvoor niet meer, en bewaar ze alleen, totdat u weer schrijft. Noteer het antwoord.`,
    again: (name, what, how) =>
      `${name}: deze persoon heeft opnieuw toestemming gegeven voor: ${what}. ${how}: de gegevens mogen daarvoor weer worden gebruikt. Noteer het antwoord.`,
    account:
      'Een ouder of vertegenwoordiger heeft de toestemming ingetrokken zonder welke de dienst niet kan worden gebruikt. Het gebruik is gestopt, en de abonnementen die zeker van deze persoon zijn, worden niet meer verlengd. Dat nee alleen wist niets. Spreek met beiden: de vertegenwoordiger kan om verwijdering vragen, wat de persoon eerst te horen krijgt, of een van beiden zegt opnieuw ja. Noteer de uitkomst.',
    accountByLetter:
      'Iemand heeft in naam van deze persoon geschreven of gebeld, en de toestemming ingetrokken zonder welke de dienst niet kan worden gebruikt. Niemand heeft aangetoond dat het de persoon was. Het gebruik is gestopt, en de abonnementen die zeker van deze persoon zijn, worden niet meer verlengd. Dit nee alleen wist niets. Vraag het de persoon: die vraagt in de app om verwijdering, u begint ermee zodra u weet dat de persoon het wil, of de persoon zegt opnieuw ja. Noteer de uitkomst.',
    paused: 'Nu niet: er is een beperking begonnen. Een nieuwe taak komt als die voorbij is.',
    overtaken: 'Niet meer nodig: de persoon heeft opnieuw geantwoord, of een verwijdering vraagt om meer.',
  },
  hold: {
    overtaken: 'Niet meer nodig: de juridische bewaarplicht is voorbij.',
    heldAgain:
      'Nu niet: een andere juridische bewaarplicht houdt de gegevens daar vast. Een nieuwe taak komt als die voorbij is.',
    begun: (name: string) =>
      `${name}: vraag om de gegevens van deze persoon te bewaren zoals ze zijn totdat u weer schrijft, ook die welke daar na de eigen termijnen gewist zouden worden: ze zijn nodig voor een rechtsvordering. Vraag tot dan niet om ze te wissen, wat een andere taak ook zegt. Noteer het antwoord.`,
    over: (name: string) =>
      `${name}: laat weten dat de gegevens van deze persoon daar niet langer voor u bewaard hoeven te worden, en dat de gewone termijnen weer gelden. Heeft de persoon intussen een toestemming ingetrokken, of bezwaar gemaakt tegen een gebruik dat gestopt is, vraag dan nu om te wissen wat alleen daarvoor diende. Noteer het antwoord.`,
  },
  why: {
    namesSomebodyElse: 'het noemt een ander account',
    namesNobody: 'het noemt dit account niet',
    ambiguous: 'er zijn er meer tegelijk gevonden',
    emailNotVerified: 'het adres is niet bevestigd',
    formerAddress: 'het adres was ooit van deze persoon, en is nu niet voor die persoon bevestigd',
    addressOfAnother: 'een ander bestaand account heeft het adres bevestigd',
    addressMistakable: 'het adres kan voor een ander worden aangezien',
    formerPhone: 'het telefoonnummer was ooit van deze persoon, en is nu niet voor die persoon bevestigd',
    phoneOfAnother: 'een ander bestaand account heeft het telefoonnummer bevestigd',
    anotherAccount: 'het hoort bij een ander account met dezelfde uid',
    accountUnknown: 'niemand kent het account nog',
  },
  ownPeriod: 'De eigen termijn van deze gegevens loopt nog; geen regel van het beleid beëindigt ze bij deze wijziging.',
  heldByLaw:
    'Bewaard voor de instelling, uitoefening of onderbouwing van een rechtsvordering, op last van een bevoegde medewerker.',
  notFoundAnyMore:
    'Rijen die een adres noemen en geen account, zijn misschien bewaard op een grond die nu voorbij is. Het adres is met de persoon vergeten: zoek rijen van deze leeftijd, en beëindig ze met de hand.',
  missingPart:
    'In een kopie van gegevens ontbreekt dit deel: het kon niet worden gelezen, of er is niet bewezen dat het van de persoon is. Bekijk het met de hand, en voeg met compliance export add toe wat van de persoon is.',
  lookBeforeAdding: (whose) =>
    `Het kan woorden van anderen bevatten (AVG art. 15(4)). ${whose} Lees het voordat u het toevoegt, en laat weg wat anderen schaadt.`,
  look: (rows, whose) =>
    `Een kopie van gegevens wacht op u: ${rows === 1 ? '1 rij bevat' : `${rows} rijen bevatten`} woorden van anderen (AVG art. 15(4)). ${whose} Lees ze met compliance export look. Antwoord dan met compliance export give, en houd alleen achter wat anderen schaadt.`,
  correctAt: (values) =>
    `Meld deze ontvanger de verbetering: ${values}. Lees de juiste waarden in het profiel van de persoon, zoals ze er nu staan.`,
  verifiedAddress: 'het bevestigde e-mailadres van het account',
  notRead: 'kon niet worden gelezen voor een export: lees het, en geef het aan de persoon',
  notSent:
    'de export kon daar niet heen worden gestuurd, zoals de persoon had gevraagd: die downloadt hem zelf, en heeft misschien hulp nodig',
  refused: (system, id, why) =>
    `${system} ${id} kan van deze persoon zijn en is ongemoeid gelaten: ${why}. Vergelijk, en doe met de hand wat gevraagd is als het van deze persoon is.`,
  renews: (id, why) =>
    `Stripe ${id} kan van deze persoon zijn, die de toestemming voor de dienst heeft ingetrokken, en een abonnement ervan wordt verlengd: ${why}. Vergelijk, en stop de verlenging in Stripe als het van deze persoon is.`,
  unproven: (why) =>
    `Rijen die een adres noemen en geen account, kunnen van deze persoon zijn en zijn ongemoeid gelaten: ${why}. Vergelijk, en doe met de hand wat gevraagd is als ze van deze persoon zijn.`,
  ledgerDiffers:
    'Ketens van het register zijn niet meer wat eerder is ondertekend. `compliance ledger verify` noemt ze; de boom bewaart wat is ondertekend tot ze zijn hersteld.',
  added: 'toegevoegd door een medewerker',
};
