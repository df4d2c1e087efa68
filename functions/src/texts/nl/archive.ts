import type { archive as English } from '../en/archive.ts';

export const archive: typeof English = {
  title: (name) => `Uw persoonsgegevens bij ${name}`,
  made: (day, what) => `Gemaakt op ${day}: ${what}.`,
  portability: 'de gegevens die u hebt gegeven of die ontstaan zijn doordat u de app gebruikt (AVG, artikel 20)',
  access: 'de gegevens die over u gaan (AVG, artikel 15); information.json zegt waarvoor wij ze gebruiken',
  policy: (version) => `Privacybeleid van ${version}.`,
  part: (n) => `Dit is deel ${n} van uw gegevens.`,
  lastPart: 'Het is het laatste deel.',
  anotherPart: 'Er volgt nog een deel, in een eigen bestand.',
  where:
    'Elke soort gegevens staat er twee keer: als JSON, precies, voor andere programma’s, en daarnaast als CSV, voor een rekenblad. Uw bestanden staan in de map "files", zoals ze zijn opgeslagen; een bestand met een naam die eindigt op ".gz" is ingepakt, en een programma voor archieven opent het. manifest.json noemt elk bestand met zijn SHA-256. De tijden zijn in UTC. In de CSV-bestanden staat een apostrof vóór =, +, -, @ of een andere apostrof aan het begin van een tekst of regel: zo voert een rekenblad die niet uit als formule; de JSON-bestanden hebben de precieze tekst.',
  rows: (n) => (n === 1 ? '1 regel' : `${n} regels`),
  undeclared: (n) =>
    n === 1
      ? '1 daarvan staat niet in het privacybeleid: het pad zegt waar die gevonden is'
      : `${n} daarvan staan niet in het privacybeleid: de paden zeggen waar ze gevonden zijn`,
  receipt: (json) =>
    `het overzicht van uw toestemmingen: wat u gevraagd is, uw antwoorden, de teksten; voor andere programma’s: ${json}`,
  missing: 'Niet in dit archief:',
  manual: 'moet met de hand worden gevraagd; wij voegen het toe',
  failed: 'kon niet helemaal worden gelezen, ook niet na meer pogingen; wij voegen het toe',
  ownWords: 'door de persoon geschreven of gemaakt, die niet wil dat iemand anders het krijgt',
  look: 'bevat woorden van anderen; iemand van ons kijkt er eerst naar, dan voegen wij het toe',
  notLooked: 'bevat woorden van anderen, en niemand van ons heeft er op tijd naar gekeken',
  unconfirmed: 'is met de hand gevraagd, en niemand heeft op tijd geantwoord',
  refused: 'is met de hand gevraagd, en de andere kant weigerde',
  impossible: 'is met de hand gevraagd, en kan niet worden gegeven',
  kept: (rows, fields) =>
    `niet gegeven: ${[rows === 0 ? '' : rows === 1 ? '1 item' : `${rows} items`, fields === 0 ? '' : fields === 1 ? '1 veld' : `${fields} velden`].filter(Boolean).join(' en ')}`,
  notFoundRows: (rows) =>
    rows === 1
      ? '1 item was er toen wij telden, en is er niet meer'
      : `${rows} items waren er toen wij telden, en zijn er niet meer`,
  because: {
    othersData: 'het gaat over anderen, of zij hebben het geschreven (AVG, artikel 15, lid 4)',
    confidence: 'iemand heeft het in vertrouwen gezegd (AVG, artikel 15, lid 4)',
    tradeSecret: 'het is een bedrijfsgeheim, of beschermd als werk van anderen (AVG, artikel 15, lid 4)',
    notLookedAt: 'het kwam of veranderde nadat wij gekeken hadden; vraag opnieuw om een kopie',
    tooMany: 'het zijn er meer dan wij kunnen lezen; schrijf ons erover',
  },
  moreFiles: (n) => `en nog ${n}, die manifest.json noemt`,
  unproven: 'er is iets gevonden waarvan wij niet konden bewijzen dat het van u is; wij kijken ernaar',
  contact: (mail, authority, url, address) =>
    `Vragen: ${mail}. U kunt een klacht indienen bij ${authority} (${[url, address].filter(Boolean).join(', ')}).`,
  receiptName: 'Overzicht van toestemmingen',
  fileName: 'LEESMIJ.txt',
};
