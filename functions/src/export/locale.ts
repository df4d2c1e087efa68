import type { Context } from '../platform/context.ts';

/** The language that the app says of a person, as it says it; undefined where it says none. */
export async function localeOf({ clients }: Pick<Context, 'clients'>, uid: string): Promise<string | undefined> {
  const locale: unknown = (await clients.app().doc(`users/${uid}`).get()).get('locale');
  return typeof locale === 'string' ? locale : undefined;
}
