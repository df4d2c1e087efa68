import { describe, expect, it } from 'vitest';
import { rules } from './amikeoRules.ts';
import { compliancePaths, contract, foreignPaths, type PathContract } from './contract.ts';
import { Coverage } from './coverage.ts';
import type { Case } from './case.ts';
import { casesOf, hugeCasesOf, kindsOf, sampleOf } from './matrix.ts';
import { actors, owns, runCases, withClients, type Actor, type Emulator } from './runner.ts';

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

interface Group {
  readonly path: PathContract;
  readonly cases: readonly Case[];
}

/**
 * The actors whose coverage reports are read: a report takes seconds, and the others evaluate
 * nothing else.
 */
const REPORTED: readonly Actor[] = ['owner', 'other'];

async function check(actor: Actor, groups: readonly Group[], keep = REPORTED.includes(actor)): Promise<void> {
  const failures: string[] = [];
  await withClients(emulator(), rules, '(default)', async (clients) => {
    for (const { path, cases } of groups) {
      failures.push(...(await runCases(clients, actor, path, cases)));
      requests += cases.length;
    }
  });
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
    it.each(actors)('is closed to the %s', async (actor) => {
      const failures: string[] = [];
      await withClients(emulator(), rules, 'compliance', async (clients) => {
        for (const path of compliancePaths) {
          const cases = kindsOf(casesOf(path, 'wellFormed'));
          failures.push(...(await runCases(clients, actor, path, cases)));
          requests += cases.length;
        }
      });
      none(failures);
    });
  });

  describe('documents of 900 KB', () => {
    it.each(['owner', 'other'] as const)('of the %s are refused if a field can be measured', (actor) => {
      const groups = contract.map((path) => {
        const cases = hugeCasesOf(path);
        return { path, cases: actor === 'owner' ? cases : kindsOf(cases) };
      });
      return check(actor, groups, false);
    });
  });

  it("leave no expression unevaluated, and every allow has granted and refused (the emulator's coverage report)", () => {
    console.log(`${requests} requests, ${coverage.expressions} expressions, ${coverage.allows} allow statements`);
    expect(coverage.allows).toBe(rules.match(/\ballow [a-z, ]+[:;]/g)?.length);
    expect(coverage.gaps()).toEqual([]);
  });
});
