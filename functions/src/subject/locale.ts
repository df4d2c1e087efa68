import type { Context } from '../platform/context.ts';
import { fillPath, recordOf } from '../policy/lookup.ts';

/** Returns the language that the app's document of a person names, if it names one. 1 read. */
export async function localeOf({ clients }: Pick<Context, 'clients'>, uid: string): Promise<string | undefined> {
  const locale: unknown = (await clients.app().doc(`users/${uid}`).get()).get('locale');
  return typeof locale === 'string' ? locale : undefined;
}

/**
 * Returns the country (ISO 3166-1 alpha-2) of a person's profile, from the field that the policy
 * names (`rights.countryField`); undefined if it names none or the profile has none. 1 read.
 */
export async function countryOfProfile(
  { clients, policy }: Pick<Context, 'clients' | 'policy'>,
  uid: string,
): Promise<string | undefined> {
  if (policy.rights.countryField === undefined) return undefined;
  const { record, field } = policy.rights.countryField;
  const { path, subject } = recordOf(policy, record);
  if (!('pathVariable' in subject)) return undefined;
  const profile = await clients
    .app()
    .doc(fillPath(path, { [subject.pathVariable]: uid }))
    .get();
  const country: unknown = profile.get(field);
  return typeof country === 'string' && /^[a-z]{2}$/i.test(country) ? country.toUpperCase() : undefined;
}
