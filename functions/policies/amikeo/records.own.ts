import { ownRecords } from '../../src/policy/own/records.ts';
import { dataTypes } from './dataTypes.ts';
import { consentedPurposes } from './purposes.consented.ts';
import { languages, rights } from './rights.ts';
import {
  customerFiles,
  explicitConsent,
  legalClaims,
  ownChoice,
  policyText,
  statute,
  unusedAccounts,
} from './sources.ts';

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
      source: customerFiles(
        'an objection to marketing is kept three years at least',
        "l'opposition à la prospection est conservée trois ans au moins",
      ),
    },
  },
  sources: {
    devicePermissions: policyText('Device authorizations to access Personal Data'),
    privacyRequests: policyText('How to exercise these rights'),
    exports: policyText('Recover their Data and have them transferred to another data controller'),
    inactivities: unusedAccounts,
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
