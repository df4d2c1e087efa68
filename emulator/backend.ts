import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

/** The Firestore that the suite runs. */
export type Backend = 'official' | 'embedded';

/** The values of `--firestore`. */
export type BackendChoice = 'auto' | Backend;

/** The backend of a suite, and in one line why. */
export type ChosenBackend =
  | { readonly backend: 'official'; readonly jar: string; readonly java: string; readonly reason: string }
  | { readonly backend: 'embedded'; readonly reason: string };

/** The file system as the search sees it; a test gives its own. */
export interface Disk {
  exists(path: string): boolean;
  /** Names in a folder; none if there is no such folder. */
  list(folder: string): string[];
  read(path: string): string | undefined;
  /** Follows symbolic links; the path itself if it cannot. */
  real(path: string): string;
}

/** The surroundings that decide in which places to search. */
export interface Machine {
  readonly disk: Disk;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home?: string;
}

/** The oldest Java that Google's emulator and the Firebase CLI take. */
const OLDEST_JAVA = 21;

const COMPONENT = 'platform/cloud-firestore-emulator/cloud-firestore-emulator.jar';

/**
 * Decides which Firestore the suite runs: Google's own emulator if it is already there, never by a
 * download.
 *
 * @throws Error if `official` is asked for and something of it is missing: names it, and says how
 *   to get it
 */
export function chooseBackend(choice: BackendChoice, machine: Machine): ChosenBackend {
  if (choice === 'embedded') return { backend: 'embedded', reason: 'asked for' };
  const jar = findFirestoreJar(machine);
  const java = findJava(machine);
  if (jar !== undefined && java !== undefined && java.version >= OLDEST_JAVA) {
    const asked = choice === 'official' ? 'asked for' : 'found without a download';
    return {
      backend: 'official',
      jar,
      java: java.path,
      reason: `${asked}: ${jar} with Java ${java.version} (${java.path})`,
    };
  }
  const missing = [
    ...(jar === undefined ? ["Google's Firestore emulator is not on this machine"] : []),
    ...(java === undefined ? [`there is no Java ${OLDEST_JAVA} or newer`] : []),
    ...(java !== undefined && java.version < OLDEST_JAVA
      ? [`the newest Java is ${java.version} (${java.path}), ${OLDEST_JAVA} or newer is needed`]
      : []),
  ].join(', and ');
  if (choice === 'auto') return { backend: 'embedded', reason: missing };
  throw new Error(
    `--firestore official: ${missing}.\n` +
      'Get the emulator with `npx firebase setup:emulators:firestore` or `gcloud components install cloud-firestore-emulator`, ' +
      `and a Java ${OLDEST_JAVA} from https://adoptium.net (JAVA_HOME is looked at first). \`--firestore embedded\` needs neither.`,
  );
}

/**
 * Finds the jar of Google's emulator: in the Firebase CLI's cache (the newest), or the Cloud SDK's
 * component.
 */
export function findFirestoreJar({ disk, env, home = homedir() }: Machine): string | undefined {
  const cache = env.FIREBASE_EMULATORS_PATH ?? join(home, '.cache/firebase/emulators');
  const cached = disk
    .list(cache)
    .filter((name) => /^cloud-firestore-emulator-.*\.jar$/.test(name))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  const roots = [
    ...(env.CLOUDSDK_ROOT_DIR ? [env.CLOUDSDK_ROOT_DIR] : []),
    ...onPath('gcloud', env, disk).map((gcloud) => resolve(dirname(disk.real(gcloud)), '..')),
    join(home, 'google-cloud-sdk'),
    '/usr/lib/google-cloud-sdk',
    '/usr/share/google-cloud-sdk',
    '/usr/local/google-cloud-sdk',
    '/opt/google-cloud-sdk',
    '/opt/google-cloud-cli',
    '/opt/homebrew/share/google-cloud-sdk',
    '/usr/local/share/google-cloud-sdk',
    '/snap/google-cloud-cli/current',
    '/snap/google-cloud-sdk/current',
  ];
  const candidates = [...cached.map((name) => join(cache, name)), ...roots.map((root) => join(root, COMPONENT))];
  return candidates.find((path) => disk.exists(path));
}

/**
 * Finds the first Java that is new enough: JAVA_HOME, then PATH, then the usual folders of JVMs;
 * otherwise the newest one. The version is read from the `release` file that every JDK since 8 has;
 * a Java without it is passed over.
 */
export function findJava({ disk, env, home = homedir() }: Machine): { path: string; version: number } | undefined {
  const inFolder = (folder: string, ...inside: string[]): string[] =>
    disk.list(folder).map((name) => join(folder, name, ...inside, 'bin/java'));
  const candidates = [
    ...(env.JAVA_HOME ? [join(env.JAVA_HOME, 'bin/java')] : []),
    ...onPath('java', env, disk),
    ...inFolder('/usr/lib/jvm'),
    ...inFolder('/opt/java'),
    ...inFolder('/Library/Java/JavaVirtualMachines', 'Contents/Home'),
    ...inFolder('/opt/homebrew/opt'),
    ...inFolder('/usr/local/opt'),
    ...inFolder(join(home, '.sdkman/candidates/java')),
    ...inFolder(join(home, '.jdks')),
  ];
  const found = candidates
    .filter((path) => disk.exists(path))
    .map((path) => ({ path, version: javaVersion(path, disk) }))
    .filter((java): java is { path: string; version: number } => java.version !== undefined);
  return found.find((java) => java.version >= OLDEST_JAVA) ?? found.sort((a, b) => b.version - a.version)[0];
}

/** Returns the major version of a Java: `JAVA_VERSION="1.8.0_402"` is 8, `"25.0.3"` is 25. */
function javaVersion(path: string, disk: Disk): number | undefined {
  const home = resolve(dirname(disk.real(path)), '..');
  const release = disk.read(join(home, 'release')) ?? disk.read(join(home, '..', 'release'));
  const [, major] = /^JAVA_VERSION="(?:1\.)?(\d+)/m.exec(release ?? '') ?? [];
  return major === undefined ? undefined : Number(major);
}

function onPath(name: string, env: Machine['env'], disk: Disk): string[] {
  return (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .filter((path) => disk.exists(path));
}
