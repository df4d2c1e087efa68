import { contract, MAX_REQUEST_TEXT } from '../contract.ts';
import { OWN_PLACES } from '../own/places.ts';

/** The parts of the security rules that are the same for every policy: the contract's documents. */

export const HELPERS = `// Signed in, with any provider: someone who signed in without an account ('anonymous' provider) owns data too.
function isPerson(uid) {
  return request.auth != null && request.auth.uid == uid;
}

// A field that is read but missing is an error, and an error refuses. Each required field is
// checked by name, so there is no separate list of required fields.
function hasOnly(fields) {
  return request.resource.data.keys().hasOnly(fields);
}

// Lengths are in characters.
function isText(value, min, max) {
  return value is string && value.size() >= min && value.size() <= max;
}

function text(field, min, max) {
  return isText(request.resource.data[field], min, max);
}

function optionalText(field, max) {
  return isText(request.resource.data.get(field, ''), 0, max);
}

// A text of one form, or an empty one: the backend keeps it for years, and no sentence or name has
// this form.
function optionalForm(field, max, form) {
  return optionalText(field, max) && request.resource.data.get(field, '').matches('(' + form + ')?');
}

// The server's clock, not the device's: only \`serverTimestamp()\` passes.
function isNow(field) {
  return request.resource.data[field] == request.time;
}

function isTime(field) {
  return request.resource.data[field] is timestamp;
}

// No rule can bound the size of an unknown field or a map's values (Firestore's own limit of
// 1 MiB for a document does). Nor how many documents somebody writes, or how often one, since
// rules count nothing. The backend bounds its own work: its ledger, requests and contact requests
// have a budget per person and day. No withdrawal is ever lost in it.

// Open shapes: any field, in a bounded number.
function isModest() {
  return request.resource.data.size() <= 100;
}`;

export const CONSENT = `// ---- consents: giving and withdrawing take the same fields; a consent is withdrawn, never deleted

match /${contract.consents} {
  function isConsent() {
    let data = request.resource.data;
    return purpose in consentPurposes()
      && hasOnly(['granted', 'policyVersion', 'source', 'updatedAt', 'locale', 'appVersion', 'deviceId', 'givenAt',
        'reconsentRequired', 'objectedAt'])
      && data.granted is bool
      && data.policyVersion.matches('[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])')
      && data.source in ['app', 'web']
      && isNow('updatedAt')
      && optionalForm('locale', 35, '[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*')
      && optionalForm('appVersion', 27, '[0-9]{1,6}([.][0-9]{1,6}){0,3}')
      && optionalText('deviceId', 128)
      // The device's own clock: a wrong one must not lose a consent; the ledger clamps future
      // times.
      && data.get('givenAt', request.time) is timestamp;
  }

  // Only servers say that a consent has to be asked again, or that the person objected. An answer
  // may leave such a mark as it is or take it away, so that every app can answer, and withdraw,
  // whether it knows the mark or not.
  function leaves(mark) {
    return !(mark in request.resource.data) || request.resource.data[mark] == resource.data[mark];
  }

  allow read: if isPerson(uid);
  allow create: if isPerson(uid) && isConsent()
    && !request.resource.data.keys().hasAny(['reconsentRequired', 'objectedAt']);
  allow update: if isPerson(uid) && isConsent() && leaves('reconsentRequired') && leaves('objectedAt');
}`;

export const DEVICE_PERMISSION = `// ---- device permissions: history of what the device allows
// A device's id has a length and no other form, so there can be any number of them: the
    // backend's budget bounds the entries.

match /${contract.devicePermissions} {
  function isDevicePermission() {
    let data = request.resource.data;
    return hasOnly(['permission', 'granted', 'deviceId', 'updatedAt', 'platform'])
      && data.permission in devicePermissions()
      && data.granted is bool
      && text('deviceId', 1, 128)
      && id == data.deviceId + '_' + data.permission
      && isNow('updatedAt')
      && optionalText('platform', 50);
  }

  allow read: if isPerson(uid);
  allow create, update: if isPerson(uid) && isDevicePermission();
}`;

export const REQUEST = `// ---- rights requests: made, and cancelled for good; all other fields are the backend's

match /${contract.privacyRequests} {
  function isRequest() {
    let data = request.resource.data;
    return hasOnly(['type', 'createdAt', 'details'])
      // The id becomes part of the backend's document ids and object names.
      && id.matches('[A-Za-z0-9._:-]{1,128}')
      && data.type in requestTypes()
      && isNow('createdAt')
      // Any keys, in a bounded number; the known texts are bounded, and the backend copies none.
      && data.get('details', {}) is map
      && data.get('details', {}).size() <= 50
      && mayTell(data.get('details', {}).get('text', null))
      && mayTell(data.get('details', {}).get('correction', null))
      && maySend(data.get('details', {}).get('transmitTo', null));
  }

  // The person's own words, which an officer reads.
  function mayTell(words) {
    return words == null || isText(words, 0, ${MAX_REQUEST_TEXT});
  }

  // The address for an archive of everything: its person has just signed in.
  function maySend(address) {
    return address == null
      || (isText(address, 9, 2048) && address.matches('https://.+') && hasJustSignedIn());
  }

  // The time of the sign-in itself, which a refreshed token keeps.
  function hasJustSignedIn() {
    return request.time.toMillis() - request.auth.token.auth_time * 1000 <= 10 * 60 * 1000;
  }

  function isCancellation() {
    return request.resource.data.diff(resource.data).affectedKeys().hasOnly(['cancelled'])
      && request.resource.data.cancelled == true;
  }

  // The person's word about a request that the backend shows them: somebody made it for them.
  function isWord() {
    return 'askedFor' in resource.data
      && request.resource.data.diff(resource.data).affectedKeys().hasOnly(['say'])
      && request.resource.data.say in ['agrees', 'disagrees'];
  }

  allow read: if isPerson(uid);
  allow create: if isPerson(uid) && isRequest();
  allow update: if isPerson(uid) && (isCancellation() || isWord());
}`;

const statePath = OWN_PLACES.privacyState.path.replace('{uid}', '$(request.auth.uid)').replace('{id}', 'state');

export const STATE = `// ---- the state of consents and restrictions, for the app to read: only the backend writes it

match /${OWN_PLACES.privacyState.path} {
  allow read: if isPerson(uid);
}`;

/** The functions that `enforce` needs. */
export const ENFORCED = `// The state of the one who writes. Without the document nobody has answered, and nothing is restricted.
// It is billed as one read, however often one request asks.
function shownState() {
  return exists(/databases/(default)/documents/${statePath})
    ? get(/databases/(default)/documents/${statePath}).data : {};
}

function isRestricted(state) {
  return state.get(['restricted', 'all'], false);
}

// A purpose that the person neither restricts nor objects to.
function isOpen(state, purpose) {
  return !(purpose in state.get(['restricted', 'purposes'], [])) && !(purpose in state.get('objections', []));
}

// The same of a purpose that needs a consent.
function isAgreed(state, purpose) {
  return state.get(['purposes', purpose, 'stands'], false) && isOpen(state, purpose);
}`;

/** `{path}` stands for the place of the policy's record, `{id}` for its own path variable. */
const CONTACT = `// ---- the contact form of people with an account; without one, the callable \`contact\`
// The backend counts by account after the write. Anonymous sign-in makes as many uids as somebody
// likes, which no count by account bounds. Those use the callable, which counts their network.

match /{path} {
  function isContactRequest() {
    // Officers read the id and type it again: no sign of it steers a terminal.
    return {id}.matches('[A-Za-z0-9_-]{1,128}')
      && hasOnly(['email', 'firstName', 'lastName', 'message', 'company', 'phone', 'profession', 'postalCode', 'uid', 'createdAt'])
      && text('email', 1, 320)
      && text('firstName', 0, 200)
      && text('lastName', 0, 200)
      && text('message', 1, 10000)
      && optionalText('company', 200)
      && optionalText('phone', 50)
      && optionalText('profession', 200)
      && optionalText('postalCode', 20)
      && isNow('createdAt');
  }

  function hasAccount() {
    return request.auth.token.firebase.sign_in_provider != 'anonymous';
  }

  allow create: if isPerson(request.resource.data.uid) && hasAccount() && isContactRequest();
}`;

/**
 * The rules of the contact form.
 *
 * @param path such as `contactRequests/{id}`
 */
export const contactRules = (path: string): string =>
  CONTACT.replaceAll('{id}', path.replace(/^.*\{(.*)\}$/, '$1')).replace('{path}', path);
