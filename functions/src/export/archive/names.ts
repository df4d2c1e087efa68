/**
 * Names inside the archive, made safe from names that a person chose. No path leaves the archive,
 * and none is absolute. None shows itself as something else (control characters, right-to-left
 * marks), and Windows refuses none. No two fall on one place, on systems that ignore case either.
 */

/** Bytes of one segment at most; file systems allow 255. */
const MAX_SEGMENT = 120;
/** Segments at most; deeper ones are joined. */
const MAX_DEPTH = 12;

/**
 * Control, format, private-use characters and lone surrogates, line separators, and the characters
 * that no file name may hold on Windows.
 */
const FORBIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\\/:*?"<>|]/gu;
const JOINERS = new Set(['\u200c', '\u200d']);
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|$)/i;

/** One segment of a path made safe; never empty. */
export function safeSegment(segment: string): string {
  const clean = segment
    .normalize('NFC')
    // Joiners are part of emoji and of Persian and Indian words.
    .replace(FORBIDDEN, (char) => (JOINERS.has(char) ? char : '_'))
    .replace(/[. ]+$/, (end) => '_'.repeat(Math.min(end.length, 3)))
    .replace(/^ +/, '_');
  const named = RESERVED.test(clean) ? `_${clean}` : clean;
  return shorten(named === '' ? '_' : named, MAX_SEGMENT);
}

/** Cuts in the middle of a name, at whole characters: the extension stays. */
function shorten(name: string, bytes: number): string {
  if (Buffer.byteLength(name) <= bytes) return name;
  const { stem, extension } = split(name);
  let room = bytes - Buffer.byteLength(extension);
  let out = '';
  for (const char of stem) {
    room -= Buffer.byteLength(char);
    if (room < 0) break;
    out += char;
  }
  return `${out.replace(/[. ]+$/, '')}${extension}`;
}

function split(name: string): { stem: string; extension: string } {
  const at = name.lastIndexOf('.');
  const extension = at > 0 && Buffer.byteLength(name.slice(at)) <= 20 ? name.slice(at) : '';
  return { stem: name.slice(0, name.length - extension.length), extension };
}

/** A relative path made safe, segment by segment. */
export function safePath(path: string): string {
  const segments = path.split('/').map(safeSegment);
  if (segments.length <= MAX_DEPTH) return segments.join('/');
  const deep = segments.slice(MAX_DEPTH - 1).join('_');
  return [...segments.slice(0, MAX_DEPTH - 1), shorten(deep, MAX_SEGMENT)].join('/');
}

/** The names of one archive: hands each one out once. */
export class EntryNames {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();
  /**
   * The number that was last given to a name, so that a thousand equal ones take a thousand steps.
   */
  readonly #numbers = new Map<string, number>();

  /**
   * Takes a safe, free name for a path below a folder of the archive: `take('files',
   * 'holiday/../../x')` -> `files/holiday/__/__/x`.
   */
  take(folder: string, path: string): string {
    const segments = `${folder}/${safePath(path)}`.split('/');
    const last = segments.length - 1;
    let name = '';
    for (const [index, segment] of segments.entries()) {
      const parent = name === '' ? '' : `${name}/`;
      name = this.#free(parent, segment, index < last);
      (index < last ? this.#folders : this.#files).add(key(name));
    }
    return name;
  }

  /** A folder may be shared by many entries; a file stands alone. */
  #free(parent: string, segment: string, isFolder: boolean): string {
    const taken = (name: string): boolean => this.#files.has(key(name)) || (!isFolder && this.#folders.has(key(name)));
    const wanted = `${parent}${segment}`;
    if (!taken(wanted)) return wanted;
    const { stem, extension } = split(segment);
    const counted = `${key(wanted)}${isFolder ? '/' : ''}`;
    for (let n = this.#numbers.get(counted) ?? 2; ; n++) {
      const name = `${parent}${stem} (${n})${extension}`;
      if (taken(name)) continue;
      // The next file takes the next number; the next entry of a folder goes into the same one.
      this.#numbers.set(counted, isFolder ? n : n + 1);
      return name;
    }
  }
}

/** Names that a file system could take for one another. */
const key = (name: string): string => name.normalize('NFKC').toLowerCase().normalize('NFC');
