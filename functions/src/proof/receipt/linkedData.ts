/**
 * The receipt as linked data. Its fields have the names of ISO/IEC TS 27560:2023. This context maps
 * each to a term of the Data Privacy Vocabulary, as the guide of the W3C DPV community group does
 * (https://w3id.org/dpv/guides/consent-27560). It stands inline, so that nothing has to be fetched.
 * A field that is `null` here is ours and has no meaning in the vocabulary.
 */

const iri = (id: string) => ({ '@id': id, '@type': '@id' }) as const;
const time = (id: string) => ({ '@id': id, '@type': 'xsd:dateTime' }) as const;

export const RECEIPT_CONTEXT = {
  '@version': 1.1,
  dpv: 'https://w3id.org/dpv#',
  loc: 'https://w3id.org/dpv/loc#',
  'eu-gdpr': 'https://w3id.org/dpv/legal/eu/gdpr#',
  dct: 'http://purl.org/dc/terms/',
  rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
  schema: 'https://schema.org/',
  xsd: 'http://www.w3.org/2001/XMLSchema#',

  // The states of the ledger, as `ConsentStatus` has them. It has no objection: of its states, this
  // one says the same.
  given: 'dpv:ConsentGiven',
  reconfirmed: 'dpv:RenewedConsentGiven',
  pending: 'dpv:ConsentRequested',
  refused: 'dpv:ConsentRefused',
  withdrawn: 'dpv:ConsentWithdrawn',
  objected: 'dpv:ConsentWithdrawn',
  expired: 'dpv:ConsentExpired',
  unknown: 'dpv:ConsentUnknown',

  // Header.
  schema_version: iri('dct:conformsTo'),
  receipt_id: 'dct:identifier',
  record_id: 'dct:identifier',
  event_id: 'dct:identifier',
  purpose_id: 'dct:identifier',
  pii_type: 'dct:identifier',
  pii_principal_id: 'dpv:hasDataSubject',
  issued: time('dct:issued'),
  language: 'dct:language',
  consent_records: 'dct:hasPart',
  name: 'dct:title',
  description: 'dct:description',

  // Notice.
  privacy_notice: 'dpv:hasNotice',
  notice_version: { '@id': 'dct:date', '@type': 'xsd:date' },
  notice_text: 'schema:text',
  notice_hash: null,
  notice_check: null,
  notice_language_assumed: null,

  // Processing.
  pii_processing: 'dpv:hasProcess',
  purpose: 'dpv:hasPurpose',
  lawful_basis: iri('dpv:hasLegalBasis'),
  pii_information: 'dpv:hasPersonalData',
  pii_controllers: iri('dpv:hasDataController'),
  storage_locations: 'dpv:hasStorageCondition',
  location: iri('dpv:hasLocation'),
  retention_period: 'dpv:hasStorageCondition',
  retention_as_recorded: null,
  jurisdiction: iri('dpv:hasJurisdiction'),
  recipient_third_parties: iri('dpv:hasRecipient'),
  withdrawal_method: 'dpv:hasConsentControl',
  exercised_at: iri('dpv:isExercisedAt'),
  privacy_rights: 'dpv:hasRight',
  authority_party: iri('dpv:hasAuthority'),

  // Parties.
  party_identification: 'dpv:hasEntity',
  party_id: '@id',
  party_identifier: 'dpv:hasIdentifier',
  party_name: 'dpv:hasName',
  party_address: 'dpv:hasAddress',
  party_contact: 'dpv:hasContact',
  party_email: 'schema:email',
  party_url: iri('schema:url'),

  // Events.
  consent_events: 'dpv:hasConsentStatus',
  event_state: '@type',
  event_type: iri('dpv:hasLegalBasis'),
  event_time: time('dpv:isIndicatedAtTime'),
  recorded_time: time('dct:created'),
  effective_time: null,
  validity_duration: 'dpv:hasDuration',
  duration: { '@id': 'rdf:value', '@type': 'xsd:duration' },
  entity_id: 'dpv:isIndicatedBy',
  event_notice_hash: null,
  event_method: 'dpv:hasIndicationMethod',
  declared: null,
  entry_hash: null,

  current_state: null,
  current_since: null,
  agreed: null,
  not_answered: null,
  integrity: null,
} as const;
