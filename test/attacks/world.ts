import type { Attack, Contact, Customer, Person } from './table.ts';

/** The way in which a victim's rows at other companies name their person. */
export type Kind =
  /** They name the uid. */
  | 'named'
  /** They have the address only, as rows that are older than the app have. */
  | 'bare'
  /** The same, of a person without an account. */
  | 'withoutAccount';

export const KINDS: readonly Kind[] = ['named', 'bare', 'withoutAccount'];

/** Is this attack one against a victim of this kind? */
export const suits = ({ victim }: Pick<Attack, 'victim'>, kind: Kind): boolean =>
  victim === undefined || (victim === 'withoutAccount') === (kind === 'withoutAccount');

/** A victim's belongings, before their ids at Stripe and Brevo are known. */
export interface Estate {
  readonly documents: Record<string, Record<string, unknown>>;
  readonly files: readonly string[];
  readonly customers: readonly Customer[];
  readonly contact: Contact;
}

/** Everything that the AMIKEO policy can hold of a person. */
export function estateOf(
  kind: Kind,
  { uid, email, phone, installation }: Omit<Person, 'customers' | 'contact'>,
): Estate {
  const form = { email, phone, message: 'Hello' };
  if (kind === 'withoutAccount') {
    return {
      documents: { [`contactRequests/form-${uid}`]: form },
      files: [],
      customers: [{ email, phone }],
      contact: { email, attributes: { SMS: phone } },
    };
  }
  const below = ['consents', 'devicePermissions', 'privacyRequests', 'activity', 'sessions', 'usageEvents'];
  return {
    documents: {
      [`users/${uid}`]: { email, phone },
      ...Object.fromEntries(below.map((collection) => [`users/${uid}/${collection}/${uid}`, { uid }])),
      [`users/${uid}/installations/${installation}`]: { platform: 'ios' },
      [`contactRequests/form-${uid}`]: kind === 'named' ? { ...form, uid } : form,
      [`systemLogs/log-${installation}`]: { uid, ip: '192.0.2.1' },
    },
    files: [`users/${uid}/drawing.png`, `exports/${uid}/1/export.zip`],
    customers:
      kind === 'named' ? [{ email, phone, metadata: { uid } }, { metadata: { firebaseUID: uid } }] : [{ email, phone }],
    contact: { email, attributes: { SMS: phone }, ...(kind === 'named' ? { ext_id: uid } : {}) },
  };
}
