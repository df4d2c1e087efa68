import { writeLedgerFile } from '../../fixtures/ledger.ts';
import { newKeyPair } from '../../functions/src/crypto/sign.ts';
import { policy } from '../../functions/policies/deployed.ts';
import { verifyFile } from '../../functions/src/checkpoints/file/verify.ts';

/**
 * Writes an invented ledger, or verifies one as `compliance ledger verify --file` does and prints
 * figures.
 */

/** The keys that seal the written ledger and check the verified one. */
const keys = { current: 1, keys: { 1: 'a key for figures' } };

const [, , what, file = '', chains = '', entriesPerChain = ''] = process.argv;

if (what === 'write') {
  const shape = { chains: Number(chains), entriesPerChain: Number(entriesPerChain), from: Date.UTC(2026, 0, 1) };
  await writeLedgerFile(file, { ...shape, key: newKeyPair().privateKey, keys });
} else {
  let peakHeap = 0;
  let seen = 0;
  const start = performance.now();
  let collecting = 0;
  const { verified } = await verifyFile(file, {
    policy,
    now: Date.now(),
    keys,
    progress: () => {
      // Collects now and then, and measures the live heap without garbage. The time of it is not
      // the verification's.
      if (seen++ % 20 !== 0) return;
      const before = performance.now();
      globalThis.gc?.();
      peakHeap = Math.max(peakHeap, process.memoryUsage().heapUsed);
      collecting += performance.now() - before;
    },
  });
  const seconds = (performance.now() - start - collecting) / 1000;
  if (verified.problemCount > 0)
    throw new Error(`the invented ledger does not verify: ${JSON.stringify(verified.problems[0])}`);
  const peakMb = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ entries: verified.entries, seconds, peakMb, peakHeapMb: peakHeap / 2 ** 20 }));
}
