import { example } from '../../../functions/policies/example/index.ts';
import type { FateRule, Party, Policy, PolicyRecord } from '../../../functions/src/policy/schema.ts';

export interface BadPolicy {
  code: string;
  why: string;
  /** Makes exactly one mistake in a copy of the example. */
  spoil: (policy: Policy) => void;
  path: string;
  says: RegExp;
  /** Another check that the same mistake breaks. */
  also?: string;
}

export const copy = (): Policy => structuredClone(example);

/** A part of the example that is certainly there. */
export function part<T>(parts: Record<string, T>, id: string): T {
  const found = parts[id];
  if (found === undefined) throw new RangeError(`the example has no '${id}'`);
  return found;
}

const source = { kind: 'ownChoice' as const, reference: 'a mistake on purpose' };
const rule = (r: Omit<FateRule, 'source'>): FateRule => ({ ...r, source });
const record = (p: Policy, id: string) => part(p.records, id);
const purpose = (p: Policy, id: string) => part(p.purposes, id);
const recipient = (p: Policy, id: string) => part(p.recipients, id);
const onErasure = rule({ when: { event: 'accountDeleted' }, after: 'P0D', then: { do: 'delete' } });
const inactive = rule({ when: { event: 'inactive' }, after: 'P2Y', then: { do: 'delete' } });
/** A copy of a record that no client opens. */
function closed(one: PolicyRecord): PolicyRecord {
  const copied = { ...one };
  delete copied.client;
  return copied;
}

/** The first rule of a record of the example. */
function ruleOf(p: Policy, id: string): FateRule {
  const [first] = record(p, id).fate;
  if (first === undefined) throw new RangeError(`'${id}' has no rule`);
  return first;
}

const plain = { en: 'a text', fr: 'un texte', nl: 'een tekst' };
/**
 * Makes rows of several people of the repairs: the person who reported one, and those who follow
 * it.
 */
const reported: Party[] = [
  { as: 'value', field: 'reportedBy', wrote: ['report', 'phone'], masked: ['phone'] },
  { as: 'array', field: 'followers' },
];
function share(p: Policy, parties: Party[] = reported): void {
  const repairs = record(p, 'repairs');
  repairs.subject = { parties };
  delete repairs.mentions;
  repairs.fate.push(onErasure);
}

/** Has an interface to the postman, by which its rows end with those here. */
function reachedBy(p: Policy, system: string): void {
  const postman = recipient(p, 'postman');
  postman.reach = { systems: [system] };
  postman.kept.from = 'deletion';
}

/** Has the postman reached through Brevo, which also holds its contacts. */
function byBrevo(p: Policy): void {
  reachedBy(p, 'brevo');
  p.records['contact'] = {
    ...record(p, 'account'),
    ...{ system: 'brevo', path: 'contacts/{id}', subject: { handle: 'brevoContact' as const } },
    ...{ purposes: ['newsletter'], dataTypes: ['email'] },
  };
}

/** Adds a contact form for the rental, and has the postman carry messages for these purposes. */
function contactForm(p: Policy, ...carried: string[]): void {
  byBrevo(p);
  p.records['contactRequests'] = {
    ...closed(record(p, 'riders')),
    ...{ path: 'contactRequests/{id}', subject: { field: 'uid', email: 'email' } },
    ...{ timestamp: 'createdAt', subcollections: false, dataTypes: ['email', 'adapted'] },
  };
  recipient(p, 'postman').purposes.push(...carried);
  for (const id of carried) purpose(p, id).recipients.push('postman');
}

/** The texts of the current version. */
const notices = (p: Policy) => part(p.notices, p.version);

/** A second version, with the texts of the first one and a change that says so. */
function change(p: Policy, announced: string, kind: 'wording' | 'purposes' = 'purposes'): void {
  p.version = '2026-07-01';
  p.notices['2026-07-01'] = part(p.notices, example.version);
  p.changes = { '2026-07-01': { announced, kind, endsConsents: {}, text: plain } };
}

/** One policy per check, and more if a check has several ways to fail. */
export const badPolicies: BadPolicy[] = [
  {
    code: 'own-record',
    why: 'Art. 17: nobody declares where exports lie, and an erasure would leave the archive there',
    spoil: (p) => delete p.records['exports'],
    path: 'records.exports',
    says: /'exports\/\{uid\}\/\*\*' \(bucket of exports\).*ownRecords/,
  },
  {
    code: 'own-record',
    why: 'a place of the backend, in the wrong database',
    spoil: (p) => delete record(p, 'legalHolds').database,
    path: 'records.legalHolds',
    says: /'legalHolds\/\{id\}' \(database compliance\).*no record declares it/,
  },
  {
    code: 'own-record',
    why: 'the history of a device, which only a policy that asks devices has',
    spoil: (p) => delete p.records['devicePermissions'],
    path: 'records.devicePermissions',
    says: /no record declares it/,
  },
  {
    code: 'own-record',
    why: 'notices whose person nobody looks for',
    spoil: (p) => {
      record(p, 'notifications').subject = { none: plain };
      record(p, 'notifications').export.access = false;
    },
    path: 'records.notifications.subject',
    says: /"field":"uid".*ownRecords/,
  },
  {
    code: 'own-record',
    why: 'notices that outlive the account',
    spoil: (p) => record(p, 'notifications').fate.pop(),
    path: 'records.notifications.fate',
    says: /survive an erasure: delete it on 'accountDeleted'/,
  },
  {
    code: 'own-record',
    why: "papers of a holder that outlive the holder's account",
    spoil: (p) =>
      (record(p, 'guardianshipsHeld').fate = [
        rule({
          when: { event: 'accountDeleted' },
          after: 'P0D',
          then: { do: 'anonymise', fields: ['holder'] },
        }),
      ]),
    path: 'records.guardianshipsHeld.fate',
    says: /anonymise evidence/,
  },
  {
    code: 'unknown-purpose',
    why: 'a record for a purpose that is not there',
    spoil: (p) => record(p, 'trips').purposes.push('racing'),
    path: 'records.trips.purposes',
    says: /'racing'.*declare it under 'purposes'/,
  },
  {
    code: 'unknown-purpose',
    why: 'a fate counted from the withdrawal of an unknown consent',
    spoil: (p) =>
      record(p, 'trips').fate.push(rule({ when: { withdrawn: 'racing' }, after: 'P0D', then: { do: 'delete' } })),
    path: 'records.trips.fate.2.when',
    says: /'racing'/,
  },
  {
    code: 'unknown-recipient',
    why: 'a purpose with a recipient that is not there',
    spoil: (p) => purpose(p, 'newsletter').recipients.push('mailbird'),
    path: 'purposes.newsletter.recipients',
    says: /'mailbird'/,
  },
  {
    code: 'unknown-data-type',
    why: 'a device authorization for a data type that is not there',
    spoil: (p) => (part(p.devicePermissions, 'location').dataType = 'altitude'),
    path: 'devicePermissions.location.dataType',
    says: /'altitude'/,
  },
  {
    code: 'unknown-data-type',
    why: 'a purpose that wants a data type that is not there',
    spoil: (p) => purpose(p, 'rental').dataTypes.push('altitude'),
    path: 'purposes.rental.dataTypes',
    says: /'altitude'/,
  },
  {
    code: 'unknown-subject-category',
    why: 'Art. 30(1)(c): a purpose about people nobody has named',
    spoil: (p) => purpose(p, 'rental').subjects.push('walkers'),
    path: 'purposes.rental.subjects',
    says: /'walkers'/,
  },
  {
    code: 'one-sided',
    why: 'a recipient that does not know its purpose',
    spoil: (p) => purpose(p, 'rental').recipients.push('postman'),
    path: 'recipients.postman.purposes',
    says: /'rental' names this recipient/,
  },
  {
    code: 'one-sided',
    why: 'a purpose that does not know its recipient',
    spoil: (p) => recipient(p, 'postman').purposes.push('rental'),
    path: 'purposes.rental.recipients',
    says: /'postman' names this purpose/,
  },
  {
    code: 'data-without-purpose',
    why: 'a record that holds what no purpose asks for (Art. 5(1)(c))',
    spoil: (p) => (recipient(p, 'postman').dataTypes = ['email', 'name']),
    path: 'recipients.postman.dataTypes',
    says: /'newsletter'.*'name'/,
  },
  {
    code: 'unused-data-type',
    why: 'a data type nobody has',
    spoil: (p) => (p.dataTypes['altitude'] = { name: plain, source }),
    path: 'dataTypes.altitude',
    says: /remove it/,
  },
  {
    code: 'consent-missing',
    why: 'Art. 7(1): a purpose on consent, and nobody is asked',
    spoil: (p) => (purpose(p, 'newsletter').consent = false),
    path: 'purposes.newsletter',
    says: /nobody is asked/,
  },
  {
    code: 'consent-unexplained',
    why: 'a consent asked for a purpose on a contract, for nothing',
    spoil: (p) => {
      purpose(p, 'rental').consent = true;
      purpose(p, 'rental').explicit = true;
      notices(p)['rental'] = plain;
    },
    path: 'purposes.rental',
    says: /rests on contract.*consentFor/,
  },
  {
    code: 'consent-contradiction',
    why: 'the part that needs a consent, where the whole rests on it',
    spoil: (p) => (purpose(p, 'newsletter').consentFor = plain),
    path: 'purposes.newsletter',
    says: /consentFor/,
  },
  {
    code: 'profiling-for-nothing',
    why: 'profiling that is said to serve something else than advertising',
    spoil: (p) => (purpose(p, 'newsletter').profilingFor = ['newsletter', 'rental']),
    path: 'purposes.newsletter',
    says: /'rental'.*no direct marketing.*'advertises'/,
  },
  {
    code: 'interest',
    why: 'a legitimate interest that nobody is told',
    spoil: (p) => Object.assign(purpose(p, 'newsletter'), { legalBasis: 'legitimateInterest', consentFor: plain }),
    path: 'purposes.newsletter.interest',
    says: /legitimateInterest.*write it/,
  },
  {
    code: 'interest',
    why: 'an interest behind a contract',
    spoil: (p) => (purpose(p, 'rental').interest = plain),
    path: 'purposes.rental.interest',
    says: /rests on contract: remove it/,
  },
  {
    code: 'effect-without-consent',
    why: 'an effect of an answer that nobody gives',
    spoil: (p) => (purpose(p, 'rental').effects = [{ system: 'auth', change: 'messages' }]),
    path: 'purposes.rental',
    says: /effects/,
  },
  {
    code: 'unknown-effect-system',
    why: 'an effect in a system that nothing is held in',
    spoil: (p) => (purpose(p, 'newsletter').effects = [{ system: 'mailbird', change: 'messages' }]),
    path: 'purposes.newsletter.effects.0',
    says: /'mailbird'/,
  },
  {
    code: 'withdrawal-without-consent',
    why: 'an end counted from a withdrawal that never comes',
    spoil: (p) =>
      record(p, 'trips').fate.push(rule({ when: { withdrawn: 'proof' }, after: 'P0D', then: { do: 'delete' } })),
    path: 'records.trips.fate.2.when',
    says: /never withdrawn/,
  },
  {
    code: 'no-end',
    why: 'Art. 5(1)(e): a record that is only ever retained',
    spoil: (p) => (record(p, 'bills').fate = record(p, 'bills').fate.slice(0, 1)),
    path: 'records.bills.fate',
    says: /never ends/,
  },
  {
    code: 'outlives-account',
    why: 'Art. 17(1): a record that an erasure leaves',
    spoil: (p) =>
      (record(p, 'riders').fate = [rule({ when: { withdrawn: 'newsletter' }, after: 'P0D', then: { do: 'delete' } })]),
    path: 'records.riders.fate',
    says: /neither time nor the account's end/,
  },
  {
    code: 'retain-without-period',
    why: 'a ground to retain for no time at all',
    spoil: (p) => (ruleOf(p, 'bills').after = 'P0D'),
    path: 'records.bills.fate.0',
    says: /no time at all/,
  },
  {
    code: 'archive-nowhere',
    why: 'an archive that is not there',
    spoil: (p) => archiveTo(p, 'attic'),
    path: 'records.trips.fate.0',
    says: /unknown record 'attic'/,
  },
  {
    code: 'archive-nowhere',
    why: 'an archive in itself',
    spoil: (p) => archiveTo(p, 'trips'),
    path: 'records.trips.fate.0',
    says: /to itself/,
  },
  {
    code: 'archive-nowhere',
    why: 'an archive in another system',
    spoil: (p) => archiveTo(p, 'account'),
    path: 'records.trips.fate.0',
    says: /another system/,
  },
  {
    code: 'archive-nowhere',
    why: 'an archive that rules can open to clients',
    spoil: (p) => delete record(p, 'disputedTrips').database,
    path: 'records.trips.fate.0',
    says: /the app's database/,
  },
  {
    code: 'archive-overwrites',
    why: 'an archive whose path lacks the person: two people have a row of the same name',
    spoil: (p) => {
      record(p, 'trips').subject = { field: 'rider' };
      Object.assign(record(p, 'disputedTrips'), { path: 'tripArchive/{trip}', subject: { field: 'rider' } });
    },
    path: 'records.trips.fate.0',
    says: /lacks \{rider\} of 'riders\/\{rider\}\/trips\/\{trip\}'/,
  },
  {
    code: 'archive-overwrites',
    why: 'an archive whose path nothing fills',
    spoil: (p) => (record(p, 'disputedTrips').path = 'tripArchive/{rider}/years/{year}/trips/{trip}'),
    path: 'records.trips.fate.0',
    says: /nothing fills \{year\}/,
  },
  {
    code: 'archive-of-nobody',
    why: 'a copy that names its person by a field, which a row without that field leaves empty',
    spoil: (p) => (record(p, 'disputedTrips').subject = { field: 'rider' }),
    path: 'records.trips.fate.0',
    says: /finds its people by the field 'rider', and these rows name theirs by the path \(\{rider\}\)/,
  },
  {
    code: 'archive-of-nobody',
    why: 'a copy that another variable of its path names',
    spoil: (p) => (record(p, 'disputedTrips').subject = { pathVariable: 'trip' }),
    path: 'records.trips.fate.0',
    says: /by the path \(\{trip\}\)/,
    also: 'subject-unfindable',
  },
  {
    code: 'archive-of-nobody',
    why: 'a copy that an address does not find any more',
    spoil: (p) => {
      record(p, 'trips').subject = { field: 'rider', email: 'riderEmail' };
      record(p, 'disputedTrips').subject = { field: 'rider' };
    },
    path: 'records.trips.fate.0',
    says: /or the address in 'riderEmail'/,
  },
  {
    code: 'archive-of-nobody',
    why: 'a copy in which nobody looks for the others that it mentions',
    spoil: (p) => (record(p, 'trips').mentions = [{ field: 'companions', as: 'array' }]),
    path: 'records.trips.fate.0',
    says: /'companions' may name other people/,
  },
  {
    code: 'archive-of-nobody',
    why: 'a copy that does not name the files of its row',
    spoil: (p) => {
      const photos = closed(record(p, 'trips'));
      p.records['photos'] = { ...photos, system: 'storage', path: 'riders/{rider}/**', fate: [onErasure] };
      record(p, 'trips').files = [{ field: 'photo' }];
      recipient(p, 'google').reach = { systems: ['firestore', 'auth', 'storage'] };
    },
    path: 'records.trips.fate.0',
    says: /does not name the 'files'/,
  },
  {
    code: 'files-of-nobody',
    why: 'files that go with a row, and no record of files',
    spoil: (p) => (record(p, 'bills').files = [{ field: 'scan' }]),
    path: 'records.bills.files.0',
    says: /no record says where the files of a person lie/,
  },
  {
    code: 'files-of-nobody',
    why: 'files of rows that are nobody\u2019s',
    spoil: (p) => (record(p, 'repairs').files = [{ field: 'photo' }]),
    path: 'records.repairs.files.0',
    says: /nobody knows whose rows these are/,
  },
  {
    code: 'contract-nowhere',
    why: 'a period from the end of a contract, which nobody writes down',
    spoil: (p) =>
      record(p, 'trips').fate.push(rule({ when: { event: 'contractEnded' }, after: 'P1Y', then: { do: 'delete' } })),
    path: 'records.trips.fate.2',
    says: /does not say where that is written/,
  },
  {
    code: 'contract-nowhere',
    why: 'contracts of nobody',
    spoil: (p) => (p.contract = { record: 'repairs', ended: 'doneAt', source }),
    path: 'contract.record',
    says: /does not say whose contract it is/,
  },
  {
    code: 'contract-nowhere',
    why: 'contracts in Firestore, without the field in which servers write their end',
    spoil: (p) => (p.contract = { record: 'trips', source }),
    path: 'contract.record',
    says: /name it in 'ended'/,
  },
  {
    code: 'contract-nowhere',
    why: 'contracts at another company, and a field of it that nobody writes',
    spoil: (p) => (p.contract = { record: 'account', ended: 'endedAt', source }),
    path: 'contract.ended',
    says: /tells by itself which contracts run/,
  },
  {
    code: 'contract-nowhere',
    why: 'a period from the end of contracts that only another company knows: no night finds it',
    spoil: (p) => {
      p.contract = { record: 'account', source };
      record(p, 'trips').fate.push(rule({ when: { event: 'contractEnded' }, after: 'P1Y', then: { do: 'delete' } }));
    },
    path: 'records.trips.fate.2',
    says: /add it with 'ended'/,
  },
  {
    code: 'bad-sign',
    why: 'a sign of activity that is nowhere',
    spoil: (p) => (p.rights.inactivity = { period: 'P2Y', notice: 'P30D', signs: ['rides'], source }),
    path: 'rights.inactivity.signs.0',
    says: /unknown record 'rides'/,
  },
  {
    code: 'bad-sign',
    why: 'a sign of activity that shows no time of a person',
    spoil: (p) => (p.rights.inactivity = { period: 'P2Y', notice: 'P30D', signs: ['riders'], source }),
    path: 'rights.inactivity.signs.0',
    says: /does not show when a person was active/,
  },
  {
    code: 'ends-with',
    why: 'a part of nothing',
    spoil: (p) => (record(p, 'trips').endsWith = 'attic'),
    path: 'records.trips.endsWith',
    says: /unknown record 'attic'/,
  },
  {
    code: 'ends-with',
    why: 'a part of what it does not lie below',
    spoil: (p) => (record(p, 'trips').endsWith = 'bills'),
    path: 'records.trips.endsWith',
    says: /does not lie directly below 'bills/,
  },
  {
    code: 'ends-with',
    why: 'a part that ends by a time of its own',
    spoil: (p) => (record(p, 'trips').endsWith = 'riders'),
    path: 'records.trips.endsWith',
    says: /a rule of its own ends it by time/,
  },
  {
    code: 'ends-with',
    why: 'a part of what is never deleted',
    spoil: (p) => {
      const former = closed(record(p, 'riders'));
      p.records['former'] = { ...former, database: 'compliance', path: 'former/{rider}' };
      record(p, 'riders').fate = [
        rule({ when: { event: 'accountDeleted' }, after: 'P0D', then: { do: 'archive', to: 'former' } }),
      ];
      record(p, 'trips').fate = [onErasure];
      record(p, 'trips').endsWith = 'riders';
    },
    path: 'records.trips.endsWith',
    says: /is never deleted/,
  },
  {
    code: 'anonymise-names-person',
    why: 'an anonymisation that leaves the uid',
    spoil: (p) =>
      record(p, 'bills').fate.push(
        rule({ when: { field: 'paidAt' }, after: 'P1Y', then: { do: 'anonymise', fields: ['start'] } }),
      ),
    path: 'records.bills.fate.3',
    says: /'rider' would go on naming/,
  },
  {
    code: 'anonymise-names-person',
    why: 'an anonymisation under a path with the uid',
    spoil: (p) =>
      (ruleOf(p, 'trips').then = {
        do: 'anonymise',
        fields: ['start'],
      }),
    path: 'records.trips.fate.0',
    says: /its path names the person/,
  },
  {
    code: 'anonymise-names-person',
    why: 'an anonymisation that leaves the address by which a row without a uid is found',
    spoil: (p) => {
      record(p, 'bills').subject = { field: 'rider', email: 'riderEmail' };
      record(p, 'bills').fate.push(
        rule({ when: { field: 'paidAt' }, after: 'P1Y', then: { do: 'anonymise', fields: ['rider'] } }),
      );
    },
    path: 'records.bills.fate.3',
    says: /'riderEmail' would go on naming/,
  },
  {
    code: 'several-subjects',
    why: 'several subjects where nothing can be searched',
    spoil: (p) => (record(p, 'account').subject = { parties: [{ as: 'array', field: 'owners' }] }),
    path: 'records.account.subject',
    says: /'auth'/,
  },
  {
    code: 'several-subjects',
    why: 'one field for two parties',
    spoil: (p) =>
      share(p, [
        { as: 'value', field: 'reportedBy' },
        { as: 'array', field: 'reportedBy' },
      ]),
    path: 'records.repairs.subject',
    says: /'reportedBy' names two parties/,
  },
  {
    code: 'several-subjects',
    why: 'several subjects of whom there is one',
    spoil: (p) => share(p, [{ as: 'value', field: 'reportedBy' }]),
    path: 'records.repairs.subject',
    says: /\{ field: 'reportedBy' \}/,
  },
  {
    code: 'several-subjects',
    why: 'a party that wrote the name of another',
    spoil: (p) =>
      share(p, [
        { as: 'value', field: 'reportedBy', wrote: ['followers'] },
        { as: 'array', field: 'followers' },
      ]),
    path: 'records.repairs.subject',
    says: /'followers' says who a party is/,
  },
  {
    code: 'several-subjects',
    why: 'data of one that is masked, and stays when they end',
    spoil: (p) =>
      share(p, [
        { as: 'value', field: 'reportedBy', masked: ['phone'] },
        { as: 'array', field: 'followers' },
      ]),
    path: 'records.repairs.subject',
    says: /'phone' is masked for the others, and would stay/,
  },
  {
    code: 'several-subjects',
    why: 'a party that is mentioned as well',
    spoil: (p) => {
      share(p);
      record(p, 'repairs').mentions = [{ field: 'followers', as: 'array' }];
    },
    path: 'records.repairs.subject',
    says: /'followers' names a subject of the row already/,
  },
  {
    code: 'several-subjects',
    why: 'the end of one that makes the row of all anonymous',
    spoil: (p) => {
      share(p);
      record(p, 'repairs').fate.splice(
        1,
        1,
        rule({ when: onErasure.when, after: 'P0D', then: { do: 'anonymise', fields: ['reportedBy', 'followers'] } }),
      );
    },
    path: 'records.repairs.fate.1',
    says: /would anonymise the row of the others/,
  },
  {
    code: 'anonymise-names-person',
    why: 'an anonymous row that goes on naming one of several',
    spoil: (p) => {
      share(p);
      record(p, 'repairs').fate.push(
        rule({ when: { field: 'doneAt' }, after: 'P1Y', then: { do: 'anonymise', fields: ['reportedBy'] } }),
      );
    },
    path: 'records.repairs.fate.2',
    says: /'followers' would go on naming the person/,
  },
  {
    code: 'mention',
    why: 'a mention where nothing can be searched',
    spoil: (p) => (record(p, 'account').mentions = [{ field: 'invitedBy', as: 'value' }]),
    path: 'records.account.mentions.0',
    says: /this record is in 'auth'/,
  },
  {
    code: 'mention',
    why: 'a mention that is the row’s own person',
    spoil: (p) =>
      (record(p, 'bills').mentions = [
        { field: 'watchers', as: 'array' },
        { field: 'rider', as: 'value' },
      ]),
    path: 'records.bills.mentions.1',
    says: /'rider' names the row's own person/,
  },
  {
    code: 'duplicate-rule',
    why: 'two periods for the same end',
    spoil: (p) => record(p, 'riders').fate.push({ ...onErasure, after: 'P1D' }),
    path: 'records.riders.fate.1',
    says: /rule 0 does the same/,
  },
  {
    code: 'undated-sweep',
    why: 'rows that nobody would see',
    spoil: (p) => Object.assign(record(p, 'trips'), { timestamp: null, fate: record(p, 'trips').fate.slice(0, 1) }),
    path: 'records.trips.fate.0',
    says: /'endedAt'/,
  },
  {
    code: 'inactivity-without-notice',
    why: 'an account that ends without a word',
    spoil: (p) => record(p, 'account').fate.push(inactive),
    path: 'records.account.fate.1',
    says: /notice/,
  },
  {
    code: 'bad-path',
    why: 'a path that is not one',
    spoil: (p) => (record(p, 'bills').path = 'bills/{bill'),
    path: 'records.bills.path',
    says: /neither a name nor a variable/,
  },
  {
    code: 'not-a-document',
    why: 'a path that ends with a collection',
    spoil: (p) => (record(p, 'bills').path = 'bills/{bill}/lines'),
    path: 'records.bills.path',
    says: /not the path of a document/,
  },
  {
    code: 'not-a-document',
    why: 'collections of any name, which no query looks for',
    spoil: (p) => (p.records['kinds'] = { ...record(p, 'bills'), path: 'shops/all/{kind}/{id}' }),
    path: 'records.kinds.path',
    says: /'\{kind\}'.*a record for each/,
  },
  {
    code: 'bad-field',
    why: 'a time in a field that Firestore cannot have',
    spoil: (p) => (record(p, 'trips').timestamp = 'times..started'),
    path: 'records.trips.timestamp',
    says: /no field 'times\.\.started'/,
  },
  {
    code: 'bad-field',
    why: 'rows whose person stands in a field with a reserved name',
    spoil: (p) =>
      (p.records['shops'] = { ...record(p, 'bills'), path: 'shops/{shop}', subject: { field: '__rider__' } }),
    path: 'records.shops.subject.field',
    says: /__rider__/,
  },
  {
    code: 'subject-unfindable',
    why: 'documents of a customer of another company',
    spoil: (p) => (record(p, 'bills').subject = { handle: 'stripeCustomer' }),
    path: 'records.bills.subject',
    says: /finds nobody by 'stripeCustomer'/,
  },
  {
    code: 'subject-unfindable',
    why: 'a person behind a name that nobody knows',
    spoil: (p) =>
      (p.records['teams'] = {
        ...record(p, 'bills'),
        path: 'teams/{team}/members/{uid}',
        subject: { pathVariable: 'uid' },
      }),
    path: 'records.teams.subject',
    says: /\{uid\} must come before every other variable/,
  },
  {
    code: 'subject-unfindable',
    why: 'files that no folder gives to a person',
    spoil: (p) => (record(p, 'exports').path = 'exports/{request}/{uid}/**'),
    path: 'records.exports.subject',
    says: /must be a folder/,
    also: 'own-record',
  },
  {
    code: 'contact-place',
    why: "contact requests that are not in a collection of the app's own database",
    spoil: (p) => (p.records['contactRequests'] = { ...record(p, 'repairs'), path: 'shops/{shop}/letters/{id}' }),
    path: 'records.contactRequests.path',
    says: /'shops\/\{shop\}\/letters\/\{id\}' is no collection/,
  },
  {
    code: 'contact-place',
    why: 'contact requests whose person nobody finds',
    spoil: (p) => (p.records['contactRequests'] = { ...record(p, 'bills'), path: 'letters/{id}' }),
    path: 'records.contactRequests.subject',
    says: /names people in 'uid' and 'email'/,
  },
  {
    code: 'contact-place',
    why: 'contact requests that no sweep finds',
    spoil: (p) =>
      (p.records['contactRequests'] = {
        ...record(p, 'bills'),
        path: 'letters/{id}',
        subject: { field: 'uid', email: 'email' },
      }),
    path: 'records.contactRequests.timestamp',
    says: /into 'createdAt'/,
  },
  {
    code: 'client-rights',
    why: "documents of the backend's own database, opened to clients",
    spoil: (p) => (record(p, 'disputedTrips').client = { owner: ['read'] }),
    path: 'records.disputedTrips.client',
    says: /only documents of the app's own database/,
  },
  {
    code: 'client-rights',
    why: 'rows of nobody, opened to their owner',
    spoil: (p) => (record(p, 'repairs').client = { owner: ['read'] }),
    path: 'records.repairs.client',
    says: /tell no owner/,
  },
  {
    code: 'client-rights',
    why: 'consents that their owner could delete: rules of all matching blocks are ORed',
    spoil: (p) => (record(p, 'consents').client = { owner: ['delete'] }),
    path: 'records.consents.client',
    says: /would open 'users\/\{uid\}\/consents\/\{purpose\}'/,
  },
  {
    code: 'client-rights',
    why: 'a place that holds the state which the app reads, and that only the backend writes',
    spoil: (p) => (record(p, 'privacyState').client = { owner: ['read', 'update'] }),
    path: 'records.privacyState.client',
    says: /would open 'users\/\{uid\}\/privacy\/\{id\}'/,
  },
  {
    code: 'client-rights',
    why: 'refusing rows that nobody writes',
    spoil: (p) => (record(p, 'riders').client = { owner: ['read', 'delete'], enforce: true }),
    path: 'records.riders.client',
    says: /the owner writes none/,
  },
  {
    code: 'client-rights',
    why: 'a consent of another record, without which no row would ever be taken',
    spoil: (p) => (record(p, 'riders').client = { owner: ['create'], enforce: 'newsletter' }),
    path: 'records.riders.client',
    says: /'newsletter', which is no purpose of the record that asks for a consent/,
  },
  {
    code: 'client-rights',
    why: 'a customer that its owner could name',
    spoil: (p) => {
      record(p, 'riders').identifies = { handle: 'stripeCustomer', field: 'stripeId' };
      record(p, 'riders').client = { owner: ['read', 'update'] };
    },
    path: 'records.riders.client',
    says: /'stripeId'.*add it to 'servers'/,
  },
  {
    code: 'client-rights',
    why: 'a variable that rules have a meaning for',
    spoil: (p) => {
      record(p, 'bills').path = 'bills/{request}';
      record(p, 'bills').client = { owner: ['read'] };
    },
    path: 'records.bills.client',
    says: /rules cannot name '\{request\}'/,
  },
  {
    code: 'role-twice',
    why: 'a controller of everything, and of a part beside it',
    spoil: (p) =>
      Object.assign(recipient(p, 'postman'), { role: 'controller', controllerFor: { text: plain, source } }),
    path: 'recipients.postman.controllerFor',
    says: /'controller' for everything already/,
  },
  {
    code: 'kept-for-nothing',
    why: 'Art. 30(1)(f): a recipient that keeps nothing that it receives',
    spoil: (p) => (recipient(p, 'postman').kept = { period: 'P0D', from: 'receipt', source }),
    path: 'recipients.postman.kept.period',
    says: /give the longest time/,
  },
  {
    code: 'period-not-told',
    why: 'Art. 5(1)(e): nobody tells a recipient of the end of a row, and it is said to keep none longer',
    spoil: (p) => (recipient(p, 'postman').kept.from = 'deletion'),
    path: 'recipients.postman.kept.from',
    says: /keeps data longer than the records here/,
  },
  {
    code: 'period-not-told',
    why: 'a host that the backend ends rows at, as if somebody had to ask it',
    spoil: (p) => (recipient(p, 'google').kept.from = 'asked'),
    path: 'recipients.google.kept.from',
    says: /has an interface/,
  },
  {
    code: 'period-not-told',
    why: 'a reason for the end of rows, of a recipient that waits to be asked',
    spoil: (p) => (recipient(p, 'postman').kept.followsPeriods = source),
    path: 'recipients.postman.kept.from',
    says: /remove it/,
  },
  {
    code: 'expires-differs',
    why: 'a certificate that promises another end than the register',
    spoil: (p) => (recipient(p, 'postman').reach = { manual: plain, within: 'P5D', expires: 'P90D' }),
    path: 'recipients.postman.reach.expires',
    says: /after P90D, and 'kept' says P30D from asked/,
  },
  {
    code: 'source-without-day',
    why: 'a page of a provider that nobody knows the day of',
    spoil: (p) => (recipient(p, 'postman').countriesSource = { kind: 'provider', reference: 'facteur.example' }),
    path: 'recipients.postman.countriesSource.read',
    says: /give the day/,
  },
  {
    code: 'source-without-day',
    why: 'a guide of an authority that nobody knows the day of',
    spoil: (p) =>
      (recipient(p, 'postman').kept.source = {
        kind: 'cnil',
        reference: { en: 'Guide of 1 May 2020', fr: 'Guide', nl: 'Gids' },
      }),
    path: 'recipients.postman.kept.source.read',
    says: /name the day of the text/,
  },
  {
    code: 'source-without-day',
    why: 'a guide of an authority of which only the year, or some number, is known',
    spoil: (p) =>
      (recipient(p, 'postman').kept.source = {
        kind: 'cnil',
        reference: { en: 'Guide 2020', fr: 'Guide de 2020', nl: 'Gids 2020-092' },
      }),
    path: 'recipients.postman.kept.source.read',
    says: /name the day of the text/,
  },
  {
    code: 'nobody-inside',
    why: 'Art. 13(1)(e): a company in which nobody sees anything',
    spoil: (p) => (p.recipientCategories = {}),
    path: 'recipientCategories',
    says: /somebody inside sees the data/,
  },
  {
    code: 'unknown-purpose',
    why: 'a team for a purpose that is not there',
    spoil: (p) => part(p.recipientCategories, 'staff').purposes.push('racing'),
    path: 'recipientCategories.staff.purposes',
    says: /'racing'/,
  },
  {
    code: 'provision-basis',
    why: 'Art. 7(4): a consent that somebody has to give',
    spoil: (p) => (purpose(p, 'newsletter').provision.required = 'request'),
    path: 'purposes.newsletter.provision.required',
    says: /nobody can be made to agree/,
  },
  {
    code: 'provision-basis',
    why: 'data that a contract asks for, under a law',
    spoil: (p) => (purpose(p, 'accounts').provision.required = 'contract'),
    path: 'purposes.accounts.provision.required',
    says: /rests on legalObligation: correct one of them/,
  },
  {
    code: 'provision-optional',
    why: 'data that may be left out, and that nobody asks for',
    spoil: (p) => (purpose(p, 'rental').provision.optional = ['adapted', 'exportCopy']),
    path: 'purposes.rental.provision.optional',
    says: /no 'exportCopy'/,
  },
  {
    code: 'provision-optional',
    why: 'a part that may be left out, of data that nobody has to give',
    spoil: (p) => (purpose(p, 'newsletter').provision.optional = ['email']),
    path: 'purposes.newsletter.provision.optional',
    says: /everything may be left out already/,
  },
  {
    code: 'provision-optional',
    why: 'a part that may be left out, of data that are collected without asking',
    spoil: (p) => {
      purpose(p, 'rental').provision.required = 'collected';
      purpose(p, 'rental').provision.optional = ['adapted'];
    },
    path: 'purposes.rental.provision.optional',
    says: /nothing is asked/,
  },
  {
    code: 'provision-basis',
    why: 'Art. 7(4): a consent to data that are collected without asking',
    spoil: (p) => (purpose(p, 'newsletter').provision.required = 'collected'),
    path: 'purposes.newsletter.provision.required',
    says: /nobody can be made to agree/,
  },
  {
    code: 'tracker-without-consent',
    why: 'Directive 2002/58/EC, Art. 5(3): a tracker that nobody is asked about',
    spoil: (p) => (part(p.dataTypes, 'position').tracker = source),
    path: 'purposes.rental.trackersWithoutConsent',
    says: /'position' are trackers, and nobody is asked/,
  },
  {
    code: 'exemption-for-nothing',
    why: 'a reason to ask nobody, for a purpose that asks',
    spoil: (p) => {
      part(p.dataTypes, 'position').tracker = source;
      purpose(p, 'rental').trackersWithoutConsent = { text: plain, source };
      purpose(p, 'newsletter').trackersWithoutConsent = { text: plain, source };
    },
    path: 'purposes.newsletter.trackersWithoutConsent',
    says: /a consent is asked for/,
  },
  {
    code: 'exemption-for-nothing',
    why: 'a reason to ask nobody about trackers that are not there',
    spoil: (p) => (purpose(p, 'rental').trackersWithoutConsent = { text: plain, source }),
    path: 'purposes.rental.trackersWithoutConsent',
    says: /none of its data types is a tracker/,
  },
  {
    code: 'same-path',
    why: 'two records for one path, under other names',
    spoil: (p) => (p.records['invoices'] = { ...record(p, 'bills'), path: 'bills/{id}' }),
    path: 'records.invoices.path',
    says: /'bills\/\{bill\}' of the record 'bills'/,
  },
  {
    code: 'subject-variable',
    why: 'a person that the path does not name',
    spoil: (p) => (record(p, 'riders').subject = { pathVariable: 'uid' }),
    path: 'records.riders.subject',
    says: /no variable \{uid\}/,
  },
  {
    code: 'subcollections-unsaid',
    why: 'declared documents below a document without subcollections',
    spoil: (p) => delete record(p, 'riders').subcollections,
    path: 'records.riders.subcollections',
    says: /'riders\/\{rider\}\/trips\/\{trip\}' lies below/,
  },
  {
    code: 'wrong-place',
    why: 'a database of Auth',
    spoil: (p) => (record(p, 'account').database = 'compliance'),
    path: 'records.account.database',
    says: /only Firestore/,
  },
  {
    code: 'wrong-place',
    why: 'a bucket of Firestore',
    spoil: (p) => (record(p, 'bills').bucket = 'evidence'),
    path: 'records.bills.bucket',
    says: /only Storage/,
  },
  {
    code: 'system-without-recipient',
    why: 'Art. 30(1)(d): a host that is not among the recipients',
    spoil: (p) => (recipient(p, 'google').reach = { systems: ['firestore', 'storage'] }),
    path: 'recipients',
    says: /'auth'/,
  },
  {
    code: 'mail-without-recipient',
    why: 'Art. 30(1)(d): messages about rights go through Brevo, and their purpose does not say so',
    spoil: byBrevo,
    path: 'purposes.proof.recipients',
    says: /through 'brevo'.*add 'postman'/,
  },
  {
    code: 'mail-without-recipient',
    why: 'Art. 30(1)(d): answers to the contact form go through Brevo, and its purpose does not say so',
    spoil: (p) => contactForm(p, 'proof'),
    path: 'purposes.rental.recipients',
    says: /answers to the contact form go out through 'brevo'.*add 'postman'/,
  },
  {
    code: 'answer-data-missing',
    why: 'Art. 30(1)(d): answers to the contact form speak of health, and their carrier is not said to get that',
    spoil: (p) => contactForm(p, 'proof', 'rental'),
    path: 'recipients.postman.dataTypes',
    says: /answers to the contact form.*add 'adapted'/,
  },
  {
    code: 'system-without-record',
    why: 'a recipient reached where nothing is held',
    spoil: (p) => reachedBy(p, 'facteur'),
    path: 'recipients.postman.reach',
    says: /'facteur'/,
  },
  {
    code: 'recipient-data-missing',
    why: 'a host that holds more than is said of it',
    spoil: (p) => (recipient(p, 'google').dataTypes = Object.keys(p.dataTypes).filter((type) => type !== 'payment')),
    path: 'records.bills.dataTypes',
    says: /'payment' of it is held in 'firestore', and 'google'/,
  },
  {
    code: 'special-category-without-ground',
    why: 'Art. 9: a record of health without a ground',
    spoil: (p) => delete record(p, 'riders').specialCategory,
    path: 'records.riders.specialCategory',
    says: /'adapted'.*Art\. 9\(2\)/,
  },
  {
    code: 'special-category-without-ground',
    why: 'Art. 9: a recipient of it without a ground',
    spoil: (p) => delete recipient(p, 'google').specialCategory,
    path: 'recipients.google.specialCategory',
    says: /'adapted'/,
  },
  {
    code: 'explicit-consent-unnamed',
    why: 'Art. 9(2)(a): nobody knows which consent it is',
    spoil: (p) => delete record(p, 'riders').specialCategory?.askedElsewhere,
    path: 'records.riders.specialCategory.consents',
    says: /name it in 'consents', or say in 'askedElsewhere'/,
  },
  {
    code: 'explicit-consent-unnamed',
    why: 'a consent to something else',
    spoil: (p) => {
      const ground = record(p, 'riders').specialCategory;
      if (ground) ground.consents = ['newsletter'];
    },
    path: 'records.riders.specialCategory.consents',
    says: /'newsletter' asks for no explicit consent/,
  },
  {
    code: 'explicit-consent-unnamed',
    why: 'another ground of Art. 9(2) with a consent',
    spoil: (p) => {
      const ground = record(p, 'riders').specialCategory;
      if (ground) ground.article = '9(2)(h)';
    },
    path: 'records.riders.specialCategory',
    says: /rests on Art. 9\(2\)\(h\) and names a consent/,
  },
  {
    code: 'explicit-consent-missing',
    why: 'Art. 9(2)(a): a consent to data that reveal health is like any other',
    spoil: (p) => purpose(p, 'newsletter').dataTypes.push('adapted'),
    path: 'purposes.newsletter.explicit',
    says: /'adapted' can reveal a special category/,
  },
  {
    code: 'explicit-consent-missing',
    why: 'an explicit consent to nothing that needs one',
    spoil: (p) => (purpose(p, 'newsletter').explicit = true),
    path: 'purposes.newsletter.explicit',
    says: /none of its data types is a special category/,
  },
  {
    code: 'explicit-consent-missing',
    why: 'an explicit consent that nobody is asked for',
    spoil: (p) => (purpose(p, 'rental').explicit = true),
    path: 'purposes.rental.explicit',
    says: /nobody is asked/,
  },
  {
    code: 'account-without-consent',
    why: 'the account ends with a consent that is none',
    spoil: (p) => (purpose(p, 'rental').endsAccount = { source }),
    path: 'purposes.rental.endsAccount',
    says: /nobody is asked for/,
  },
  {
    code: 'ground-without-special-category',
    why: 'a ground for nothing special',
    spoil: (p) => (record(p, 'bills').specialCategory = { article: '9(2)(f)', text: plain, source }),
    path: 'records.bills.specialCategory',
    says: /remove the ground/,
  },
  {
    code: 'unknown-country',
    why: 'a country that is not one',
    spoil: (p) => recipient(p, 'google').countries.push('XQ'),
    path: 'recipients.google.countries',
    says: /'XQ'/,
  },
  {
    code: 'transfer-without-safeguard',
    why: 'Art. 44: a transfer to India without a safeguard',
    spoil: (p) => recipient(p, 'postman').countries.push('IN'),
    path: 'recipients.postman.safeguards',
    says: /India/,
  },
  {
    code: 'transfer-without-safeguard',
    why: 'Art. 45: the framework covers the United States only',
    spoil: (p) => {
      recipient(p, 'google').countries.push('IN');
      recipient(p, 'google').safeguards = ['dataPrivacyFramework'];
    },
    path: 'recipients.google.safeguards',
    says: /^transfers to India have/,
  },
  {
    code: 'safeguard-for-nobody',
    why: 'an adequacy decision that does not exist',
    spoil: (p) => (recipient(p, 'google').safeguards = ['adequacyDecision', 'standardContractualClauses']),
    path: 'recipients.google.safeguards',
    says: /no country of the list has an adequacy decision/,
  },
  {
    code: 'safeguard-for-nobody',
    why: 'a transfer inside the EEA',
    spoil: (p) =>
      Object.assign(recipient(p, 'postman'), { countries: ['FR'], safeguards: ['standardContractualClauses'] }),
    path: 'recipients.postman.safeguards',
    says: /nothing is transferred/,
  },
  {
    code: 'portability',
    why: 'Art. 20(1): portable, and not provided by the person',
    spoil: (p) => (record(p, 'bills').export.portability = true),
    path: 'records.bills.export',
    says: /did not provide it/,
  },
  {
    code: 'portability',
    why: 'Art. 20(1)(a): portable, and neither consent nor contract',
    spoil: (p) =>
      Object.assign(record(p, 'bills'), {
        purposes: ['accounts'],
        provided: true,
        export: { access: true, portability: true },
      }),
    path: 'records.bills.export',
    says: /rests on consent or a contract/,
  },
  {
    code: 'access-to-nobody',
    why: 'rows of nobody in an export',
    spoil: (p) => (record(p, 'bills').subject = { none: plain }),
    path: 'records.bills.export',
    says: /whose rows/,
  },
  {
    code: 'deadlines',
    why: 'Art. 12(3): an answer after three months',
    spoil: (p) => (p.rights.answerWithin.period = 'P3M'),
    path: 'rights.answerWithin.period',
    says: /one month/,
  },
  {
    code: 'deadlines',
    why: 'Art. 12(3): three months more',
    spoil: (p) =>
      (p.rights.answerWithin.extension = { period: 'P3M', source: { kind: 'statute', reference: 'GDPR Art. 12(3)' } }),
    path: 'rights.answerWithin.extension.period',
    says: /P2M or less/,
  },
  {
    code: 'deadlines',
    why: 'an extension by nothing',
    spoil: (p) =>
      (p.rights.answerWithin.extension = { period: 'P0D', source: { kind: 'statute', reference: 'GDPR Art. 12(3)' } }),
    path: 'rights.answerWithin.extension.period',
    says: /gives no time/,
  },
  {
    code: 'deadlines',
    why: 'an extension that no law allows',
    spoil: (p) =>
      (p.rights.answerWithin.extension = { period: 'P1M', source: { kind: 'ownChoice', reference: 'We are few' } }),
    path: 'rights.answerWithin.extension.source',
    says: /cite its article/,
  },
  {
    code: 'deadlines',
    why: 'a grace as long as the whole time to answer',
    spoil: (p) => (p.rights.erasureGrace.period = 'P1M'),
    path: 'rights.erasureGrace.period',
    says: /does not stop the clock/,
  },
  {
    code: 'deadlines',
    why: 'a third look when the answer is due already',
    spoil: (p) => (p.rights.thirdLook.period = 'P30D'),
    path: 'rights.thirdLook.period',
    says: /end after the answer is due/,
  },
  {
    code: 'deadlines',
    why: 'an officer who acts after the answer',
    spoil: (p) => (recipient(p, 'postman').reach = { manual: plain, within: 'P2M' }),
    path: 'recipients.postman.reach.within',
    says: /P2M is longer/,
  },
  {
    code: 'deadlines',
    why: 'a sheet that is gone before an officer has asked',
    spoil: (p) => (p.rights.officerSheetsKept.period = 'P14D'),
    path: 'rights.officerSheetsKept.period',
    says: /nobody knows about whom after P14D/,
  },
  {
    code: 'country-nowhere',
    why: 'a country in a record that is not there',
    spoil: (p) => (p.rights.countryField = { record: 'profiles', field: 'country', source }),
    path: 'rights.countryField.record',
    says: /unknown record 'profiles'/,
  },
  {
    code: 'country-nowhere',
    why: 'a country in a record with many documents a person',
    spoil: (p) => (p.rights.countryField = { record: 'trips', field: 'country', source }),
    path: 'rights.countryField.record',
    says: /no one document a person/,
  },
  {
    code: 'country-nowhere',
    why: 'a country in a field that the profile does not have',
    spoil: (p) => (p.rights.countryField = { record: 'riders', field: 'country', source }),
    path: 'rights.countryField.field',
    says: /no field 'country'/,
  },
  {
    code: 'profile-nowhere',
    why: 'profiles in a record that is nowhere',
    spoil: (p) => (p.profile = { record: 'profiles', values: {}, source }),
    path: 'profile.record',
    says: /unknown record 'profiles'/,
  },
  {
    code: 'profile-nowhere',
    why: 'profiles in a record with many documents a person',
    spoil: (p) => (p.profile = { record: 'trips', values: {}, source }),
    path: 'profile.record',
    says: /no one document a person/,
  },
  {
    code: 'mirror-nowhere',
    why: 'Art. 19: a recipient has values of profiles, and nobody says where these are',
    spoil: (p) => (recipient(p, 'postman').mirrors = { values: [{ profile: ['name'] }], after: 'change' }),
    path: 'recipients.postman.mirrors.values.0',
    says: /does not say where profiles are/,
  },
  {
    code: 'mirror-nowhere',
    why: 'Art. 19: a recipient has a field that no profile has, so that no correction would leave',
    spoil: (p) => {
      p.profile = { record: 'riders', values: {}, source };
      recipient(p, 'postman').mirrors = { values: [{ profile: ['name', 'surname'] }], after: 'request' };
    },
    path: 'recipients.postman.mirrors.values.0',
    says: /'riders' has no field 'surname'/,
  },
  {
    code: 'mirror-of-interface',
    why: 'values at a recipient that no officer asks',
    spoil: (p) => (recipient(p, 'google').mirrors = { values: [{ account: 'email' }], after: 'change' }),
    path: 'recipients.google.mirrors',
    says: /it has an interface \('firestore', 'storage', 'auth'\)/,
  },
  {
    code: 'mirror-missing',
    why: 'Art. 19: a recipient has a number that somebody can correct, and no correction would reach it',
    spoil: (p) => {
      p.profile = { record: 'riders', values: { email: { account: 'email' }, name: { profile: ['name'] } }, source };
      part(p.purposes, 'newsletter').dataTypes.push('name');
      recipient(p, 'postman').dataTypes = ['email', 'name'];
      recipient(p, 'postman').mirrors = { values: [{ account: 'email' }], after: 'request' };
    },
    path: 'recipients.postman.mirrors',
    says: /given 'name' of the profile, and no correction of it would reach it/,
  },
  {
    code: 'mirror-missing',
    why: 'Art. 19: a recipient has the address of people, and is told of nothing',
    spoil: (p) => (p.profile = { record: 'riders', values: { email: { account: 'email' } }, source }),
    path: 'recipients.postman.mirrors',
    says: /given 'email' of the profile/,
  },
  {
    code: 'not-mirrored-for-nothing',
    why: 'a reason to tell nothing, of a recipient that is told',
    spoil: (p) => {
      p.profile = { record: 'riders', values: { email: { account: 'email' } }, source };
      recipient(p, 'postman').mirrors = { values: [{ account: 'email' }], after: 'request' };
      recipient(p, 'postman').notMirrored = source;
    },
    path: 'recipients.postman.notMirrored',
    says: /remove it/,
  },
  {
    code: 'unknown-data-type',
    why: 'a value of the profile under a data type that is nowhere',
    spoil: (p) => (p.profile = { record: 'riders', values: { surname: { profile: ['name'] } }, source }),
    path: 'profile.values',
    says: /unknown data type 'surname'/,
  },
  {
    code: 'unknown-identifier',
    why: 'a recipient that knows people by an id that no server keeps',
    spoil: (p) => (recipient(p, 'postman').knownBy = ['email', 'postmanUser']),
    path: 'recipients.postman.knownBy',
    says: /'postmanUser'/,
  },
  {
    code: 'unknown-identifier',
    why: 'identifiers for a recipient that no officer asks',
    spoil: (p) => (recipient(p, 'google').knownBy = ['email']),
    path: 'recipients.google.knownBy',
    says: /its interface finds people/,
  },
  {
    code: 'bad-calendar',
    why: 'a time zone that is not one',
    spoil: (p) => (p.controller.timeZone = 'Europe/Liege'),
    path: 'controller.timeZone',
    says: /IANA/,
  },
  {
    code: 'bad-calendar',
    why: 'a financial year that closes on 30 February',
    spoil: (p) => (p.controller.financialYearEnd = '--02-30'),
    path: 'controller.financialYearEnd',
    says: /not a day of the year/,
  },
  {
    code: 'same-path',
    why: 'rows of two people, which either of them would end for the other',
    spoil: (p) => {
      const bill = record(p, 'bills');
      const of = (field: string): PolicyRecord => ({
        ...bill,
        path: 'loans/{id}',
        subject: { field },
        fate: [onErasure],
      });
      Object.assign(p.records, { lent: of('lender'), borrowed: of('borrower') });
    },
    path: 'records.borrowed.path',
    says: /can name the same row/,
  },
  {
    code: 'powers',
    why: 'Art. 12(3): a person who has so long for a word that the answer is late',
    spoil: (p) => (p.powers = { told: { period: 'P1M', source }, regimes: {} }),
    path: 'powers.told.period',
    says: /is late when it goes on/,
  },
  {
    code: 'powers',
    why: 'Art. 4(11): somebody who consents alone without a judgment',
    spoil: (p) => (p.powers = { told: { period: 'P7D', source }, regimes: { mandate: mandate('alone') } }),
    path: 'powers.regimes.mandate.acts.consents',
    says: /nobody consents alone/,
  },
  {
    code: 'look',
    why: 'Art. 15(4): a look at rows that nobody gets',
    spoil: (p) => (record(p, 'repairs').export = { access: false, portability: false, look: plain }),
    path: 'records.repairs.export.look',
    says: /no export has these rows/,
  },
  {
    code: 'look',
    why: 'a look at rows that no officer can see',
    spoil: (p) => (record(p, 'account').export.look = plain),
    path: 'records.account.export.look',
    says: /documents of Firestore, and this record is in 'auth'/,
  },
  {
    code: 'look',
    why: 'rows that the person wrote alone, and that others wrote',
    spoil: (p) => (record(p, 'trips').export = { access: true, portability: true, ownWords: true, look: plain }),
    path: 'records.trips.export.look',
    says: /'ownWords' says that the person wrote every row/,
  },
  {
    code: 'guardianship',
    why: 'Art. 15(4): a child whose access shows the papers of their parent',
    spoil: (p) => guardianships(p, ({ child }) => (child.export.leaveOut = ['holder', 'holderPseudonyms'])),
    path: 'records.wards.export.leaveOut',
    says: /'evidence' is data of somebody else/,
  },
  {
    code: 'guardianship',
    why: 'Art. 15(4): a parent whose access shows the uid of their child',
    spoil: (p) => guardianships(p, ({ holder }) => delete holder.export.leaveOut),
    path: 'records.guards.export.leaveOut',
    says: /'child' is data of somebody else/,
  },
  {
    code: 'guardianship',
    why: 'Art. 15: a parent whose access lacks what names them',
    spoil: (p) => guardianships(p, ({ holder }) => (holder.export = { access: false, portability: false })),
    path: 'records',
    says: /of the person in 'holder'/,
  },
  {
    code: 'guardianship',
    why: 'a guardianship of nobody in particular, in an export',
    spoil: (p) => {
      guardianships(p, () => undefined);
      const then = { do: 'anonymise' as const, fields: ['by'] };
      const fate = [rule({ when: { event: 'accountDeleted' }, after: 'P0D', then })];
      p.records['others'] = { ...record(p, 'wards'), subject: { field: 'by' }, fate };
    },
    path: 'records.others.subject',
    says: /'child' and 'holder'/,
  },
  {
    code: 'guardianship',
    why: 'a protection that ends with the account of the parent',
    spoil: (p) =>
      guardianships(p, ({ child, holder }) => {
        holder.fate = child.fate;
        child.fate = [
          rule({ when: { event: 'accountDeleted' }, after: 'P0D', then: { do: 'anonymise', fields: ['child'] } }),
        ];
      }),
    path: 'records.guards.fate.0',
    says: /take the protection of somebody else away/,
    also: 'own-record',
  },
  {
    code: 'notice-missing',
    why: 'Art. 4(11), 13: a consent without a text to ask with',
    spoil: (p) => delete notices(p)['newsletter'],
    path: 'notices.2026-02-01.newsletter',
    says: /'newsletter'.*write it, in English, French and Dutch/,
  },
  {
    code: 'notice-missing',
    why: 'a new version that took no text with it',
    spoil: (p) => (p.version = '2026-07-01'),
    path: 'notices.2026-07-01.newsletter',
    says: /the version 2026-07-01 has no text/,
  },
  {
    code: 'notice-for-nothing',
    why: 'a text for a purpose that is not there',
    spoil: (p) => (notices(p)['racing'] = plain),
    path: 'notices.2026-02-01',
    says: /no purpose 'racing'/,
  },
  {
    code: 'stray-change',
    why: 'a change before the first version',
    spoil: (p) => {
      change(p, '2026-06-01');
      p.changes = { ...p.changes, [example.version]: { kind: 'wording', endsConsents: {}, text: plain } };
    },
    path: 'changes.2026-02-01',
    says: /first version/,
  },
  {
    code: 'stray-change',
    why: 'a change of a version that is not there',
    spoil: (p) => {
      change(p, '2026-06-01');
      p.changes = { ...p.changes, '2026-06-30': { kind: 'wording', endsConsents: {}, text: plain } };
    },
    path: 'changes.2026-06-30',
    says: /no version 2026-06-30/,
  },
  {
    code: 'change-announced-late',
    why: 'Art. 13(3): people are told on the day on which it is in force',
    spoil: (p) => change(p, '2026-07-01'),
    path: 'changes.2026-07-01.announced',
    says: /tell them before it takes effect/,
  },
  {
    code: 'change-announced-late',
    why: 'new words that are told after they are used',
    spoil: (p) => change(p, '2026-07-02', 'wording'),
    path: 'changes.2026-07-01.announced',
    says: /tell them before it takes effect/,
  },
  {
    code: 'notice-from-the-future',
    why: 'a text of a version that is not published',
    spoil: (p) => (p.notices['2026-02-02'] = { newsletter: plain }),
    path: 'notices.2026-02-02',
    says: /later than the policy's own, 2026-02-01/,
  },
  {
    code: 'text-missing',
    why: 'a notice in one language only',
    spoil: (p) => delete notices(p)['newsletter']?.fr,
    path: 'notices.2026-02-01.newsletter.fr',
    says: /write it in French too/,
  },
  {
    code: 'text-missing',
    why: 'a text in one language',
    spoil: (p) => delete p.purposes['rental']?.name.fr,
    path: 'purposes.rental.name.fr',
    says: /not there in French/,
  },
];

/** A mandate that lets everything be done alone, and consents as given. */
const mandate = (consents: 'alone') => {
  const alone = 'alone' as const;
  const rights = { access: alone, portability: alone, rectification: alone, restriction: alone };
  const acts = { consents, ...rights, objection: alone, erasure: alone };
  return { acts, evidence: ['mandate' as const], decides: ['person' as const], source };
};

/** Records of guardianships, as a company may write them, in the place of the backend's. */
function guardianships(p: Policy, spoil: (records: { child: PolicyRecord; holder: PolicyRecord }) => void): void {
  const { bills } = p.records;
  if (bills === undefined) throw new RangeError('the example has no bills');
  const of = (field: string, leaveOut: string[], then: FateRule['then']): PolicyRecord => ({
    ...bills,
    database: 'compliance',
    path: 'guardianships/{id}',
    subject: { field },
    timestamp: 'from',
    provided: false,
    fate: [rule({ when: { event: 'accountDeleted' }, after: 'P0D', then })],
    export: { access: true, portability: false, leaveOut },
  });
  const records = {
    child: of('child', ['holder', 'holderPseudonyms', 'evidence'], { do: 'delete' }),
    holder: of('holder', ['child'], { do: 'anonymise', fields: ['holder', 'evidence'] }),
  };
  spoil(records);
  delete p.records['guardianships'];
  delete p.records['guardianshipsHeld'];
  Object.assign(p.records, { wards: records.child, guards: records.holder });
}

function archiveTo(p: Policy, to: string): void {
  ruleOf(p, 'trips').then = { do: 'archive', to };
}

/** A policy without its types, so that a mistake of shape can be written. */
export type Loose = Record<string, Record<string, Record<string, Record<string, unknown>>>>;

/** Mistakes of shape, which zod finds; each names the right shape. */
export const badShapes: { why: string; spoil: (policy: Loose) => void; path: string; says: RegExp }[] = [
  {
    why: 'a notice of a version that is no date',
    spoil: (p: Loose) => Object.assign(p['notices'] ?? {}, { spring: {} }),
    path: 'notices.spring',
    says: /date/i,
  },
  {
    why: 'Art. 30(1)(f): a recipient without a period',
    spoil: (p: Loose) => delete p['recipients']?.['postman']?.['kept'],
    path: 'recipients.postman.kept',
    says: /how long it keeps the data/,
  },
  {
    why: 'Art. 30(1)(f): a category of recipients without a period',
    spoil: (p: Loose) => delete p['recipientCategories']?.['staff']?.['kept'],
    path: 'recipientCategories.staff.kept',
    says: /how long it keeps the data/,
  },
  {
    why: 'Art. 13(2)(e): a purpose that does not say if its data must be given',
    spoil: (p: Loose) => delete p['purposes']?.['rental']?.['provision'],
    path: 'purposes.rental.provision',
    says: /has to give the data/,
  },
  {
    why: 'countries of a recipient that come from nowhere',
    spoil: (p: Loose) => delete p['recipients']?.['postman']?.['countriesSource'],
    path: 'recipients.postman.countriesSource',
    says: /mark it toBeConfirmed/,
  },
  {
    why: 'a record without a fate',
    spoil: (p: Loose) => delete p['records']?.['trips']?.['fate'],
    path: 'records.trips.fate',
    says: /say how its rows end/,
  },
  {
    why: 'a record with an empty fate',
    spoil: (p: Loose) => Object.assign(p['records']?.['trips'] ?? {}, { fate: [] }),
    path: 'records.trips.fate',
    says: /at least one rule/,
  },
  {
    why: 'a record without a source',
    spoil: (p: Loose) => delete p['records']?.['trips']?.['source'],
    path: 'records.trips.source',
    says: /where the value comes from/,
  },
  {
    why: 'a rule without a source',
    spoil: (p: Loose) => Object.assign(p['records']?.['riders'] ?? {}, { fate: [{ ...onErasure, source: undefined }] }),
    path: 'records.riders.fate.0.source',
    says: /where the value comes from/,
  },
  {
    why: 'retain without a ground',
    spoil: (p: Loose) =>
      Object.assign(p['records']?.['riders'] ?? {}, { fate: [{ ...onErasure, then: { do: 'retain' } }] }),
    path: 'records.riders.fate.0.then.ground',
    says: /why it is retained/,
  },
  {
    why: 'retain without a period',
    spoil: (p: Loose) => Object.assign(p['records']?.['riders'] ?? {}, { fate: [{ ...onErasure, after: undefined }] }),
    path: 'records.riders.fate.0.after',
    says: /give the period/,
  },
  {
    why: 'a period in hours',
    spoil: (p: Loose) => Object.assign(p['records']?.['riders'] ?? {}, { fate: [{ ...onErasure, after: 'PT24H' }] }),
    path: 'records.riders.fate.0.after',
    says: /P13M/,
  },
  {
    why: 'a text in no language',
    spoil: (p: Loose) => Object.assign(p['purposes']?.['rental'] ?? {}, { name: {} }),
    path: 'purposes.rental.name',
    says: /in one language at least/,
  },
  {
    why: 'a language that the engine does not write',
    spoil: (p: Loose) => Object.assign(p, { languages: ['fr', 'tlh'] }),
    path: 'languages.1',
    says: /en/,
  },
  {
    why: 'a misspelt field',
    spoil: (p: Loose) => Object.assign(p['purposes']?.['rental'] ?? {}, { legalBases: 'contract' }),
    path: 'purposes.rental',
    says: /legalBases/,
  },
];
