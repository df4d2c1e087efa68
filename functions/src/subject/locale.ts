import type { Context } from '../platform/context.ts';

/** Returns the language that the app's document of a person names, if it names one. 1 read. */
export async function localeOf({ clients }: Pick<Context, 'clients'>, uid: string): Promise<string | undefined> {
  const locale: unknown = (await clients.app().doc(`users/${uid}`).get()).get('locale');
  return typeof locale === 'string' ? locale : undefined;
}
