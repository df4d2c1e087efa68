/** A time during which a zone's clocks keep one offset from UTC: `from` <= instant < `to`. */
export interface OffsetSpan {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
}

/**
 * The spans of zones, in order, that are there from the start. The build writes those of the
 * policy's zone in this place (scripts/build.ts), so that no deployed function computes them.
 */
export const builtZones: Readonly<Record<string, readonly OffsetSpan[]>> = {};
