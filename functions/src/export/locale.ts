import type { Context } from '../platform/context.ts';
import { fresh, type Looks } from '../platform/looks.ts';

/** The language that the app says of a person, as it says it; undefined where it says none. */
export async function localeOf(
  { clients }: Pick<Context, 'clients'>,
  uid: string,
  looks: Looks = fresh,
): Promise<string | undefined> {
  const locale: unknown = (await looks.document(clients.app().doc(`users/${uid}`))).get('locale');
  return typeof locale === 'string' ? locale : undefined;
}
