import { chooseBackend, type BackendChoice } from '../../emulator/backend.ts';
import { disk } from '../../emulator/processes/disk.ts';

const { env } = process;

/** The Firestore of the suites that a test starts: as FIRESTORE_BACKEND says, or as it is there. */
export const { backend } = chooseBackend((env['FIRESTORE_BACKEND'] ?? 'auto') as BackendChoice, { disk, env });
