import { find } from '../../erasure/officer.ts';
import { isBroken } from '../../ledger/broken.ts';
import type { Context } from '../../platform/context.ts';
import { documentsByName, SLIM } from '../../platform/firestore.ts';
import type { PersonQuery } from '../../proof/findPerson.ts';
import { disclosureIn, disclosures, PLACES, type Disclosure, type Place } from './disclosure.ts';

/** A disclosure in its place. */
export interface ListedDisclosure extends Disclosure {
  readonly place: Place;
}

/** Disclosures, and apart from them the paths of those that the backend did not write so. */
export interface Disclosures {
  readonly disclosures: readonly ListedDisclosure[];
  readonly forged: readonly string[];
}

/** Lists the disclosures, of everybody or of a person, the newest first. One read for each. */
export async function listDisclosures(context: Context, person?: PersonQuery): Promise<Disclosures> {
  const { clients, keys } = context;
  const names = person === undefined ? undefined : (await find(context, person)).names;
  const found: ListedDisclosure[] = [];
  const forged: string[] = [];
  for (const place of Object.keys(PLACES) as Place[]) {
    const all = disclosures(clients.own(), place);
    const query = names === undefined ? all : all.where('pseudonym', 'in', names);
    for await (const document of documentsByName(query, SLIM)) {
      try {
        found.push({ ...disclosureIn(place, document.id, document.data(), keys), place });
      } catch (error) {
        if (!isBroken(error)) throw error;
        forged.push(document.ref.path);
      }
    }
  }
  return { disclosures: found.sort((a, b) => b.disclosedAt - a.disclosedAt), forged };
}
