import type { EnergyFindings } from './measurement.js';

/** Whether a mean power keeps to its budget, as far as its source can tell; null without a figure or a budget. */
export function energyVerdict({
  energyMw,
  budgetMw,
  uncertainty,
}: Pick<EnergyFindings, 'energyMw' | 'budgetMw' | 'uncertainty'>): 'within' | 'above' | 'uncertain' | null {
  if (energyMw === null || budgetMw === null) return null;
  const off = energyMw.mean * (uncertainty ?? 0);
  if (energyMw.mean + off <= budgetMw) return 'within';
  return energyMw.mean - off > budgetMw ? 'above' : 'uncertain';
}
