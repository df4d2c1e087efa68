/**
 * Lists attacks: documents, names and accounts by which somebody tries to reach another person's
 * data, or to be taken for them. One table serves the tests of the decision (test/unit/erasure) and
 * of the deployed functions (test/emulator).
 */

/** Somebody, as the systems know them. */
export interface Person {
  readonly uid: string;
  /** In lower case. */
  readonly email: string;
  readonly phone: string;
  /** The UUID of an installation of theirs. */
  readonly installation: string;
  /** Ids of their Stripe customers. */
  readonly customers: readonly string[];
  /** The id of their Brevo contact. */
  readonly contact: string;
}

/** The attacker, before their attack. */
export type Me = Pick<Person, 'uid' | 'email'>;

export interface Customer {
  readonly email?: string;
  readonly phone?: string;
  readonly name?: string;
  readonly metadata?: Record<string, string>;
}
export interface Contact {
  readonly email: string;
  readonly ext_id?: string;
  readonly attributes?: Record<string, string>;
}

/** Auth's knowledge of the attacker; absent fields are as anybody's. */
interface AccountOfMine {
  readonly email?: string;
  readonly emailVerified?: boolean;
  readonly displayName?: string;
  readonly photoURL?: string;
  readonly phoneNumber?: string;
  readonly linked?: { readonly providerId: string; readonly uid: string; readonly email: string };
}

export interface Attack {
  readonly name: string;
  /** Only of a victim with an account, or of one without. */
  readonly victim?: 'withAccount' | 'withoutAccount';
  /** The uid of the attacker, made from the victim's: for servers that take uids from elsewhere. */
  readonly uid?: (victim: Person) => string;
  readonly account?: (me: Me, victim: Person) => AccountOfMine;
  /** Identifiers that Auth had verified for the attacker once, and that are the victim's now. */
  readonly former?: (victim: Person) => { readonly email?: string; readonly phoneNumber?: string };
  /**
   * The account is in a tenant of Identity Platform: its address may be another living account's as
   * well.
   */
  readonly isInTenant?: true;
  /**
   * Documents of the app's database by path: also those that only an app with laxer rules, or a
   * careless server, would let through.
   */
  readonly documents?: (me: Me, victim: Person) => Record<string, Record<string, unknown>>;
  /** Names of files. */
  readonly files?: (me: Me, victim: Person) => readonly string[];
  readonly customers?: (me: Me, victim: Person) => readonly Customer[];
  readonly contacts?: (me: Me, victim: Person) => readonly Contact[];
}

/** Every value by which somebody could be found. */
export const identifiers = (victim: Person): Record<string, string> => ({
  uid: victim.uid,
  email: victim.email,
  'email in capitals': victim.email.toUpperCase(),
  phone: victim.phone,
  installation: victim.installation,
  customer: victim.customers[0] ?? '',
  contact: victim.contact,
  path: `users/${victim.uid}`,
  'path upwards': `../${victim.uid}`,
});

/**
 * Fields of the profile, those that the contract names and those in which an app or an extension
 * might keep an identity.
 */
const PROFILE = [
  ...'email firstName lastName phone company profession postalCode locale'.split(' '),
  ...'displayName uid userId ownerId id stripeCustomerId stripeId customerId brevoContact EXT_ID firebaseUID'.split(
    ' ',
  ),
  ...'verifiedEmails providerIds pseudonym accountCreatedAt subjectKey'.split(' '),
];
/** Collections in which the owner may write documents of any shape. */
const OPEN = ['installations', 'activity', 'sessions', 'usageEvents'];

const everyField = (value: unknown): Record<string, unknown> =>
  Object.fromEntries(PROFILE.map((field) => [field, value]));

/** Every identifier of the victim in every field of everything that the attacker may write. */
const generated: Attack[] = Object.keys(
  identifiers({ uid: '', email: '', phone: '', installation: '', customers: [], contact: '' }),
).map((what) => ({
  name: `every field says the victim's ${what}`,
  documents: (me, victim) => {
    const fields = everyField(identifiers(victim)[what] ?? '');
    const name = what.replace(/ /g, '_');
    return {
      [`users/${me.uid}`]: fields,
      [`users/${me.uid}/consents/${name}`]: { ...fields, granted: true, deviceId: fields['uid'] },
      [`users/${me.uid}/devicePermissions/${name}`]: { ...fields, deviceId: fields['uid'] },
      [`users/${me.uid}/privacyRequests/${name}`]: { type: 'access', details: fields },
      ...Object.fromEntries(OPEN.map((collection) => [`users/${me.uid}/${collection}/${name}`, fields])),
      [`contactRequests/${idOf(me)}_${name}`]: { ...fields, uid: me.uid },
    };
  },
}));

/** An id that any uid leads to. */
const idOf = ({ uid }: Me): string => Buffer.from(uid).toString('hex');

const documents: Attack[] = [
  {
    name: 'documents under their own path are called as the victim',
    documents: (me, { uid, installation }) =>
      Object.fromEntries(
        ['consents', 'devicePermissions', 'privacyRequests', ...OPEN].flatMap((collection) =>
          [uid, installation, `${uid}_camera`].map((id) => [
            `users/${me.uid}/${collection}/${id}`,
            { uid, createdAt: 1 },
          ]),
        ),
      ),
  },
  {
    name: 'collections under their own path are called as those of everybody',
    documents: (me, { uid, customers: [customer = ''], email }) => ({
      [`users/${me.uid}/users/${uid}`]: { uid, email },
      [`users/${me.uid}/users/${uid}/sessions/1`]: { uid },
      [`users/${me.uid}/customers/${uid}`]: { stripeId: customer },
      [`users/${me.uid}/customers/${me.uid}`]: { stripeId: customer },
      [`users/${me.uid}/contactRequests/1`]: { uid, email },
      [`users/${me.uid}/systemLogs/1`]: { uid },
      [`users/${me.uid}/subjects/${uid}`]: { verifiedEmails: [email] },
    }),
  },
  {
    name: 'the victim’s path lies below their own, several levels deep',
    documents: (me, { uid }) => ({
      [`users/${me.uid}/activity/a/users/${uid}`]: { uid },
      [`users/${me.uid}/activity/a/users/${uid}/activity/a`]: { uid },
      [`users/${me.uid}/sessions/s/users/${uid}/sessions/s`]: { uid },
    }),
  },
  {
    name: 'documents elsewhere are called as those of users',
    documents: (me, { uid }) => ({
      [`teams/${uid}/sessions/of-${me.uid}`]: { uid: me.uid },
      [`teams/${me.uid}/users/${uid}`]: { uid },
      [`teams/${me.uid}/systemLogs/1`]: { uid },
    }),
  },
  {
    name: 'a contact request with the victim’s address, under their own uid',
    documents: (me, { email, phone }) => ({
      [`contactRequests/${idOf(me)}_address`]: { uid: me.uid, email, phone, message: `I am ${email}` },
    }),
  },
  {
    name: 'a contact request whose uid is a list, a map, or nothing',
    documents: (me, { uid }) => ({
      [`contactRequests/${idOf(me)}_list`]: { uid: [me.uid, uid], email: me.email },
      [`contactRequests/${idOf(me)}_map`]: { uid: { [uid]: true }, email: me.email },
    }),
  },
  {
    name: 'a rights request in the victim’s name',
    documents: (me, { uid, email, customers: [customer = ''] }) => ({
      [`users/${me.uid}/privacyRequests/in-the-name-of`]: {
        type: 'access',
        details: { uid, email, subjectKey: `email_${email}`, stripeCustomerId: customer, requestId: `../${uid}` },
      },
    }),
  },
  {
    name: 'requests of their own that name the victim as the person',
    documents: (me, { uid, email, phone }) => {
      const victim = { uid, email, phone, child: uid, subjectKey: `email_${email}`, person: { uid, email } };
      const power = { regime: 'mandate', holder: me.uid, child: uid };
      const at = `users/${me.uid}/privacyRequests`;
      const asks = (type: string, details: object) => ({ ...victim, type, details: { ...victim, ...details } });
      return {
        [`${at}/objects`]: asks('objection', { marketing: true, purpose: 'messages' }),
        [`${at}/objects-as-${uid}`]: { type: 'objection', uid, details: { marketing: true, purpose: uid } },
        [`${at}/restricts`]: asks('restriction', { ground: 'claims', purposes: [uid] }),
        [`${at}/corrects`]: asks('rectification', { correction: email, text: uid }),
        [`${at}/for-another`]: { ...asks('restriction', {}), askedFor: power, onBehalf: power, say: 'agrees' },
      };
    },
  },
  {
    name: 'a name that would be a parameter at Stripe or Brevo',
    documents: (me, { uid, email, customers: [customer = ''], contact }) => ({
      [`users/${me.uid}`]: {
        firstName: `Ada&email=${email}&metadata[uid]=${uid}&customer=${customer}`,
        lastName: `","EMAIL":"${email}","ext_id":"${uid}","id":${contact},"x":"`,
      },
    }),
  },
  {
    name: 'their own state and consents tell of the victim',
    documents: (me, { uid, email }) => ({
      [`users/${me.uid}/privacy/state`]: { uid, email, current: { messages: 'objected' }, restricted: { all: true } },
      [`users/${me.uid}/privacy/${uid}`]: { uid, restricted: { all: true } },
      [`users/${me.uid}/consents/messages`]: { granted: true, objectedAt: 1, uid, email, holder: uid, child: uid },
    }),
  },
  {
    name: 'their own link to Stripe leads to the victim’s customer',
    documents: (me, { customers: [customer = ''] }) => ({ [`customers/${me.uid}`]: { stripeId: customer } }),
  },
  {
    name: 'their own link to Stripe leads to the victim’s other customers',
    documents: (me, { customers }) => ({ [`customers/${me.uid}`]: { stripeId: customers.at(-1) ?? '' } }),
  },
  {
    name: 'the same, and customers with their own address make an officer look',
    documents: (me, { customers: [customer = ''] }) => ({ [`customers/${me.uid}`]: { stripeId: customer } }),
    customers: ({ email }) => [{ email }, { email }],
  },
  {
    name: 'their own link to Stripe is a path',
    documents: (me, { customers: [customer = ''] }) => ({
      [`customers/${me.uid}`]: { stripeId: `cus_x/../${customer}` },
    }),
  },
  {
    name: 'their own link to Stripe is no text',
    documents: (me, { customers }) => ({ [`customers/${me.uid}`]: { stripeId: [...customers] } }),
  },
];

const files: Attack[] = [
  {
    name: 'files whose names go upwards',
    files: (me, { uid }) => [
      `users/${me.uid}/../${uid}/drawing.png`,
      `users/${me.uid}/./../${uid}/drawing.png`,
      `users/${me.uid}/..%2f${uid}%2fdrawing.png`,
      `users/${me.uid}/%2e%2e/${uid}/drawing.png`,
      `users/${me.uid}%2f..%2f${uid}/drawing.png`,
      `users/${me.uid}/..\\${uid}\\drawing.png`,
      `users//${uid}/drawing.png`,
    ],
  },
  {
    name: 'files that are called as the victim’s, under their own path',
    files: (me, { uid }) => [
      `users/${me.uid}/users/${uid}/drawing.png`,
      `users/${me.uid}/${uid}/drawing.png`,
      `users/${me.uid}/exports/${uid}/1/export.zip`,
      `exports/${me.uid}/${uid}/export.zip`,
    ],
  },
];

const accounts: Attack[] = [
  {
    name: 'a name and a picture that are the victim’s',
    account: (_, { uid, email }) => ({ displayName: uid, photoURL: `https://example.com/users/${uid}?e=${email}` }),
  },
  {
    name: 'a linked account whose address is the victim’s',
    account: (_, { email, uid }) => ({ linked: { providerId: 'google.com', uid, email } }),
  },
  {
    name: 'the victim’s address, not verified',
    victim: 'withoutAccount',
    account: (_, { email }) => ({ email, emailVerified: false }),
  },
  {
    name: 'an address of the victim’s that was verified for them once, before it was the victim’s',
    victim: 'withAccount',
    former: ({ email }) => ({ email }),
  },
  {
    name: 'the same, and their present address is not verified',
    victim: 'withAccount',
    former: ({ email }) => ({ email }),
    account: ({ email }) => ({ email, emailVerified: false }),
  },
  {
    name: 'a telephone number of the victim’s that was theirs once',
    victim: 'withAccount',
    former: ({ phone }) => ({ phoneNumber: phone }),
  },
  {
    name: 'the victim’s address, verified in another tenant',
    victim: 'withAccount',
    isInTenant: true,
    account: (_, { email }) => ({ email, emailVerified: true }),
  },
  {
    name: 'the victim’s address, not verified, in another tenant',
    victim: 'withAccount',
    isInTenant: true,
    account: (_, { email }) => ({ email, emailVerified: false }),
  },
  {
    name: 'the victim’s telephone number, verified in another tenant',
    victim: 'withAccount',
    isInTenant: true,
    account: (me, { phone }) => ({ email: me.email, phoneNumber: phone }),
  },
];

const local = ({ email }: Person): string => email.split('@')[0] ?? '';
const domain = ({ email }: Person): string => email.split('@')[1] ?? '';

/** Verified addresses that are nearly the victim's. */
const addresses: Attack[] = Object.entries({
  'with a tag': (v: Person) => `${local(v)}+1@${domain(v)}`,
  'with a dot': (v: Person) => `${local(v).slice(0, 1)}.${local(v).slice(1)}@${domain(v)}`,
  'that begins with it': (v: Person) => `${v.email}.attacker.example`,
  'that ends with it': (v: Person) => `x${v.email}`,
  'of a part of it': (v: Person) => v.email.slice(1),
  'with the Kelvin sign, whose lower case is k': (v: Person) => v.email.replace('k', '\u212a'),
  'with a Cyrillic letter': (v: Person) => v.email.replace('a', '\u0430'),
  'with a letter and its accent apart': (v: Person) => v.email.replace('a', 'a\u0301'),
  'with an invisible letter': (v: Person) => `${local(v)}\u200b@${domain(v)}`,
  'with quotes, for a query language': (v: Person) => `a'OR.email:'${v.email}`,
  'with quotes and a backslash, for a query language': (v: Person) => `a\\'OR.email:'${v.email}`,
  'with a wildcard': (v: Person) => `*${local(v).slice(-6)}@${domain(v)}`,
}).map(([what, email]) => ({
  name: `a verified address ${what}`,
  account: (_, victim) => ({ email: email(victim), emailVerified: true }),
}));

/** Uids that are nearly the victim's, or have a meaning for a parser. */
const uids: Attack[] = Object.entries({
  'in capitals': (v: Person) => v.uid.toUpperCase(),
  'that begins the victim’s': (v: Person) => v.uid.slice(0, -1),
  'that the victim’s begins': (v: Person) => `${v.uid}0`,
  'with a quote, for a query language': (v: Person) => `x' OR metadata['uid']:'${v.uid}`,
  'that ends a quote with a backslash': (v: Person) => `x\\' OR metadata['uid']:'${v.uid}`,
  'with double quotes': (v: Person) => `x" OR metadata["uid"]:"${v.uid}`,
  'with a percent sign': (v: Person) => `%2e%2e%2f${v.uid}`,
  'with a wildcard': (v: Person) => `${v.uid.slice(0, -3)}*`,
  'with a backslash': (v: Person) => `x..\\${v.uid}`,
  'with a Cyrillic letter': (v: Person) => v.uid.replace('a', '\u0430'),
  'with an invisible letter': (v: Person) => `${v.uid}\u200b`,
  'that is the victim’s address': (v: Person) => v.email,
  'that is the victim’s customer': (v: Person) => v.customers[0] ?? 'cus_none',
  'that is a blank before the victim’s': (v: Person) => ` ${v.uid}`,
}).map(([what, uid]) => ({ name: `a uid ${what}`, uid }));

const elsewhere: Attack[] = [
  {
    name: 'a customer of their own with the victim’s address and name',
    customers: (me, { email, uid }) => [{ email, name: uid, metadata: { uid: me.uid } }],
  },
  {
    name: 'a customer that names them, and the victim in another key',
    customers: (me, { uid }) => [
      { email: me.email, metadata: { uid: me.uid, victim: uid, UID: uid, user_id: uid, [uid]: uid } },
    ],
  },
  {
    name: 'two customers with their own address that name nobody',
    customers: ({ email }) => [{ email }, { email }],
  },
  {
    name: 'a contact of their own address that speaks of the victim',
    contacts: (me, { uid, email, phone }) => [
      { email: me.email, ext_id: me.uid, attributes: { UID: uid, MAIL: email, PHONE: phone, NOM: uid } },
    ],
  },
];

/** All of them. */
export const attacks: readonly Attack[] = [
  ...generated,
  ...documents,
  ...files,
  ...accounts,
  ...addresses,
  ...uids,
  ...elsewhere,
];
