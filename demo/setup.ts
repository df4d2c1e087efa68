import type { SuiteOptions } from '../emulator/suite.ts';
import { generateWorld } from '../fixtures/index.ts';
import { clientOptions, load, openClients } from '../fixtures/load/index.ts';
import { amikeo } from '../functions/policies/amikeo/index.ts';
import { startSuite, type Suite } from '../emulator/suite.ts';
import { openOfficer } from './officer.ts';
import type { Flags } from './options.ts';
import { countEntries, openJobs } from './read/backend.ts';
import type { Stage } from './stage.ts';
import { until } from './wait.ts';

export type Say = (line: string) => void;

/**
 * Starts the suite with AMIKEO's policy, not the deployed one: the people of the demo are AMIKEO's.
 */
export function start(flags: Flags, signal: AbortSignal, report: Say): Promise<Suite> {
  const options: SuiteOptions = {
    firestore: flags.firestore,
    ports: flags.ports,
    verbose: flags.verbose,
    policy: 'amikeo',
    // Tasks wait for an officer as long as the policy says: elsewhere in the suite it is a second.
    params: { OFFICER_TASKS_SECONDS: '0' },
  };
  return startSuite({ ...options, signal, report });
}

/** Invents the people and loads them into the suite. */
export async function populate(suite: Suite, flags: Flags, say: Say): Promise<Stage> {
  Object.assign(process.env, suite.env); // The Admin SDK reads the emulators' addresses from there.
  const world = generateWorld({ seed: flags.seed, count: flags.people, now: new Date() });
  const clients = openClients(clientOptions(process.env));
  const parts: string[] = [];
  const loaded = await load(world, clients, (part, done, total) => {
    if (done < total) return;
    parts.push(`${total} ${part}`);
    say(parts.join(', '));
  });
  return { suite, world, loaded, clients, policy: amikeo, officer: openOfficer(suite) };
}

/** The counts that show whether the backend has worked through the loaded answers. */
export interface Settled {
  readonly answers: number;
  readonly entries: number;
  readonly openJobs: number;
}

/** Milliseconds without any progress after which the backend counts as stopped. */
const STALLED = 20_000;

/**
 * Waits until the backend has worked through the loaded documents: an entry per answer, no effect
 * under way.
 */
export async function settle(stage: Stage, say: Say): Promise<Settled> {
  const { compliance } = stage.clients;
  const histories = stage.world.people.flatMap((person) => person.histories);
  const answers = histories.reduce((sum, history) => sum + history.answers.length, 0);
  const timeout = { within: 60_000, every: 300 };
  let last = { count: -1, since: Date.now() };
  const { count: entries } = await until(
    async () => {
      const count = await countEntries(compliance);
      if (count !== last.count) {
        // Quarters: in a file, a line for each answer would tell no more.
        const isNews = Math.floor((4 * count) / answers) > Math.floor((4 * last.count) / answers);
        last = { count, since: Date.now() };
        if (isNews) say(`${count} of ${answers} answers are in the ledger`);
      }
      return last;
    },
    ({ count, since }) => count >= answers || Date.now() - since > STALLED,
    { ...timeout, within: 120_000 },
  );
  const jobs = await until(
    () => openJobs(compliance, 'change'),
    (open) => open.length === 0,
    timeout,
  );
  return { answers, entries, openJobs: jobs.length };
}
