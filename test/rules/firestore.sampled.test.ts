import { describe, expect, it } from 'vitest';
import { rules } from './amikeoRules.ts';
import { compliancePaths, contract, foreignPaths } from './contract.ts';
import { Coverage } from './coverage.ts';
import { casesOf, hugeCasesOf, kindsOf, sampleOf } from './matrix.ts';
import { ofTheDay } from '../kit/depth.ts';
import { actors, owns, runCases, withClients, type Actor, type Database, type Emulator, type Group } from './runner.ts';

const { FIRESTORE_EMULATOR_HOST: address, FIRESTORE_BACKEND: backend } = process.env;

const reason =
  address === undefined
    ? 'FIRESTORE_EMULATOR_HOST is not set: run them inside the suite'
    : backend !== 'official'
      ? `the Firestore backend is '${backend ?? 'unknown'}', and only Google's own emulator ('official') evaluates rules`
      : undefined;
if (reason !== undefined) console.log(`The rules of Firestore are not tested: ${reason}.`);

function emulator(): Emulator {
  const url = new URL(`http://${address ?? ''}`);
  return { host: url.hostname, port: Number(url.port) };
}

const coverage = new Coverage(rules);
let requests = 0;

/** Names the failing cases; a whole column of the matrix is told by its first ones. */
function none(failures: readonly string[]): void {
  const shown = failures.slice(0, 40);
  if (failures.length > shown.length) shown.push(`… and ${failures.length - shown.length} more`);
  expect(shown).toEqual([]);
}

/**
 * The actors whose coverage reports are read: a report takes seconds, and the others evaluate
 * nothing else.
 */
const REPORTED: readonly Actor[] = ['owner', 'other'];

async function check(
  actor: Actor,
  groups: readonly Group[],
  { database = '(default)', keep = REPORTED.includes(actor) }: { database?: Database; keep?: boolean } = {},
): Promise<void> {
  let failures: readonly string[] = [];
  await withClients(emulator(), rules, database, async (clients) => {
    failures = await runCases(clients, actor, groups);
  });
  for (const { cases } of groups) requests += cases.length;
  if (keep) await coverage.read(emulator());
  none(failures);
}

describe.skipIf(reason !== undefined)('firestore.rules', () => {
  it.each(contract.map((path) => [path.path, path] as const))('%s: requests of the owner', (_, path) =>
    check('owner', [{ path, cases: casesOf(path) }]),
  );

  // All paths in one go: loading the rules for each of them takes longer than a sample of requests.
  it.each(actors.filter((actor) => actor !== 'owner'))('each path: requests of the %s', (actor) =>
    check(
      actor,
      contract.map((path) => ({ path, cases: sampleOf(casesOf(path), owns(actor)) })),
    ),
  );

  describe('paths that the contract does not know', () => {
    const groups = foreignPaths.map((path) => ({ path, cases: kindsOf(casesOf(path, 'wellFormed')) }));
    it.each(actors)('are closed to the %s', (actor) => check(actor, groups));
  });

  describe("the backend's database, through the client SDK", () => {
    const groups = compliancePaths.map((path) => ({ path, cases: kindsOf(casesOf(path, 'wellFormed')) }));
    it.each(actors)('is closed to the %s', (actor) => check(actor, groups, { database: 'compliance', keep: false }));
  });

  describe('documents of 900 KB', () => {
    it.each(['owner', 'other'] as const)('of the %s are refused if a field can be measured', (actor) => {
      const groups = contract.map((path) => {
        const cases = hugeCasesOf(path);
        return { path, cases: actor === 'owner' ? ofTheDay(3, cases) : kindsOf(cases) };
      });
      return check(actor, groups, { keep: false });
    });
  });

  it("leave no expression unevaluated, and every allow has granted and refused (the emulator's coverage report)", () => {
    console.log(`${requests} requests, ${coverage.expressions} expressions, ${coverage.allows} allow statements`);
    expect(coverage.allows).toBe(rules.match(/\ballow [a-z, ]+[:;]/g)?.length);
    expect(coverage.gaps()).toEqual([]);
  });
});
