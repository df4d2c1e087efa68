import { CONTACT_RECORD, contract } from '../contract.ts';
import { databaseOf, isConsentPurpose } from '../lookup.ts';
import { OWN_PLACES } from '../own/places.ts';
import { isRoot, overlap } from '../paths.ts';
import { eachRecord, finding, ifReadable, quote, type Check, type Finding } from './problem.ts';

/** Checks of `client`: the rules can say it, and open nothing else. */

/** Places with rules of their own, whatever a policy says. */
const FIXED = [...Object.values(contract), OWN_PLACES.privacyState.path];

/** Names that rules have already. */
const RESERVED = ['request', 'resource', 'database', 'path', 'match', 'allow', 'function', 'let', 'if', 'return'];

const clientRights = eachRecord('.client', (record, policy, id) => {
  const { client, subject, path, system } = record;
  if (client === undefined) return undefined;
  if (system !== 'firestore' || databaseOf(record) !== '(default)')
    return "only documents of the app's own database are opened to clients: remove it";
  if (!('pathVariable' in subject || 'field' in subject))
    return 'nobody knows by uid whose rows these are, so that rules could tell no owner: remove it';
  if (id === CONTACT_RECORD) return 'the contact form has rules of its own: remove it';
  const fixed = FIXED.find((place) => mayMeet(path, place));
  if (fixed !== undefined)
    return `'${path}' would open '${fixed}', for which the contract has rules of its own: remove it, or correct the path`;
  const odd = path.split('/').filter((part) => !isName(part));
  if (odd.length > 0) return `rules cannot name ${quote(odd)} of '${path}': use letters, digits, - and _`;
  if ('field' in subject && !/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(subject.field))
    return `rules cannot name the field '${subject.field}': use letters, digits and _`;
  const writes = client.owner.some((operation) => operation === 'create' || operation === 'update');
  if (client.enforce !== undefined && !writes)
    return "'enforce' refuses rows that the owner writes, and the owner writes none: remove it";
  const { enforce } = client;
  if (typeof enforce === 'string' && !(isConsentPurpose(policy, enforce) && record.purposes.includes(enforce)))
    return `'enforce' names '${enforce}', which is no purpose of the record that asks for a consent: name one that does`;
  return record.identifies !== undefined && writes && client.servers?.includes(record.identifies.field) !== true
    ? `the owner could write '${record.identifies.field}' and be somebody else at another company: add it to 'servers'`
    : undefined;
});

const mayMeet = (path: string, place: string): boolean => ifReadable(() => overlap(path, place), false);

const isName = (part: string): boolean => {
  const variable = /^\{(.*)\}$/.exec(part)?.[1];
  return variable === undefined ? /^[A-Za-z0-9_-]+$/.test(part) : !RESERVED.includes(variable);
};

/** Rows of the contact form name their people by fields of the form, and a sweep finds them. */
const contactPlace: Check = (policy) => {
  const record = policy.records[CONTACT_RECORD];
  if (record === undefined) return [];
  const { subject, timestamp, path } = record;
  const found = (field: string, message: string): Finding[] => finding(`records.${CONTACT_RECORD}.${field}`, message);
  if (!(record.system === 'firestore' && databaseOf(record) === '(default)' && isRootPath(path)))
    return found(
      'path',
      `'${path}' is no collection of the app's database: the contact form writes there, as in contactRequests/{id}`,
    );
  if (!('field' in subject && subject.field === 'uid' && subject.email === 'email'))
    return found(
      'subject',
      "the contact form names people in 'uid' and 'email': set { field: 'uid', email: 'email' }, or no export and no erasure finds them",
    );
  return timestamp === 'createdAt'
    ? []
    : found('timestamp', "the contact form writes the time into 'createdAt': say so, or no sweep finds its rows");
};

const isRootPath = (path: string): boolean => ifReadable(() => isRoot(path), true);

export const clientChecks: Record<string, Check> = { 'client-rights': clientRights, 'contact-place': contactPlace };
