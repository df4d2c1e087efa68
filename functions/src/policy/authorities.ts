/** A data protection authority: it takes complaints of people living in its country. */
export interface Authority {
  readonly name: string;
  readonly url: string;
}

/**
 * The day of the list, and its source: github.com/datenanfragen/data, supervisory-authorities
 * (CC0). Postal addresses are left out: authorities move.
 */
export const AUTHORITIES_AS_OF = '2026-07-21';

/**
 * The authorities of the European Economic Area (Art. 51), the United Kingdom and Switzerland, by
 * ISO 3166-1 alpha-2 code. Of Germany the federal one: its page lists those of the Länder.
 */
const AUTHORITIES: Readonly<Record<string, Authority>> = {
  AT: { name: 'Österreichische Datenschutzbehörde', url: 'https://www.dsb.gv.at/' },
  BE: {
    name: 'Autorité de protection des données / Gegevensbeschermingsautoriteit',
    url: 'https://www.dataprotectionauthority.be/',
  },
  BG: { name: 'Commission for Personal Data Protection', url: 'https://www.cpdp.bg' },
  CH: {
    name: 'Eidgenössischer Datenschutz- und Öffentlichkeitsbeauftragter (EDÖB)',
    url: 'https://www.edoeb.admin.ch',
  },
  CY: { name: 'Commissioner for Personal Data Protection', url: 'https://www.dataprotection.gov.cy' },
  CZ: { name: 'Úřad pro ochranu osobních údajů', url: 'https://www.uoou.cz/' },
  DE: {
    name: 'Die Bundesbeauftragte für den Datenschutz und die Informationsfreiheit',
    url: 'https://www.bfdi.bund.de',
  },
  DK: { name: 'Datatilsynet', url: 'https://www.datatilsynet.dk/' },
  EE: { name: 'Andmekaitse Inspektsioon', url: 'https://www.aki.ee/' },
  ES: { name: 'Agencia Española de Protección de Datos', url: 'https://www.aepd.es/' },
  FI: { name: 'Tietosuojavaltuutetun toimisto', url: 'https://tietosuoja.fi' },
  FR: { name: "Commission nationale de l'informatique et des libertés (CNIL)", url: 'https://www.cnil.fr/' },
  GB: { name: 'Information Commissioner’s Office', url: 'https://ico.org.uk/' },
  GR: { name: 'Αρχή Προστασίας Δεδομένων Προσωπικού Χαρακτήρα', url: 'https://www.dpa.gr/' },
  HR: { name: 'Agencija za zaštitu osobnih podataka', url: 'https://azop.hr/' },
  HU: { name: 'Nemzeti Adatvédelmi és Információszabadság Hatóság', url: 'https://www.naih.hu/' },
  IE: { name: 'Data Protection Commission', url: 'https://www.dataprotection.ie' },
  IS: { name: 'Persónuvernd', url: 'https://www.personuvernd.is/' },
  IT: { name: 'Garante per la protezione dei dati personali', url: 'https://www.garanteprivacy.it/' },
  LI: { name: 'Datenschutzstelle Fürstentum Liechtenstein', url: 'https://www.datenschutzstelle.li/' },
  LT: { name: 'Valstybinė duomenų apsaugos inspekcija', url: 'https://vdai.lrv.lt/' },
  LU: { name: 'Commission nationale pour la protection des données', url: 'https://cnpd.public.lu' },
  LV: { name: 'Datu valsts inspekcija', url: 'https://www.dvi.gov.lv/' },
  MT: { name: 'Office of the Information and Data Protection Commissioner', url: 'https://idpc.org.mt' },
  NL: { name: 'Autoriteit Persoonsgegevens', url: 'https://autoriteitpersoonsgegevens.nl' },
  NO: { name: 'Datatilsynet', url: 'https://www.datatilsynet.no/' },
  PL: { name: 'Urząd Ochrony Danych Osobowych', url: 'https://www.uodo.gov.pl/' },
  PT: { name: 'Comissão Nacional de Proteção de Dados', url: 'https://www.cnpd.pt' },
  RO: {
    name: 'Autoritatea Națională de Supraveghere a Prelucrării Datelor cu Caracter Personal',
    url: 'https://www.dataprotection.ro/',
  },
  SE: { name: 'Integritetsskyddsmyndigheten', url: 'https://www.imy.se/' },
  SI: { name: 'Informacijski pooblaščenec', url: 'https://www.ip-rs.si/' },
  SK: {
    name: 'Úrad na ochranu osobných údajov Slovenskej republiky',
    url: 'https://dataprotection.gov.sk/uoou/',
  },
};

/** The codes of the countries with a known authority. */
export const authorityCountries: readonly string[] = Object.keys(AUTHORITIES);

/** Returns the authority of a country, or undefined if none is known. */
export const authorityOf = (country: string): Authority | undefined =>
  Object.hasOwn(AUTHORITIES, country) ? AUTHORITIES[country] : undefined;
