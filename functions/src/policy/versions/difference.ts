import { isDeepStrictEqual } from 'node:util';
import type { ChangeKind, PurposeFacts, VersionChange } from '../schema.ts';
import { countriesOf, kindOf, PURPOSE_FACTS, purposeKind, type PurposeFact } from './facts.ts';
import type { PolicyFacts } from './lockFile.ts';

/** A fact that two versions tell differently, by its place. */
export interface ChangedFact {
  /** Such as `purposes.analytics.recipients`. */
  readonly path: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** The difference of two versions. Everything in it is computed. */
export interface Difference {
  readonly kind: ChangeKind;
  /**
   * The consents that end, with their facts of before: their purpose has other facts, and they are
   * asked again; or it is gone.
   */
  readonly endsConsents: Readonly<Record<string, PurposeFacts>>;
  /** The countries of before of each recipient that has others now, or is gone. */
  readonly formerCountries: Readonly<Record<string, readonly string[]>>;
  readonly changed: readonly ChangedFact[];
  /** Kinds of facts that the older version did not record. Nobody can compare them. */
  readonly notRecorded: readonly string[];
}

/**
 * Computes how a version differs from the one before it. A consent to a purpose with other facts
 * ends, and so does one to a purpose that is gone, or that nobody is asked for any more. Only kinds
 * of facts that both record are compared. Pure.
 */
export function differenceOf(before: PolicyFacts, after: PolicyFacts): Difference {
  const [known, now] = [new Set(before.kinds), new Set(after.kinds)];
  const both = new Set([...known].filter((kind) => now.has(kind)));
  const ofPurposes = idsOf(before.purposes, after.purposes).map((id) => ({
    id,
    changed: purposeChanges(id, before.purposes[id], after.purposes[id], both),
  }));
  const purposes = ofPurposes.flatMap(({ changed }) => changed);
  // A purpose that is new, or gone, is one change.
  const isOfOther = (path: string): boolean =>
    ofPurposes.some(({ id }) => !(before.purposes[id] && after.purposes[id]) && path.startsWith(`purposes.${id}.`));
  const paths = idsOf(before.others, after.others).filter((path) => both.has(kindOf(path)) && !isOfOther(path));
  const others = paths.flatMap((path) => changedFact(path, lines(before.others[path]), lines(after.others[path])));
  const [countries, countriesNow] = [countriesOf(before), countriesOf(after)];
  return {
    kind: purposes.length > 0 ? 'purposes' : others.length > 0 ? 'information' : 'wording',
    endsConsents: Object.fromEntries(
      ofPurposes.flatMap(({ id, changed }) => {
        const facts = before.purposes[id];
        return changed.length > 0 && facts?.consent === true ? [[id, facts] as const] : [];
      }),
    ),
    formerCountries: Object.fromEntries(
      Object.entries(countries).filter(([id, listed]) => !isDeepStrictEqual(listed, countriesNow[id])),
    ),
    changed: [...purposes, ...others],
    notRecorded: [...now].filter((kind) => !known.has(kind)).sort(),
  };
}

/** A purpose that is new, or gone, is one change; else each of its facts that is another. */
function purposeChanges(
  id: string,
  before: PurposeFacts | undefined,
  after: PurposeFacts | undefined,
  both: ReadonlySet<string>,
): ChangedFact[] {
  const path = `purposes.${id}`;
  if (before === undefined || after === undefined)
    return [{ path, before: lines(before?.basis), after: lines(after?.basis) }];
  const isCompared = (name: PurposeFact): boolean => both.has(purposeKind(name));
  return PURPOSE_FACTS.filter(isCompared).flatMap((name) =>
    changedFact(`${path}.${name}`, lines(before[name]), lines(after[name])),
  );
}

const changedFact = (path: string, before: string[], after: string[]): ChangedFact[] =>
  before.join('\n') === after.join('\n') ? [] : [{ path, before, after }];

function lines(value: string | boolean | readonly string[] | undefined): string[] {
  if (value === undefined) return [];
  return typeof value === 'object' ? [...value] : [String(value)];
}

const idsOf = (before: object, after: object): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();

/** One line of a change: what went with a minus, what came with a plus. */
export function printFact({ path, before, after }: ChangedFact): string {
  const gone = before.filter((line) => !after.includes(line)).map((line) => `- ${line}`);
  const come = after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`);
  return `${path}: ${[...gone, ...come].join('  ')}`;
}

/** The members of a written change that are computed, as a policy has to say them. */
export const printDifference = ({ kind, endsConsents, formerCountries }: Difference): string =>
  [
    `kind: '${kind}'`,
    `endsConsents: ${JSON.stringify(endsConsents)}`,
    ...(Object.keys(formerCountries).length === 0 ? [] : [`formerCountries: ${JSON.stringify(formerCountries)}`]),
  ].join(', ');

/** True if a written change is the computed one. */
export const isWrittenAs = (
  written: VersionChange | undefined,
  { kind, endsConsents, formerCountries }: Difference,
): boolean =>
  written?.kind === kind &&
  isDeepStrictEqual(written.endsConsents, endsConsents) &&
  isDeepStrictEqual(written.formerCountries ?? {}, formerCountries);
