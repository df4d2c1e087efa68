import { afterEach, describe, expect, it, vi } from 'vitest';

/** A module is run again under another address. */
let runs = 0;

/** The suite of a worker of the tests. */
async function suiteOf(worker: string, suites: readonly string[]): Promise<string | undefined> {
  vi.stubEnv('SUITE_ALL', JSON.stringify(suites.map((port) => ({ TASKS_PORT_OF_A_TEST: port }))));
  vi.stubEnv('VITEST_POOL_ID', worker);
  vi.stubEnv('TASKS_PORT_OF_A_TEST', suites[0]);
  await import(new URL(`../../suiteOfWorker.ts?${(runs += 1)}`, import.meta.url).href);
  return process.env['TASKS_PORT_OF_A_TEST'];
}
afterEach(() => vi.unstubAllEnvs());

describe('of several suites', () => {
  it('each worker of the tests has one of its own', async () => {
    expect(await suiteOf('1', ['20001', '20021'])).toBe('20001');
    expect(await suiteOf('2', ['20001', '20021'])).toBe('20021');
  });

  it('none is shared: a worker too many is an error', async () => {
    await expect(suiteOf('3', ['20001', '20021'])).rejects.toThrow('2 suites, and a worker 3');
  });
});
