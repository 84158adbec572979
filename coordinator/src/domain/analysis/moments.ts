/** The mean; NaN of nothing. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The sum of the squared distances from the mean. */
export function squaresOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

/** A standard error, and for how many degrees of freedom it is known. */
export interface Uncertainty {
  readonly error: number;
  readonly degrees: number;
}

/**
 * The standard error of a sum of independent terms whose variances were estimated, with its degrees of freedom by the
 * approximation of Welch and Satterthwaite (Biometrics Bulletin 2, 1946).
 */
export function combineVariances(
  terms: readonly { readonly variance: number; readonly degrees: number }[],
): Uncertainty {
  const total = terms.reduce((sum, { variance }) => sum + variance, 0);
  const spread = terms.reduce((sum, { variance, degrees }) => sum + variance ** 2 / degrees, 0);
  const degrees = terms.reduce((sum, term) => sum + term.degrees, 0);
  return { error: Math.sqrt(total), degrees: spread > 0 ? total ** 2 / spread : degrees };
}
