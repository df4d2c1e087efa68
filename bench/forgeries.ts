import { forgeryWorld, type Kind } from '../test/forgeries/world.ts';
import { table } from './figures.ts';

/** By kind of document: how many forgeries were tried, named, and refused. */
export type ForgeryFigures = Readonly<
  Partial<Record<Kind, { readonly tried: number; readonly named: number; readonly refused: number }>>
>;

export async function benchForgeries(say: (what: string) => void): Promise<ForgeryFigures> {
  const world = await forgeryWorld();
  const figures: Partial<Record<Kind, { tried: number; named: number; refused: number }>> = {};
  for (const forgery of world.forgeries) {
    const count = (figures[forgery.kind] ??= { tried: 0, named: 0, refused: 0 });
    if (count.tried === 0) say(`forgeries: ${forgery.kind}`);
    count.tried += 1;
    const told = await world.tell(forgery);
    if (told !== 'believed') count[told] += 1;
  }
  return figures;
}

export const forgeryPage = (figures: ForgeryFigures): string => `## Forged documents

What somebody tries who can write every document of the backend's database and has no key: each field of each kind of document with another value, another type, missing, added, copied from another person or an older time (test/forgeries). Each is named by \`ledger verify\`, \`jobs blocked\`, \`due\` or the nightly look, or refused by the step that would act on it.

${table(
  ['document', 'forgeries tried', 'named', 'refused', 'believed'],
  Object.entries(figures).map(([kind, { tried, named, refused }]) => [
    kind,
    tried,
    named,
    refused,
    tried - named - refused,
  ]),
)}`;

export const forgeryProblems = (figures: ForgeryFigures): string[] =>
  Object.entries(figures).flatMap(([kind, { tried, named, refused }]) =>
    tried === named + refused ? [] : [`${tried - named - refused} forgeries of ${kind} were believed`],
  );
