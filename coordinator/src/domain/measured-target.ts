import { environmentSchema, type MeasuredSlot, satisfies, slotNameSchema, type Target } from '@liquid-lln/protocol';

/** A target, and which of its devices' slots is meant: `production-green` is the green slots of production. */
export interface MeasuredTarget {
  readonly target: Target;
  readonly slot: MeasuredSlot;
}

/** Takes a slot off the name of a target; without one, whatever serves is meant. */
export function measuredTargetOf(target: Target): MeasuredTarget {
  const [environment, slot, ...rest] = target.name.split('-');
  const isSlot = satisfies(environmentSchema, environment) && satisfies(slotNameSchema, slot) && rest.length === 0;
  return isSlot ? { target: { ...target, name: environment }, slot } : { target, slot: 'live' };
}
