import { z } from 'zod';
import { table } from './figures.ts';
import { insideSuite } from './inSuite.ts';

/** Counts the operations of each right, from its event until no task is left. */

const billed = z.object({ reads: z.number(), writes: z.number(), deletes: z.number() });
const costs = z.record(z.string(), z.object({ app: billed, own: billed }));
export type RightsFigures = z.infer<typeof costs>;
type Billed = z.infer<typeof billed>;

/** Operations in the app's database and in the backend's own, by the names of inside/rights.ts. */
const LIMITS: Readonly<Record<string, readonly [app: number, own: number]>> = {
  'access (Art. 15)': [32, 92],
  'portability (Art. 20)': [26, 40],
  'rectification, asked of an officer (Art. 16)': [5, 9],
  'a changed name, until its jobs begin (Art. 16)': [0, 3],
  'a changed profile without a value that others have': [0, 0],
  'restriction, set by an officer (Art. 18)': [5, 73],
  'restriction, asked of an officer (Art. 18)': [5, 9],
  'a consent to messages taken back by letter (Art. 7(3))': [4, 18],
  'a consent taken back in the app, a recipient to be told (Art. 7(3))': [7, 41],
  'objection to direct marketing (Art. 21(2))': [16, 125],
  'objection to an interest: paused, for an officer (Art. 21(1))': [6, 24],
  'the same, and upheld': [18, 105],
  'access, asked by a parent: held, and the person told': [8, 32],
  'a disclosure to an authority, recorded (Art. 15(1)(c))': [1, 5],
};

export const benchRights = async (): Promise<RightsFigures> =>
  costs.parse(await insideSuite('embedded', 'bench/inside/rights.ts'));

const total = ({ reads, writes, deletes }: Billed): number => reads + writes + deletes;
const limitsOf = (name: string): readonly [app: number, own: number] => LIMITS[name] ?? [0, 0];

export const rightsProblems = (figures: RightsFigures): string[] =>
  Object.entries(figures).flatMap(([name, { app, own }]) => {
    const [appLimit, ownLimit] = limitsOf(name);
    return [
      ...(total(app) > appLimit ? [`${name}: ${total(app)} operations in the app's database, over ${appLimit}`] : []),
      ...(total(own) > ownLimit ? [`${name}: ${total(own)} operations of its own, over ${ownLimit}`] : []),
    ];
  });

export const rightsPage = (figures: RightsFigures): string => `## Operations of each right

Billed operations of a right of somebody with ten documents and a consent, from the event of the request to the end of its last task, with the app's own write of the request and with everything that the person sees. Counted by the embedded Firestore. An access searches and reads every record, and signs its archive; what an officer does later is not in it. The erasure has a chapter of its own.

${table(
  ['right', 'app: reads', 'writes', 'deletes', 'at most', 'own: reads', 'writes', 'deletes', 'at most'],
  Object.entries(figures).map(([name, { app, own }]) => {
    const [appLimit, ownLimit] = limitsOf(name);
    return [name, app.reads, app.writes, app.deletes, appLimit, own.reads, own.writes, own.deletes, ownLimit];
  }),
)}`;
