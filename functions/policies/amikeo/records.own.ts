import { ownRecords } from '../../src/policy/own/records.ts';
import { dataTypes } from './dataTypes.ts';
import { consentedPurposes } from './purposes.consented.ts';
import { languages, rights } from './rights.ts';
import { cnil, explicitConsent, legalClaims, ownChoice, policyText, statute } from './sources.ts';

const minors = statute(
  'GDPR Art. 8(2); loi Informatique et Libertés, art. 45',
  'RGPD art. 8(2) ; loi Informatique et Libertés, art. 45',
);

const backendRecords = ownRecords({
  languages,
  purpose: 'legalObligations',
  asked: Object.keys(consentedPurposes),
  service: 'registration',
  devices: {
    purposes: ['devicePermissions'],
    dataTypes: ['cameraAuthorization', 'microphoneAuthorization', 'storageAuthorization', 'imageLibraryAuthorization'],
  },
  dataTypes,
  grounds: { claims: legalClaims, content: explicitConsent('coreService') },
  proof: {
    period: 'P5Y',
    source: ownChoice(
      'Five years, the general limitation of civil actions (Code civil, art. 2224); ground after an erasure: GDPR Art. 17(3)(e)',
      'Cinq ans, la prescription de droit commun (Code civil, art. 2224) ; motif après un effacement : RGPD art. 17(3)(e)',
    ),
  },
  claims: {
    period: 'P5Y',
    source: ownChoice(
      'Five years, the general limitation of civil actions (Code civil, art. 2224)',
      'Cinq ans, la prescription de droit commun (Code civil, art. 2224)',
    ),
  },
  exportsKept: rights.exportsKept,
  officerSheetsKept: rights.officerSheetsKept,
  periods: {
    suppressions: {
      period: 'P3Y',
      source: cnil(
        'Practical guide on retention periods and reference framework on commercial management: an objection to marketing is kept three years at least',
        "Guide pratique des durées de conservation et référentiel « gestion commerciale » : l'opposition à la prospection est conservée trois ans au moins",
      ),
    },
  },
  sources: {
    devicePermissions: policyText('Device authorizations to access Personal Data'),
    privacyRequests: policyText('How to exercise these rights'),
    exports: policyText('Recover their Data and have them transferred to another data controller'),
    inactivities: cnil(
      'Practical guide on retention periods: an unused account ends after a notice',
      'Guide pratique des durées de conservation : un compte inutilisé prend fin après un avis',
    ),
    ageBands: statute(
      'GDPR Art. 8; loi Informatique et Libertés, art. 45: who consents depends on it; a band, not a date of birth (Art. 5(1)(c))',
      "RGPD art. 8 ; loi Informatique et Libertés, art. 45 : de l'âge dépend qui consent ; une tranche, pas une date de naissance (art. 5(1)(c))",
    ),
    guardianships: minors,
    guardianshipsHeld: minors,
  },
});

/** The records of this backend: to decide, to prove and to remember erased people. */
export const own: typeof backendRecords = {
  ...backendRecords,
  legalHolds: { ...backendRecords.legalHolds, purposes: ['legalObligations', 'fraudAndDefence'] },
};
