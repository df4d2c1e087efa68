import { forgeryWorld, type Kind, type Told } from '../test/forgeries/world.ts';
import { table } from './figures.ts';

/** By kind of document: how many forgeries came to what. */
export type ForgeryFigures = Readonly<Partial<Record<Kind, Readonly<Record<Told, number>>>>>;

const NONE: Readonly<Record<Told, number>> = { named: 0, refused: 0, withoutEffect: 0, believed: 0 };

export async function benchForgeries(say: (what: string) => void): Promise<ForgeryFigures> {
  const world = await forgeryWorld();
  const figures: Partial<Record<Kind, Record<Told, number>>> = {};
  for (const forgery of world.forgeries) {
    if (figures[forgery.kind] === undefined) say(`forgeries: ${forgery.kind}`);
    const count = (figures[forgery.kind] ??= { ...NONE });
    count[await world.tell(forgery)] += 1;
  }
  return figures;
}

export const forgeryPage = (figures: ForgeryFigures): string => `## Forged documents

The attempts of a forger with every right to the backend's database and no key: each member of each map and list of each kind of document, however deep, with another value, another type, missing, added, copied from another person or an older time; the whole document of another person; an older version of it, put back with its right seal (test/forgeries). Each is named by \`ledger verify\`, \`jobs blocked\`, \`due\` or the nightly look, or refused by the step that would act on it. Of some kinds an older version is believed and has no effect ([seals.md](seals.md#an-older-version-put-back)).

${table(
  ['document', 'forgeries tried', 'named', 'refused', 'older, without effect', 'believed'],
  Object.entries(figures).map(([kind, { named, refused, withoutEffect, believed }]) => [
    kind,
    named + refused + withoutEffect + believed,
    named,
    refused,
    withoutEffect,
    believed,
  ]),
)}`;

export const forgeryProblems = (figures: ForgeryFigures): string[] =>
  Object.entries(figures).flatMap(([kind, { believed }]) =>
    believed === 0 ? [] : [`${believed} forgeries of ${kind} were believed`],
  );
