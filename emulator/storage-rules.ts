/**
 * Stands for the Java rules runtime of the Storage emulator (JSON lines over stdin and stdout): it
 * refuses every client, and the Admin SDK does not ask. So `storage.rules` is not evaluated in the
 * suite.
 */
import { createInterface } from 'node:readline';

const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);

say({ id: -1, status: 'ok', action: '' });
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, action } = JSON.parse(line) as { id: number; action: string };
  const result = action === 'load_ruleset' ? { rulesVersion: 2 } : { permit: false };
  say({ id, status: 'ok', errors: [], warnings: [], result });
});
process.on('SIGINT', () => process.exit(0));
