import { Session } from 'node:inspector/promises';

/**
 * Notes which files of `functions/src` work: those of which a function is called from here on. V8
 * counts the calls. Load the modules before, so that their top levels have run.
 *
 * @returns ends the count, and names the files by their paths in `functions/src`
 * @example const executed = await countCalls(); await work(); expect(await
 *   executed()).toContain('index.ts');
 */
export async function countCalls(): Promise<() => Promise<ReadonlySet<string>>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  return async () => {
    const { result } = await session.post('Profiler.takePreciseCoverage');
    session.disconnect();
    return new Set(
      result.flatMap(({ url, functions }) => {
        const path = /\/functions\/src\/(.+\.ts)$/.exec(url)?.[1];
        // A function without a name can be the module's own, which an import calls.
        const isAtWork = functions.some(
          ({ functionName, ranges }) => functionName !== '' && (ranges[0]?.count ?? 0) > 0,
        );
        return path !== undefined && isAtWork ? [path] : [];
      }),
    );
  };
}
