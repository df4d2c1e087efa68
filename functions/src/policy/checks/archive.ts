import type { PolicyRecord } from '../schema.ts';
import { eachRule, quote, variablesOf, type Check } from './problem.ts';

/**
 * Archives lose nothing: each row has a place of its own there, and its copy is found by everybody
 * who finds the row. `archive-nowhere` finds an archive that is not there, or in the wrong place.
 */

const eachArchive = (find: (source: PolicyRecord, target: PolicyRecord, to: string) => string | undefined): Check =>
  eachRule('', ({ then }, source, { records }) => {
    if (then.do !== 'archive') return undefined;
    const target = records[then.to];
    const isPossible = target !== undefined && target !== source && target.system === source.system;
    return isPossible ? find(source, target, then.to) : undefined;
  });

/** The copy's path is filled from the row's: with a variable less, two rows would have one copy. */
const archiveOverwrites = eachArchive((source, target, to) => {
  if (source.system !== 'firestore') return `rows of '${source.system}' cannot be copied: delete them instead`;
  const [from, into] = [variablesOf(source.path), variablesOf(target.path)];
  const lost = from.filter((name) => !into.includes(name));
  if (lost.length > 0)
    return `the path '${target.path}' of '${to}' lacks ${named(lost)} of '${source.path}', so that one copy would stand for several rows: add ${named(lost)} to it`;
  const unknown = into.filter((name) => !from.includes(name));
  return unknown.length > 0
    ? `nothing fills ${named(unknown)} in the path '${target.path}' of '${to}': use the variables of '${source.path}'`
    : undefined;
});

const named = (variables: readonly string[]): string => variables.map((name) => `{${name}}`).join(', ');

/**
 * Art. 15, 17: a copy that names its person in another way is in no access and survives the
 * erasure.
 */
const archiveOfNobody = eachArchive((source, target, to) => {
  if (subjectOf(source) !== subjectOf(target))
    return `'${to}' finds its people by ${subjectOf(target)}, and these rows name theirs by ${subjectOf(source)}: give both the same 'subject', or a copy could name nobody`;
  const mentions = (target.mentions ?? []).map(({ field, as }) => `${field} ${as}`);
  const unseen = (source.mentions ?? []).filter(({ field, as }) => !mentions.includes(`${field} ${as}`));
  if (unseen.length > 0)
    return `${quote(unseen.map(({ field }) => field))} may name other people, and 'mentions' of '${to}' does not say so: add it there`;
  const files = (target.files ?? []).map((one) => JSON.stringify(one));
  return (source.files ?? []).every((one) => files.includes(JSON.stringify(one)))
    ? undefined
    : `'${to}' does not name the 'files' of these rows, so that they would outlive the copy: add them there`;
});

function subjectOf({ subject }: PolicyRecord): string {
  if ('none' in subject) return 'no name';
  if ('pathVariable' in subject) return `the path ({${subject.pathVariable}})`;
  if ('pseudonymVariable' in subject) return `the pseudonym in the path ({${subject.pseudonymVariable}})`;
  if ('pseudonymField' in subject) return `the pseudonym in the field '${subject.pseudonymField}'`;
  if ('handle' in subject) return `the handle '${subject.handle}'`;
  if ('parties' in subject) return `its parties (${quote(subject.parties.map(({ field, as }) => `${field} ${as}`))})`;
  return `the field '${subject.field}'${subject.email === undefined ? '' : ` or the address in '${subject.email}'`}`;
}

export const archiveChecks: Record<string, Check> = {
  'archive-overwrites': archiveOverwrites,
  'archive-of-nobody': archiveOfNobody,
};
