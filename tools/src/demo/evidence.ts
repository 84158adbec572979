/** Something that the demo promises to show, and whether it was really seen. */
export interface Claim {
  readonly text: string;
  readonly isSeen: boolean;
  /** What was seen instead, or the figures behind it. */
  readonly detail: string;
}

/** What was promised and what was seen of it. The demo succeeds only if all of it was. */
export class EvidenceBuilder {
  readonly #claims: Claim[] = [];

  add(text: string, isSeen: boolean, detail: string): void {
    this.#claims.push({ text, isSeen, detail });
  }

  get claims(): readonly Claim[] {
    return this.#claims;
  }

  get isComplete(): boolean {
    return this.#claims.length > 0 && this.#claims.every((claim) => claim.isSeen);
  }
}

/** The claims as lines, those that were not seen marked and explained. */
export function describeClaims(claims: readonly Claim[]): string {
  return claims
    .map(
      ({ text, isSeen, detail }) =>
        `${isSeen ? '  seen      ' : '  NOT SEEN  '}${text}${detail === '' ? '' : ` (${detail})`}`,
    )
    .join('\n');
}
