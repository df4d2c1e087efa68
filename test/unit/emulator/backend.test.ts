import { describe, expect, it } from 'vitest';
import { chooseBackend, findFirestoreJar, findJava, type Disk, type Machine } from '../../../emulator/backend.ts';

/** A file system of paths and contents; `-> path` makes a link. */
function machine(files: Record<string, string>, env: Record<string, string> = {}): Machine {
  const real = (path: string): string => {
    const target = files[path];
    return target?.startsWith('-> ') === true ? target.slice(3) : path;
  };
  const paths = Object.keys(files);
  const disk: Disk = {
    exists: (path) => paths.some((file) => file === path || file.startsWith(`${path}/`)),
    list: (folder) => [
      ...new Set(
        paths
          .filter((file) => file.startsWith(`${folder}/`))
          .map((file) => file.slice(folder.length + 1).split('/')[0] ?? ''),
      ),
    ],
    read: (path) => files[path],
    real,
  };
  return { disk, env, home: '/home/me' };
}

const java = (folder: string, version: string): Record<string, string> => ({
  [`${folder}/bin/java`]: '',
  [`${folder}/release`]: `IMPLEMENTOR="x"\nJAVA_VERSION="${version}"\n`,
});
const sdkJar = 'platform/cloud-firestore-emulator/cloud-firestore-emulator.jar';
const cache = '/home/me/.cache/firebase/emulators';

describe('findFirestoreJar', () => {
  it('takes the newest of the CLI’s cache, by number and not by letter', () => {
    const files = {
      [`${cache}/cloud-firestore-emulator-v1.9.8.jar`]: '',
      [`${cache}/cloud-firestore-emulator-v1.20.2.jar`]: '',
    };
    expect(findFirestoreJar(machine(files))).toBe(`${cache}/cloud-firestore-emulator-v1.20.2.jar`);
  });

  it('reads the folder of FIREBASE_EMULATORS_PATH', () => {
    const found = machine({ '/c/cloud-firestore-emulator-v1.jar': '' }, { FIREBASE_EMULATORS_PATH: '/c' });
    expect(findFirestoreJar(found)).toBe('/c/cloud-firestore-emulator-v1.jar');
  });

  it('finds the Cloud SDK’s component through the real place of gcloud', () => {
    const files = { '/usr/bin/gcloud': '-> /srv/sdk/bin/gcloud', [`/srv/sdk/${sdkJar}`]: '' };
    expect(findFirestoreJar(machine(files, { PATH: '/bin:/usr/bin' }))).toBe(`/srv/sdk/${sdkJar}`);
  });

  it('finds it in the usual places, and nothing if it is in none', () => {
    expect(findFirestoreJar(machine({ [`/usr/lib/google-cloud-sdk/${sdkJar}`]: '' }))).toBe(
      `/usr/lib/google-cloud-sdk/${sdkJar}`,
    );
    expect(findFirestoreJar(machine({}))).toBeUndefined();
  });
});

describe('findJava', () => {
  it('prefers JAVA_HOME, then PATH, then installed JVMs, but only when new enough', () => {
    const files = { ...java('/old', '17.0.15'), ...java('/usr/lib/jvm/a', '25.0.3'), ...java('/home/me/j', '21') };
    expect(findJava(machine(files, { JAVA_HOME: '/old' }))).toEqual({ path: '/usr/lib/jvm/a/bin/java', version: 25 });
    expect(findJava(machine(files, { JAVA_HOME: '/home/me/j' }))?.version).toBe(21);
    expect(findJava(machine(files, { PATH: '/old/bin:/home/me/j/bin' }))?.path).toBe('/home/me/j/bin/java');
  });

  it('names the newest one when none is new enough', () => {
    const files = { ...java('/usr/lib/jvm/8', '1.8.0_402'), ...java('/usr/lib/jvm/17', '17.0.1') };
    expect(findJava(machine(files))).toEqual({ path: '/usr/lib/jvm/17/bin/java', version: 17 });
  });

  it('follows links to the JDK, and knows the JDKs of a Mac', () => {
    const linked = { ...java('/jdk', '21.0.1'), '/usr/bin/java': '-> /jdk/bin/java' };
    expect(findJava(machine(linked, { PATH: '/usr/bin' }))).toEqual({ path: '/usr/bin/java', version: 21 });
    const mac = java('/Library/Java/JavaVirtualMachines/temurin-21.jdk/Contents/Home', '21.0.2');
    expect(findJava(machine(mac))?.version).toBe(21);
  });
});

describe('chooseBackend', () => {
  const both = { [`/usr/lib/google-cloud-sdk/${sdkJar}`]: '', ...java('/usr/lib/jvm/25', '25') };

  it('takes the official one if it is there, and names its files', () => {
    const chosen = chooseBackend('auto', machine(both));
    expect(chosen.backend).toBe('official');
    expect(chosen.reason).toContain('found without a download');
    expect(chosen.reason).toContain('Java 25');
    expect(chooseBackend('embedded', machine(both))).toEqual({ backend: 'embedded', reason: 'asked for' });
  });

  it('takes the embedded one otherwise, and names the missing parts', () => {
    const oldJava = { [`/usr/lib/google-cloud-sdk/${sdkJar}`]: '', ...java('/usr/lib/jvm/17', '17') };
    expect(chooseBackend('auto', machine({})).reason).toBe(
      "Google's Firestore emulator is not on this machine, and there is no Java 21 or newer",
    );
    expect(chooseBackend('auto', machine(oldJava))).toEqual({
      backend: 'embedded',
      reason: 'the newest Java is 17 (/usr/lib/jvm/17/bin/java), 21 or newer is needed',
    });
  });

  it('refuses when the official one is asked for and cannot run, and says how to get it', () => {
    expect(() => chooseBackend('official', machine(java('/usr/lib/jvm/25', '25')))).toThrow(
      /not on this machine\.\nGet the emulator with `npx firebase setup:emulators:firestore`/,
    );
  });
});
