import type Stripe from 'stripe';
import { missing } from './errors.ts';
import type { Paging } from './params.ts';

export interface Listed<T> {
  object: 'list';
  data: T[];
  has_more: boolean;
  url: string;
}

/**
 * Returns one page of a list that is sorted newest first. `starting_after` goes on after that
 * object, `ending_before` gives the page in front of it. `has_more` says if more follows in that
 * direction (https://docs.stripe.com/api/pagination).
 */
export function page<T extends { id: string }>(all: T[], paging: Paging, url: string, noun: string): Listed<T> {
  const indexOf = (id: string, param: string): number => {
    const index = all.findIndex((object) => object.id === id);
    if (index < 0) throw missing(noun, id, param);
    return index;
  };
  if (paging.ending_before !== undefined) {
    const end = indexOf(paging.ending_before, 'ending_before');
    const start = Math.max(0, end - paging.limit);
    return { object: 'list', data: all.slice(start, end), has_more: start > 0, url };
  }
  const start = paging.starting_after === undefined ? 0 : indexOf(paging.starting_after, 'starting_after') + 1;
  const end = start + paging.limit;
  return { object: 'list', data: all.slice(start, end), has_more: end < all.length, url };
}

/** A list inside an object, such as the lines of an invoice: its first ten. */
export function nested<T>(all: T[], url: string): Stripe.ApiList<T> {
  return { object: 'list', data: all.slice(0, 10), has_more: all.length > 10, url };
}

type Range =
  number | { gt?: number | undefined; gte?: number | undefined; lt?: number | undefined; lte?: number | undefined };

/** True if a time lies in a range parameter; without a parameter every time does. */
export function within(value: number, range: Range | undefined): boolean {
  if (range === undefined) return true;
  if (typeof range === 'number') return value === range;
  const { gt, gte, lt, lte } = range;
  return (
    (gt === undefined || value > gt) &&
    (gte === undefined || value >= gte) &&
    (lt === undefined || value < lt) &&
    (lte === undefined || value <= lte)
  );
}
