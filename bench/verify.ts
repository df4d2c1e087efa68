import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../scripts/run.ts';

/** How fast an exported ledger verifies, and whether its memory grows with it. */
export interface VerifyFigure {
  readonly entries: number;
  readonly chains: number;
  readonly megabytes: number;
  readonly seconds: number;
  /**
   * The most memory that the process held, in MB, and the most that was alive in its heap after a
   * collection.
   */
  readonly peakMb: number;
  readonly peakHeapMb: number;
}

const ENTRIES_PER_CHAIN = 5;

/**
 * Verifies a ledger of so many entries and one four times as large. Each has a process of its own
 * that does nothing else.
 */
export function benchVerify(entries: number, say: (line: string) => void): [VerifyFigure, VerifyFigure] {
  const parent = join(ROOT, '.suite');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'bench-'));
  try {
    const figure = (count: number): VerifyFigure => {
      const file = join(folder, `${count}.jsonl`);
      const chains = count / ENTRIES_PER_CHAIN;
      inside('write', file, String(chains), String(ENTRIES_PER_CHAIN));
      const told = JSON.parse(inside('verify', file)) as Omit<VerifyFigure, 'chains' | 'megabytes'>;
      if (told.entries !== count) throw new Error(`${told.entries} entries were verified instead of ${count}`);
      say(`verified ${count} entries in ${told.seconds.toFixed(1)} s`);
      return { ...told, chains, megabytes: statSync(file).size / 1e6 };
    };
    return [figure(entries), figure(entries * 4)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function inside(...args: string[]): string {
  const run = ['--expose-gc', '--import', 'tsx', join(ROOT, 'bench/inside/verify.ts'), ...args];
  const { stdout, stderr, status } = spawnSync(process.execPath, run, { encoding: 'utf8', cwd: ROOT });
  if (status !== 0) throw new Error(`bench/inside/verify.ts ${args[0] ?? ''} failed: ${stderr}`);
  return stdout;
}
