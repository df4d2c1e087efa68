import type { Data, Value } from './case.ts';
import type { PathContract } from './contract.ts';
import { edges, example, manyKeys, samples, typeOf } from './values.ts';

/** Documents that a client writes whole. */

/** A document as somebody could write it, whole. */
interface Variant {
  name: string;
  data: Data;
  id: string;
  good: boolean;
  afterSignIn?: true;
}

const without = (data: Data, name: string): Data =>
  Object.fromEntries(Object.entries(data).filter(([key]) => key !== name));

const text = (value: Value | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));

export function idFor(path: PathContract, data: Data): string {
  if (path.ids?.from === undefined) return path.ids?.good?.[0] ?? 'doc';
  return path.ids.from.replaceAll(/\{(\w+)\}/g, (_, field: string) => text(data[field]));
}

export const required = (path: PathContract): Data =>
  Object.fromEntries(
    Object.entries(path.fields).flatMap(([name, field]) => (field.optional ? [] : [[name, example(field)]])),
  );
export const complete = (path: PathContract): Data =>
  Object.fromEntries(Object.entries(path.fields).map(([name, field]) => [name, example(field)]));

/** Every way of writing a whole document that the table distinguishes. */
export function variants(path: PathContract): Variant[] {
  const full = complete(path);
  const variant = (name: string, data: Data, good: boolean, id = idFor(path, data)): Variant => ({
    name,
    data,
    good,
    id,
  });
  const open = path.open !== undefined;
  const list = [
    variant('with all fields', full, true),
    variant('with the required fields', required(path), true),
    variant(
      'empty',
      {},
      Object.values(path.fields).every((field) => field.optional),
      idFor(path, full),
    ),
    variant('with a further field', { ...full, further: 'x' }, open),
    variant('with a further map', { ...full, further: { granted: true } }, open),
    ...(path.ids?.good ?? []).map((id) => variant(`with the id ${id}`, full, true, id)),
    ...(path.ids?.bad ?? []).map((id) => variant(`with the id ${JSON.stringify(id)}`, full, false, id)),
    ...(path.servers ?? []).map((name) => variant(`with the servers' ${name}`, { ...full, [name]: 'x' }, false)),
    ...(path.servers ?? []).map((name) => variant(`with a null ${name}`, { ...full, [name]: null }, false)),
    ...(path.marks ?? []).flatMap((name) =>
      Object.entries<Value>({ ...samples, false: false }).map(([type, value]) =>
        variant(`with a ${type} as the servers' mark ${name}`, { ...full, [name]: value }, false),
      ),
    ),
    ...Object.entries(path.updateOnly ?? {}).map(([name, value]) =>
      variant(`with ${name} from the start`, { ...full, [name]: value }, false),
    ),
  ];
  if (path.open !== undefined) {
    const room = path.open.maxFields - Object.keys(full).length;
    list.push(variant(`with ${path.open.maxFields} fields`, { ...full, ...manyKeys(room) }, true));
    list.push(variant(`with ${path.open.maxFields + 1} fields`, { ...full, ...manyKeys(room + 1) }, false));
  }
  for (const [name, field] of Object.entries(path.fields)) {
    list.push(variant(`without ${name}`, without(full, name), field.optional === true, idFor(path, full)));
    for (const [type, value] of Object.entries<Value>(samples)) {
      if (type !== typeOf[field.is]) list.push(variant(`with a ${type} as ${name}`, { ...full, [name]: value }, false));
    }
    for (const edge of edges(field)) {
      const written = variant(`with a ${name} ${edge.name}`, { ...full, [name]: edge.value }, edge.good);
      list.push(edge.afterSignIn ? { ...written, afterSignIn: true } : written);
    }
  }
  return list;
}
