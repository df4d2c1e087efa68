import { deleteField, serverTimestamp } from 'firebase/firestore';
import type { Case, Data, Value } from './case.ts';
import type { PathContract } from './contract.ts';
import { changed, samples } from './values.ts';
import { complete, idFor, required } from './whole.ts';

/** Changes of a document that stands there. */

type Patch = Omit<Case, 'granted'> & { good: boolean };

type MakePatch = (name: string, data: Data, good: boolean, seed?: Data) => Patch;

/** Changes of some fields of a document that stands there. */
export function patches(path: PathContract): Patch[] {
  const full = complete(path);
  const id = idFor(path, full);
  const stamps = Object.fromEntries(
    Object.entries(path.fields).flatMap(([name, field]) =>
      field.is === 'serverTime' ? [[name, serverTimestamp()]] : [],
    ),
  );
  const stamped = Object.keys(stamps).length > 0;
  const patch = (name: string, data: Data, good: boolean, seed: Data = full): Patch => ({
    name: `patch ${name}`,
    do: { op: 'patch', data },
    id,
    seed,
    good,
  });

  if (path.updateOnly !== undefined) {
    const changes: Data = path.updateOnly;
    const seen = { ...full, ...Object.fromEntries((path.servers ?? []).map((name) => [name, 'set by a server'])) };
    const ofNames = Object.keys(changes).flatMap((name) => [
      patch(name, changes, true),
      patch(`${name}, with the servers' fields there`, changes, true, seen),
      patch(`${name} a second time`, changes, true, { ...full, ...changes }),
      patch(`${name} back to false`, { [name]: false }, false, { ...full, ...changes }),
      patch(`${name} away`, { [name]: deleteField() }, false, { ...full, ...changes }),
      patch(`${name} and a further field`, { ...changes, further: 'x' }, false),
      patch('nothing but a further field, after it', { further: 'x' }, false, { ...full, ...changes }),
      ...Object.entries<Value>({ ...samples, bool: false, 'string true': 'true', one: 1 }).map(([type, value]) =>
        patch(`${name} to a ${type}`, { [name]: value }, false),
      ),
      ...Object.entries(path.fields).flatMap(([other, field]) => [
        patch(`${name} and ${other}`, { ...changes, [other]: changed(field) }, false),
        patch(other, { [other]: changed(field) }, false),
        patch(`${name} and ${other} away`, { ...changes, [other]: deleteField() }, false),
      ]),
      ...(path.servers ?? []).flatMap((other) => [
        patch(`${name} and the servers' ${other}`, { ...changes, [other]: 'x' }, false),
        patch(`the servers' ${other}`, { [other]: 'x' }, false),
        patch(`${name} and the servers' ${other}, which is there`, { ...changes, [other]: 'x' }, false, seen),
        patch(`${name} and the servers' ${other} away`, { ...changes, [other]: deleteField() }, false, seen),
      ]),
    ]);
    return [...ofNames, ...words(path, full, patch)];
  }

  const open = path.open !== undefined;
  return [
    ...Object.entries(path.fields).flatMap(([name, field]) => {
      if (path.ids?.from?.includes(`{${name}}`)) return [patch(name, { ...stamps, [name]: changed(field) }, false)];
      return [
        patch(name, { ...stamps, [name]: changed(field) }, true),
        ...(stamped
          ? [patch(`${name}, the time left as it was,`, { [name]: changed(field) }, field.is === 'serverTime')]
          : []),
        patch(`${name} away`, { ...stamps, [name]: deleteField() }, field.optional === true),
      ];
    }),
    patch('a further field', { ...stamps, further: 'x' }, open),
    ...(path.servers ?? []).flatMap((name) => {
      const seen = { ...full, [name]: 'set by a server' };
      const [other = 'further'] = Object.keys(path.fields);
      return [
        patch(`the servers' ${name}`, { ...stamps, [name]: 'x' }, false),
        patch(`the servers' ${name}, which is there,`, { ...stamps, [name]: 'x' }, false, seen),
        patch(`the servers' ${name} to null`, { ...stamps, [name]: null }, false, seen),
        patch(`the servers' ${name} away`, { ...stamps, [name]: deleteField() }, false, seen),
        patch(`${other} beside the servers' ${name}`, { ...stamps, [other]: 'y' }, open, seen),
        patch(`the servers' ${name} to what it is`, { ...stamps, ...seen }, open, seen),
      ];
    }),
    ...(path.marks ?? []).flatMap((name) => markCases(path, name, stamps)),
  ];
}

/** A word of the owner: one of a few, on a document that servers marked, and nothing beside it. */
function words({ word, updateOnly }: PathContract, full: Data, patch: MakePatch): Patch[] {
  if (word === undefined) return [];
  const { field, on, values } = word;
  const marked = { ...full, [on]: { by: 'a server' } };
  const [first = ''] = values;
  return [
    ...values.flatMap((value) => [
      patch(`${field} to ${value}`, { [field]: value }, true, marked),
      patch(`${field} to ${value}, after another one`, { [field]: value }, true, { ...marked, [field]: first }),
      patch(`${field} to ${value}, without the servers' ${on}`, { [field]: value }, false),
      patch(`${field} to ${value} and a further field`, { [field]: value, further: 'x' }, false, marked),
      patch(`${field} to ${value} and more`, { [field]: value, ...updateOnly }, false, marked),
    ]),
    patch(`${field} away`, { [field]: deleteField() }, false, { ...marked, [field]: first }),
    ...Object.entries<Value>(samples).map(([type, value]) =>
      patch(`${field} to a ${type}`, { [field]: value }, false, marked),
    ),
  ];
}

/**
 * Every way of answering after a server has set a mark: the owner leaves it or takes it away, and
 * sets it never.
 */
function markCases(path: PathContract, name: string, stamps: Data): Patch[] {
  const full = complete(path);
  const id = idFor(path, full);
  const marked = { ...full, [name]: true };
  const write = (op: 'patch' | 'replace', what: string, data: Data, good: boolean, seed: Data = marked): Patch => ({
    name: `${op} ${what}`,
    do: { op, data },
    id,
    seed,
    good,
  });
  const withdrawn = { granted: false };
  const others = Object.entries<Value>({ ...samples, bool: false, 'string true': 'true' });
  return [
    // Any answer of an app that knows nothing of the mark, of one that keeps it, and of one that
    // clears it.
    ...Object.entries(path.fields).flatMap(([other, field]) => {
      const answer: Data = { ...stamps, [other]: changed(field) };
      return [
        write('patch', `${other} beside the mark ${name}`, answer, true),
        write('patch', `${other} with the mark ${name} as it is`, { ...answer, [name]: true }, true),
        write('patch', `${other} and the mark ${name} away`, { ...answer, [name]: deleteField() }, true),
        write('replace', `${other} with the mark ${name} as it is`, { ...marked, ...answer }, true),
        write('replace', `${other} without the mark ${name}`, { ...full, ...answer }, true),
      ];
    }),
    write('replace', `by the required fields, without the mark ${name}`, { ...required(path), ...withdrawn }, true),
    write('patch', `the mark ${name}, the time left as it was,`, { [name]: deleteField() }, false),
    // A mark of any kind is left alone.
    ...others.flatMap(([type, value]) => [
      write('patch', `beside a ${type} as the mark ${name}`, stamps, true, { ...full, [name]: value }),
      write('patch', `a ${type} as the mark ${name} away`, { ...stamps, [name]: deleteField() }, true, {
        ...full,
        [name]: value,
      }),
      write('patch', `a ${type} as the mark ${name} to true`, { ...stamps, [name]: true }, false, {
        ...full,
        [name]: value,
      }),
    ]),
    // Setting it is refused, also beside a withdrawal: a withdrawal does not need it.
    ...others.flatMap(([type, value]) => [
      write('patch', `the mark ${name} to a ${type}`, { ...stamps, [name]: value }, false),
      write(
        'patch',
        `a withdrawal and the mark ${name} to a ${type}`,
        { ...stamps, ...withdrawn, [name]: value },
        false,
      ),
      write('replace', `with the mark ${name} to a ${type}`, { ...full, [name]: value }, false),
      write('patch', `a ${type} as a mark ${name} that is not there`, { ...stamps, [name]: value }, false, full),
    ]),
    write('patch', `a mark ${name} that is not there`, { ...stamps, [name]: true }, false, full),
    write(
      'patch',
      `a withdrawal and a mark ${name} that is not there`,
      { ...stamps, ...withdrawn, [name]: true },
      false,
      full,
    ),
  ];
}
